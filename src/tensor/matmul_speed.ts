/**
 * How fast this GPU multiplies matrices: the yardstick for everything else that it does.
 *
 * @module
 */

import { createBuffers, createProgram, type Gpu } from "../gpu/mod.ts";
import { createInputs } from "./inputs.ts";
import { lower } from "./lower.ts";
import { matmul } from "./ops/matmul.ts";
import { createParameters } from "./parameters.ts";
import { parameter } from "./tensor.ts";
import type { Tuning } from "./tuning.ts";

/** A product of f32 matrices, measured. */
export interface MatmulSpeed {
  /** 2 M N K operations each, median of the rounds. */
  readonly gigaflops: number;
  readonly medianMs: number;
  readonly rounds: number;
  /** The kernel that was the fastest. */
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
 * @throws {GpuError} "limit" where a matrix is larger than a binding may be; "lost".
 */
export async function measureMatmul(
  gpu: Gpu,
  [M, N, K]: readonly [M: number, N: number, K: number],
  { roundMs = 200, rounds = 3, tuning }: MatmulSpeedOptions = {},
): Promise<MatmulSpeed> {
  using buffers = createBuffers(gpu);
  const a = parameter("a", [M, K]);
  const b = parameter("b", [K, N]);
  const product = matmul(a, b);
  using parameters = createParameters(gpu, [product]);
  const ramp = (size: number) => Float32Array.from({ length: size }, (_, i) => i % 97 / 97 - 0.5);
  parameters.write({ a: ramp(M * K), b: ramp(K * N) });
  const inputs = createInputs(gpu, buffers, [product]);
  const { dispatches } = await lower(gpu, buffers, [product], { inputs, parameters, tuning });

  const time = async (repeats: number) => {
    const program = await createProgram(
      gpu,
      "matmul speed",
      Array.from({ length: repeats }, () => dispatches).flat(),
    );
    const begin = performance.now();
    await program.submit([]);
    await gpu.device.queue.onSubmittedWorkDone();
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
  const kernel = dispatches.map(({ kernel }) => kernel.label).join();
  return { gigaflops: 2 * M * N * K / medianMs / 1e6, medianMs, rounds, kernel };
}
