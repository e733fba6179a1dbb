/**
 * The same training steps by us and by the peers, turn about in one run, each in a process of its own:
 *
 *     deno run -A test/bench/train.bench.ts PEERS [--size S|M] [--steps N] [--runs N]
 *
 * PEERS is a folder with `jax_train.mjs` and, if there, `tf_train.mjs`, and their packages: programs
 * that take C L H KV F V T B STEPS DEV from the environment, print `step N loss X` and end with a line
 * of JSON that has `median_ms`. Refuses to tell a time unless every loss that they print is within 1e-4
 * of ours. Prints medians of the runs, and ratios to ours; CPU time is of the whole process.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { ROOT } from "../support/bottega.ts";

const SIZES = {
  S: { C: 64, L: 2, H: 4, KV: 2, F: 192, V: 512, T: 64, B: 4 },
  M: { C: 128, L: 4, H: 4, KV: 2, F: 384, V: 1024, T: 128, B: 4 },
};

/** One run of one program. */
interface Run {
  /** By step, from 1. */
  readonly losses: ReadonlyMap<number, number>;
  readonly medianMs: number;
  readonly cpuSeconds: number;
}

const [folder = "", ...rest] = Deno.args;
const given = (name: string, otherwise: string) =>
  rest.includes(`--${name}`) ? rest[rest.indexOf(`--${name}`) + 1] ?? otherwise : otherwise;
const size = given("size", "M") === "S" ? SIZES.S : SIZES.M;
const steps = Number(given("steps", "20"));
const runs = Number(given("runs", "5"));

const programs: Record<string, () => Promise<Run>> = {
  "bottega webgpu": () => bottega("webgpu"),
  "bottega cpu": () => bottega("cpu"),
  "jax-js webgpu": () => peer("jax_train.mjs", "webgpu"),
  "jax-js wasm": () => peer("jax_train.mjs", "wasm"),
  ...existsSync(`${folder}/tf_train.mjs`) && existsSync(`${folder}/tf_bundle.mjs`)
    ? { "tfjs webgpu": () => peer("tf_train.mjs", "webgpu") }
    : {},
};

const found = Object.fromEntries(Object.keys(programs).map((name) => [name, [] as Run[]]));
for (let run = 0; run < runs; run++) {
  for (const [name, program] of Object.entries(programs)) found[name]?.push(await program());
  const ours = found["bottega webgpu"]?.at(-1)?.losses;
  for (const [name, done] of Object.entries(found)) {
    for (const [step, loss] of done.at(-1)?.losses ?? []) {
      if (Math.abs(loss - (ours?.get(step) ?? NaN)) < 1e-4) continue;
      console.error(`step ${step}: ${name} has the loss ${loss}, and we ${ours?.get(step)}`);
      Deno.exit(1);
    }
  }
}
const medians = Object.fromEntries(
  Object.entries(found).map(([name, done]) => [name, median(done.map((run) => run.medianMs))]),
);
console.log(`losses agree over ${steps} steps; medians of ${runs} runs, turn about`);
console.table(
  Object.entries(found).map(([name, done]) => ({
    program: name,
    "ms a step": Number(medians[name]?.toFixed(1)),
    "against our webgpu": Number(
      ((medians[name] ?? NaN) / (medians["bottega webgpu"] ?? NaN)).toFixed(2),
    ),
    "against our cpu": Number(
      ((medians[name] ?? NaN) / (medians["bottega cpu"] ?? NaN)).toFixed(2),
    ),
    "CPU s": Number(median(done.map((run) => run.cpuSeconds)).toFixed(1)),
  })),
);

async function bottega(device: string): Promise<Run> {
  const config = Object.entries(size).map(([name, value]) => `${name}${value}`).join();
  const { stdout, cpuSeconds } = await timed(ROOT, {}, [
    "src/cli/main.ts",
    ...["bench", "train", "--config", config, "--device", device, "--steps", `${steps}`, "--json"],
  ]);
  const { losses, medianMs } = JSON.parse(stdout);
  return {
    losses: new Map((losses as number[]).map((loss, i) => [i + 1, loss])),
    medianMs,
    cpuSeconds,
  };
}

async function peer(file: string, device: string): Promise<Run> {
  const env = Object.fromEntries(Object.entries(size).map(([name, value]) => [name, `${value}`]));
  const { stdout, cpuSeconds } = await timed(folder, {
    ...env,
    STEPS: `${steps}`,
    DEV: device,
  }, [file]);
  const losses = stdout.matchAll(/^step (\d+) loss ([\d.]+)/gm);
  return {
    losses: new Map([...losses].map(([, step, loss]) => [Number(step), Number(loss)])),
    medianMs: JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}").median_ms,
    cpuSeconds,
  };
}

/** Runs a program in Deno, with the CPU time of all its threads. */
async function timed(cwd: string, env: Record<string, string>, args: readonly string[]) {
  const command = `"$0" run -A --quiet "$@"; code=$?; times >&2; exit $code`;
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", command, Deno.execPath(), ...args],
    cwd,
    env,
  }).output();
  const text = new TextDecoder();
  const told = text.decode(stderr);
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${told}`);
  const [user = 0, system = 0] = [
    ...told.trim().split("\n").at(-1)?.matchAll(/(\d+)m([\d.]+)s/g) ?? [],
  ]
    .map(([, minutes, seconds]) => 60 * Number(minutes) + Number(seconds));
  return { stdout: text.decode(stdout), cpuSeconds: user + system };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
