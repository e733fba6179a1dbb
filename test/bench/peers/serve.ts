/**
 * The side of a bench's programs that does the work: each is a process that does one piece when it is
 * asked to, so that several can take turns. Python's programs speak the same lines.
 *
 * @module
 */
import { createInterface } from "node:readline";
import process from "node:process";

/** What a program is started with, as JSON in its first argument. */
export interface BenchJob {
  readonly work: "matmul" | "train";
  /** "webgpu", "cpu", "wasm", "cuda": as the program calls them. */
  readonly device: string;
  /** A folder with a slash at its end, whose `node_modules` has the peers. */
  readonly peers: string;
  /** A file of safetensors, F32 and U32. */
  readonly tensors: string;
  /** Rows and columns of a product, or what a decoder is made of. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly learningRate?: number;
}

/** Where the work is done, and its parts by name; each takes the request that came with its name. */
export interface BenchWorker {
  readonly adapter: string;
  readonly methods: Readonly<Record<string, (request: never) => unknown>>;
}

/** A method's answer, and what it took. CPU time is of all threads. */
export interface Turn<T = unknown> {
  readonly result: T;
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Opens the work that the job names, then answers each line `[method, request]` with a {@linkcode Turn}. */
export async function serveTurns(
  works: Partial<Record<BenchJob["work"], (job: BenchJob) => Promise<BenchWorker>>>,
): Promise<never> {
  const job: BenchJob = JSON.parse(Deno.args[0] ?? "");
  const worker = await works[job.work]?.(job);
  if (!worker) throw new Error(`there is no ${job.work} here`);
  const { adapter, methods } = worker;
  console.log(JSON.stringify({ adapter }));
  for await (const line of createInterface({ input: process.stdin })) {
    const [method, request] = JSON.parse(line);
    const cpu = process.cpuUsage();
    const begin = performance.now();
    const result = await methods[method]?.(request as never);
    const wallMs = performance.now() - begin;
    const { user, system } = process.cpuUsage(cpu);
    console.log(JSON.stringify({ result, wallMs, cpuMs: (user + system) / 1000 }));
  }
  Deno.exit(0);
}

/** Tensors of a file by name. */
export function readTensors(
  path: string,
): Record<string, { shape: number[]; values: Float32Array | Uint32Array }> {
  const { buffer } = Deno.readFileSync(path);
  const begin = 8 + Number(new DataView(buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, begin - 8)));
  return Object.fromEntries(
    Object.entries<{ dtype: string; shape: number[]; data_offsets: [number, number] }>(header)
      .map(([name, { dtype, shape, data_offsets: [from, to] }]) => {
        const bytes = buffer.slice(begin + from, begin + to);
        return [name, {
          shape,
          values: dtype === "U32" ? new Uint32Array(bytes) : new Float32Array(bytes),
        }];
      }),
  );
}
