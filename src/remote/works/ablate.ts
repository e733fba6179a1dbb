/**
 * Ablations as work: a matrix of cells, each done once.
 *
 * @module
 */
import * as v from "valibot";
import { ablate, parseAblation } from "../../lab/mod.ts";
import type { AblationResult } from "../ablate_service.ts";
import type { Work } from "../work.ts";
import { DEVICE, jsonObject } from "./request.ts";

const REQUEST = v.strictObject({
  /** See `parseAblation`. */
  spec: jsonObject,
  device: DEVICE,
});

/** Runs the cells that are not done yet; events are `AblationEvent`s. */
export const ABLATE: Work<v.InferOutput<typeof REQUEST>, AblationResult> = {
  schema: REQUEST,
  async run({ spec, device }, context) {
    const { files, signal, onProgress, emit } = context;
    const { gpu: found, note } = await context.chooseGpu(device);
    // WebGPU in software is right and slow: onnxruntime-web is faster on the same processor.
    const gpu = device === "auto" && found?.software ? null : found;
    const report = await ablate(parseAblation(spec), {
      gpu,
      files,
      signal,
      onProgress,
      onEvent: emit,
    });
    return { report, adapter: gpu?.description ?? null, ...(note !== undefined && { note }) };
  },
};
