/**
 * A model's folder as transformers.js and onnxruntime read it, file by file.
 *
 * @module
 */

import { writeOnnx } from "../tensor/mod.ts";
import type { DecoderConfig } from "./config.ts";
import { onnxDecoder } from "./onnx_decoder.ts";
import {
  describeModelFolder,
  type DescriptionOptions,
  type WrittenFile,
} from "./write_model_folder.ts";

/**
 * The files of a folder: `config.json`, `generation_config.json`, what else is given, and the graph
 * twice, each time with all weights: `onnx/model.onnx` with a cache of keys and values,
 * `onnx/model_no_cache.onnx` without.
 *
 * @param weights By the graph's names.
 * @throws {ModelError} "config"; "weights" where one is missing, or all are too large for a file.
 */
export function writeOnnxFolder(
  config: DecoderConfig,
  weights: Readonly<Record<string, Float32Array>>,
  options: DescriptionOptions = {},
): WrittenFile[] {
  const graph = (name: string, cache: boolean): WrittenFile => {
    const model = onnxDecoder(config, weights, { cache });
    return {
      name,
      bytes: {
        *[Symbol.iterator]() {
          yield Uint8Array.from(writeOnnx(model));
        },
      },
    };
  };
  return [
    ...describeModelFolder(config, options),
    graph("onnx/model.onnx", true),
    graph("onnx/model_no_cache.onnx", false),
  ];
}
