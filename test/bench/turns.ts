/**
 * Programs that do the same work turn about, each in a process of its own: ourselves and the peers.
 *
 * The peers of JavaScript live in a folder that is named by an argument or by `BOTTEGA_PEERS`:
 *
 *     npm i @jax-js/jax @tensorflow/tfjs-core @tensorflow/tfjs-backend-{webgpu,cpu} esbuild
 *
 * PyTorch is taken from the `python3` of this machine, or from the one that `BOTTEGA_PYTHON` names.
 * Those that are not there are left out.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { BenchJob, Turn } from "./peers/serve.ts";

/** A program that is running. */
export interface BenchProgram extends AsyncDisposable {
  readonly name: string;
  readonly adapter: string;
  /** Has a piece of the work done, and tells what it took. */
  ask<T>(method: string, request?: unknown): Promise<Turn<T>>;
}

/** Programs that take turns; their owner disposes of them, and so ends them. */
export interface BenchPrograms extends AsyncDisposable {
  readonly programs: readonly BenchProgram[];
}

/** Files in peers/ by the name of their program; those of JavaScript run in Deno. */
const FILES = {
  bottega: "bottega.ts",
  "jax-js": "jax.js",
  tfjs: "tfjs.js",
  pytorch: "pytorch.py",
} as const;

/** `BOTTEGA_PYTHON` names one that has torch. */
const PYTHON = Deno.env.get("BOTTEGA_PYTHON") ?? "python3";

/** Which program, and on what. */
export interface ProgramChoice {
  readonly program: keyof typeof FILES;
  readonly device: BenchJob["device"];
}

/** Programs as `bottega cpu,jax-js wasm`; those that are not there are left out. */
export function parsePrograms(text: string, peers: string): ProgramChoice[] {
  return text.split(",").map((name) => {
    const [program = "", device = ""] = name.trim().split(" ");
    if (!(program in FILES) || device === "") {
      throw new Error(`"${name}" is no program and device: ${Object.keys(FILES).join(", ")}`);
    }
    return { program: program as ProgramChoice["program"], device };
  }).filter((choice) => isThere(choice, peers));
}

/** Starts programs for the same job. */
export async function startPrograms(
  choices: readonly ProgramChoice[],
  job: Omit<BenchJob, "device">,
): Promise<BenchPrograms> {
  const started = new AsyncDisposableStack();
  const programs: BenchProgram[] = [];
  try {
    for (const choice of choices) {
      programs.push(started.use(await startProgram(choice, job)));
    }
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
  return { programs, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

/** Starts a program and waits until it is ready to work. */
async function startProgram(
  { program, device }: ProgramChoice,
  job: Omit<BenchJob, "device">,
): Promise<BenchProgram> {
  const file = fileURLToPath(new URL(`peers/${FILES[program]}`, import.meta.url));
  const command = file.endsWith(".py")
    ? [PYTHON, file]
    : [Deno.execPath(), "run", "-A", "--quiet", "--no-check", file];
  const [path = "", ...args] = [...command, JSON.stringify({ ...job, device })];
  const child = spawn(path, args, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const name = `${program} ${device}`;
  /** Libraries print too: only objects are answers. */
  const answer = async () => {
    for (;;) {
      const { done, value } = await lines.next();
      if (done) throw new Error(`${name} ended before it answered`);
      if (value.startsWith("{")) return JSON.parse(value);
    }
  };
  const { adapter } = await answer();
  return {
    name,
    adapter,
    async ask(method, request) {
      child.stdin.write(`${JSON.stringify([method, request])}\n`);
      return await answer();
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}

/** What a program took, in the order of the rounds. */
export interface Taken {
  readonly name: string;
  readonly wallMs: readonly number[];
  readonly cpuMs: readonly number[];
}

/** Asks each program in turn, round by round. */
export async function takeTurns(
  programs: readonly BenchProgram[],
  rounds: number,
  ask: (program: BenchProgram, round: number) => Promise<{ wallMs: number; cpuMs: number }>,
): Promise<Taken[]> {
  const taken = programs.map(({ name }) => ({
    name,
    wallMs: [] as number[],
    cpuMs: [] as number[],
  }));
  for (let round = 0; round < rounds; round++) {
    for (const [i, program] of programs.entries()) {
      const { wallMs, cpuMs } = await ask(program, round);
      taken[i]?.wallMs.push(wallMs);
      taken[i]?.cpuMs.push(cpuMs);
    }
  }
  return taken;
}

/** Medians, and how many times as long as `ours` it took: the median of the rounds' ratios. */
export function summarise({ name, wallMs, cpuMs }: Taken, ours: Taken) {
  const ratio = (theirs: readonly number[], own: readonly number[]) =>
    median(theirs.map((value, round) => value / (own[round] ?? NaN)));
  return {
    program: name,
    medianMs: rounded(median(wallMs)),
    cpuMs: rounded(median(cpuMs)),
    timesOurs: rounded(ratio(wallMs, ours.wallMs)),
    cpuTimesOurs: rounded(ratio(cpuMs, ours.cpuMs)),
  };
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** Four digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** The folder of the peers, with a slash at its end; tfjs, if it is there, as one file. */
export async function openPeers(given: string | undefined): Promise<string> {
  const named = given ?? Deno.env.get("BOTTEGA_PEERS");
  if (named === undefined) {
    console.error("no folder of peers is named, nor is BOTTEGA_PEERS set: they are left out");
    return "";
  }
  const folder = `${await Deno.realPath(named)}/`;
  const bundled = existsSync(`${folder}tfjs_backends.mjs`);
  if (existsSync(`${folder}${TFJS}`) && !bundled) await bundleTfjs(folder);
  return folder;
}

/** Whether a program can be started: its packages are installed, and its device is there. */
function isThere({ program, device }: ProgramChoice, peers: string): boolean {
  if (program === "jax-js") return existsSync(`${peers}node_modules/@jax-js/jax`);
  if (program === "tfjs") return existsSync(`${peers}${TFJS}`);
  if (program === "bottega") return true;
  const needed = device === "cpu" ? "True" : "torch.cuda.is_available()";
  const question = `import torch, sys; sys.exit(not ${needed})`;
  return spawnSync(PYTHON, ["-c", question], { stdio: "ignore" }).status === 0;
}

const TFJS = "node_modules/@tensorflow/tfjs-backend-webgpu";

/** Its gradients are in no build, and with a `process` about it takes Deno for Node. */
async function bundleTfjs(folder: string): Promise<void> {
  const bundler = new Deno.Command(`${folder}node_modules/.bin/esbuild`, {
    cwd: folder,
    args: [
      "--bundle",
      "--format=esm",
      "--main-fields=module,main",
      "--define:process=undefined",
      "--outfile=tfjs_backends.mjs",
    ],
    stdin: "piped",
    stdout: "null",
  }).spawn();
  const writer = bundler.stdin.getWriter();
  await writer.write(new TextEncoder().encode(`
    export * from "@tensorflow/tfjs-core";
    import "@tensorflow/tfjs-core/dist/register_all_gradients";
    import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops";
    import "@tensorflow/tfjs-backend-webgpu";
    import "@tensorflow/tfjs-backend-cpu";
  `));
  await writer.close();
  const { code } = await bundler.status;
  if (code !== 0) throw new Error("esbuild could not bundle tfjs");
}

/** Writes safetensors of F32 and U32. */
export function writeTensors(
  path: string,
  tensors: Readonly<
    Record<
      string,
      { readonly shape: readonly number[]; readonly values: Float32Array | Uint32Array }
    >
  >,
): void {
  let at = 0;
  const header = new TextEncoder().encode(JSON.stringify(
    Object.fromEntries(
      Object.entries(tensors).map(([name, { shape, values }]) => [name, {
        dtype: values instanceof Uint32Array ? "U32" : "F32",
        shape,
        data_offsets: [at, at += values.byteLength],
      }]),
    ),
  ));
  const bytes = new Uint8Array(8 + header.length + at);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  at = 8 + header.length;
  for (const { values } of Object.values(tensors)) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  Deno.writeFileSync(path, bytes);
}
