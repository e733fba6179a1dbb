/**
 * The side of a bench's programs that does the work: each is a process that does one piece when it is
 * asked to, so that several can take turns. Python's programs speak the same lines.
 *
 * @module
 */
import { createInterface } from "node:readline";
import process from "node:process";
import { writeTensors } from "../turns.ts";

/** What a program is started with, as JSON in its first argument. */
export interface BenchJob {
  readonly work: "matmul" | "train";
  /** "webgpu", "cpu", "wasm", "cuda": as the program calls them. */
  readonly device: string;
  /** A folder with a slash at its end, whose `node_modules` has the peers. */
  readonly peers: string;
  /**
   * A file of safetensors, F32 and U32. For a product `a` and `b`, both (N, N). For a decoder its
   * weights by Hugging Face's names; `tokens` and `targets` (K, B, T), one batch a step and from the
   * beginning again after the last; and the same held out, `heldOutTokens` and `heldOutTargets`.
   */
  readonly tensors: string;
  /** N of a product, or C L H KV F V T B of a decoder. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Of a decoder's steps. */
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

/** Whether a tensor of a job is one of the decoder's, and not data. */
export function isWeight(name: string): boolean {
  return name.startsWith("model.");
}

/** Writes values as they lie in memory. */
export function writeValues(file: string, { buffer, byteOffset, byteLength }: Float32Array): void {
  Deno.writeFileSync(file, new Uint8Array(buffer, byteOffset, byteLength));
}

interface Matrix {
  readonly shape: number[];
  readonly values: Float32Array;
}

/** Rows as columns; but the table is read by rows, and vectors have one side. */
function turned(name: string, { shape, values }: Matrix): Matrix {
  if (shape.length < 2 || name.includes("embed_tokens")) return { shape, values };
  const [rows = 0, columns = 0] = shape;
  return {
    shape: [columns, rows],
    values: values.map((_, i) => values[i % rows * columns + Math.floor(i / rows)] ?? NaN),
  };
}

/** Writes gradients of the weights of {@linkcode decoderTensors}, as the job's file has those. */
export function writeGradients(file: string, gradients: Readonly<Record<string, Matrix>>): void {
  const all = Object.entries(gradients).map(([name, matrix]) => [name, turned(name, matrix)]);
  writeTensors(file, Object.fromEntries(all));
}

interface BenchBatch {
  readonly tokens: Int32Array;
  readonly targets: Int32Array;
}

/** What a decoder of a job is made of, as peers like it: matrices (in, out), tokens signed. */
export function decoderTensors({ tensors, sizes: { B = 0, T = 0 } }: BenchJob): {
  weights: Record<string, Matrix>;
  batches: BenchBatch[];
  heldOut: BenchBatch[];
} {
  const all = readTensors(tensors);
  const weights = Object.entries(all).filter(([name]) => isWeight(name))
    .map(([name, { shape, values }]) => {
      return [name, turned(name, { shape, values: values as Float32Array })];
    });
  const batchesOf = (
    tokens: Uint32Array = new Uint32Array(),
    targets: Uint32Array = new Uint32Array(),
  ) =>
    Array.from({ length: tokens.length / (B * T) }, (_, i) => {
      const part = (values: Uint32Array) =>
        new Int32Array(values.subarray(i * B * T, (i + 1) * B * T));
      return { tokens: part(tokens), targets: part(targets) };
    });
  const data = (name: string) => all[name]?.values as Uint32Array | undefined;
  return {
    weights: Object.fromEntries(weights),
    batches: batchesOf(data("tokens"), data("targets")),
    heldOut: batchesOf(data("heldOutTokens"), data("heldOutTargets")),
  };
}

/** Cosines and sines of the rotations of the first half of a head, (T, D/2) each. */
export function rotations(T: number, D: number): [Float32Array, Float32Array] {
  const angles = Array.from({ length: T * D / 2 }, (_, i) => {
    const half = D / 2;
    return Math.floor(i / half) / 10000 ** (2 * (i % half) / D);
  });
  return [Float32Array.from(angles, Math.cos), Float32Array.from(angles, Math.sin)];
}
