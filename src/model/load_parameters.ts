/**
 * A folder's weights where they compute.
 *
 * @module
 */

import type { Gpu, Job } from "../gpu/mod.ts";
import { createParameters, type Parameters, type ParametersOptions } from "../tensor/mod.ts";
import { decoderLogits } from "./decoder.ts";
import { type ModelFolder, writeWeights } from "./model_folder.ts";

/**
 * The parameters of a decoder with a folder's weights, for graphs that only read them. Its owner
 * disposes of it. Memory beside them: one weight at a time, as f32 and as it is stored.
 *
 * @param gpu `null` for the processor.
 * @param options `storage` is by default what loses nothing: f16 where the folder's matrices are, else
 * f32, as of bf16 f16 keeps only what is from 8 · 10⁻⁶ to 65504.
 * @throws {ModelError} "file", "weights".
 * @throws {TensorError} "data", quoting a parameter and its value, where that is no f16.
 * @throws {GpuError} "limit"; the signal's reason.
 * @example
 * ```ts
 * import { createGenerator, type Gpu, loadParameters, type ModelFolder } from "bottega";
 * async function goOn(gpu: Gpu, folder: ModelFolder, prompt: number[]) {
 *   using parameters = await loadParameters(gpu, folder, { storage: "f16" });
 *   using generator = await createGenerator(gpu, folder.config, parameters);
 *   return await generator.generate({ prompts: [prompt], maxTokens: 16 });
 * }
 * ```
 */
export async function loadParameters(
  gpu: Gpu | null,
  folder: ModelFolder,
  { storage = folder.storage, ...job }: ParametersOptions & Job = {},
): Promise<Parameters> {
  using owned = new DisposableStack();
  const graph = decoderLogits(folder.config, { batch: 1, time: 1 });
  const parameters = owned.use(createParameters(gpu, [graph], { storage }));
  await writeWeights(folder, parameters, job);
  owned.move();
  return parameters;
}
