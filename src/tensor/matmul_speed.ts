/**
 * How fast this machine multiplies matrices: the yardstick for everything else that it does.
 *
 * @module
 */

import { createBuffers, createProgram, type Gpu } from "../gpu/mod.ts";
import { compile } from "./compile.ts";
import { createInputs } from "./inputs.ts";
import { lower } from "./lower.ts";
import { matmul } from "./ops/matmul.ts";
import { createParameters, onGpu, type Parameters } from "./parameters.ts";
import { parameter, type Tensor } from "./tensor.ts";
import type { Tuning } from "./tuning.ts";

/** A product of f32 matrices, measured. */
export interface MatmulSpeed {
  /** 2 M N K operations each, median of the rounds. */
  readonly gigaflops: number;
  readonly medianMs: number;
  /** Of the best round: what others who use the machine have left of it is more in the median. */
  readonly bestGigaflops: number;
  readonly rounds: number;
  /** The kernel that was the fastest; without a GPU, who computed. */
  readonly kernel: string;
}

/** How a product is measured. */
export interface MatmulSpeedOptions {
  /** A round repeats the product for about as long: waiting for the GPU takes 11 ms in Deno. */
  readonly roundMs?: number;
  readonly rounds?: number;
  readonly tuning?: Tuning | undefined;
}

/**
 * Times (M, K) · (K, N).
 *
 * @param gpu Null for the processor.
 * @throws {GpuError} "limit" where a matrix is larger than a binding may be; "lost".
 */
export async function measureMatmul(
  gpu: Gpu | null,
  [M, N, K]: readonly [M: number, N: number, K: number],
  { roundMs = 200, rounds = 3, tuning }: MatmulSpeedOptions = {},
): Promise<MatmulSpeed> {
  const a = parameter("a", [M, K]);
  const b = parameter("b", [K, N]);
  const product = matmul(a, b);
  using parameters = createParameters(gpu, [product]);
  const ramp = (size: number) => Float32Array.from({ length: size }, (_, i) => i % 97 / 97 - 0.5);
  parameters.write({ a: ramp(M * K), b: ramp(K * N) });
  using repeated = gpu
    ? await repeatOnGpu(gpu, product, parameters, tuning)
    : await repeatOnProcessor(product, parameters);

  const time = async (repeats: number) => {
    const run = await repeated.prepare(repeats);
    const begin = performance.now();
    await run();
    return (performance.now() - begin) / repeats;
  };
  await time(1);
  let repeats = 1;
  for (let onceMs = await time(1); repeats * onceMs < roundMs / 2 && repeats < 4096;) {
    repeats = Math.min(repeats * 8, Math.ceil(roundMs / onceMs));
    onceMs = await time(repeats);
  }
  const times = [];
  for (let round = 0; round < rounds; round++) times.push(await time(repeats));
  const medianMs = times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? NaN;
  const { kernel } = repeated;
  const gigaflops = (ms: number) => 2 * M * N * K / ms / 1e6;
  return {
    gigaflops: gigaflops(medianMs),
    medianMs,
    bestGigaflops: gigaflops(Math.min(...times)),
    rounds,
    kernel,
  };
}

/** Work that is repeated within one wait. */
interface Repeated extends Disposable {
  readonly kernel: string;
  prepare(repeats: number): Promise<() => Promise<unknown>>;
}

async function repeatOnGpu(
  gpu: Gpu,
  product: Tensor,
  parameters: Parameters,
  tuning: Tuning | undefined,
): Promise<Repeated> {
  const buffers = createBuffers(gpu);
  const inputs = createInputs(gpu, buffers, [product]);
  const placement = { inputs, parameters: onGpu(parameters), tuning };
  const { dispatches } = await lower(gpu, buffers, [product], placement);
  return {
    kernel: dispatches.map(({ kernel }) => kernel.label).join(),
    async prepare(repeats) {
      const all = Array.from({ length: repeats }, () => dispatches).flat();
      const program = await createProgram(gpu, "matmul speed", all);
      return async () => {
        await program.submit([]);
        await gpu.device.queue.onSubmittedWorkDone();
      };
    },
    [Symbol.dispose]: () => buffers[Symbol.dispose](),
  };
}

async function repeatOnProcessor(product: Tensor, parameters: Parameters): Promise<Repeated> {
  const program = await compile(null, [product], { parameters });
  return {
    kernel: "onnxruntime-web",
    prepare: (repeats) =>
      Promise.resolve(async () => {
        for (let i = 0; i < repeats; i++) await program.run({});
      }),
    [Symbol.dispose]: () => program[Symbol.dispose](),
  };
}
