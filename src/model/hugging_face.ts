/**
 * Hugging Face's tensors and ours: the same numbers, some of which the graph has in one matrix.
 *
 * @module
 */

import type { Shape } from "../tensor/mod.ts";
import type { DecoderConfig } from "./config.ts";
import { ModelError } from "./model_error.ts";
import { parameterShapes } from "./parameter_shapes.ts";
import type { NamedTensor } from "./safetensors.ts";

/** A tensor as Hugging Face has it. */
export interface HuggingFacePart {
  readonly name: string;
  readonly shape: Shape;
}

/**
 * For each parameter of the graph the tensors that it is made of, one below the other.
 *
 * @throws {ModelError} "config".
 */
export function huggingFaceParts(config: DecoderConfig): Map<string, HuggingFacePart[]> {
  const { heads: H, kvHeads: KV, headSize: D, feedForward: F } = config;
  const fused: Readonly<Record<string, readonly (readonly [name: string, rows: number])[]>> = {
    qkv_proj: [["q_proj", H * D], ["k_proj", KV * D], ["v_proj", KV * D]],
    gate_up_proj: [["gate_proj", F], ["up_proj", F]],
  };
  return new Map(
    [...parameterShapes(config)].map(([name, { shape }]) => {
      const found = Object.entries(fused).find(([joined]) => name.includes(`.${joined}.`));
      if (!found) return [name, [{ name, shape }]];
      const [joined, parts] = found;
      return [
        name,
        parts.map(([part, rows]) => ({
          name: name.replace(joined, part),
          shape: [rows, ...shape.slice(1)],
        })),
      ];
    }),
  );
}

/**
 * Weights by the graph's names as tensors with Hugging Face's names and shapes; they share memory.
 *
 * @throws {ModelError} "weights" where one is missing or has another length than its parameter.
 */
export function toHuggingFace(
  config: DecoderConfig,
  weights: Readonly<Record<string, Float32Array>>,
): Record<string, NamedTensor> {
  const tensors: [string, NamedTensor][] = [];
  for (const [name, parts] of huggingFaceParts(config)) {
    const values = weights[name];
    const size = parts.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    if (values?.length !== size) {
      const given = values ? `${values.length} values` : "none";
      throw new ModelError("weights", `"${name}" needs ${size} values, and there are ${given}.`);
    }
    let at = 0;
    for (const { name, shape } of parts) {
      tensors.push([name, { shape, values: values.subarray(at, at += sizeOf(shape)) }]);
    }
  }
  return Object.fromEntries(tensors);
}

/**
 * Tensors with Hugging Face's names as weights by the graph's names.
 *
 * @throws {ModelError} "weights" where a tensor is missing, unknown or of another shape.
 */
export function fromHuggingFace(
  config: DecoderConfig,
  tensors: Readonly<Record<string, NamedTensor>>,
): Record<string, Float32Array<ArrayBuffer>> {
  const found = matchParts(config, new Map(Object.entries(tensors)));
  return Object.fromEntries(
    [...found].map(([name, parts]) => [name, joined(parts.map(({ values }) => values))]),
  );
}

/**
 * Finds the tensors of each parameter, whatever the file calls them: published models are stored with
 * and without the name of the model in front, and some with buffers that are no weights.
 *
 * @throws {ModelError} "weights" where a tensor is missing, unknown or of another shape.
 */
export function matchParts<T extends { readonly shape: Shape }>(
  config: DecoderConfig,
  tensors: ReadonlyMap<string, T>,
): Map<string, T[]> {
  const used = new Set<string>();
  const matched = new Map(
    [...huggingFaceParts(config)].map(([parameter, parts]) => [
      parameter,
      parts.map(({ name, shape }) => {
        const stored = [name, name.replace(BASE, "")].find((name) => tensors.has(name));
        const tensor = tensors.get(stored ?? "");
        if (stored === undefined || !tensor) {
          throw new ModelError(
            "weights",
            `"${name}" is missing: the file has ${listed([...tensors.keys()])}.`,
          );
        }
        if (tensor.shape.join() !== shape.join()) {
          throw new ModelError(
            "weights",
            `"${stored}" has shape (${
              tensor.shape.join(", ")
            }), and by its config.json the model ` +
              `needs (${shape.join(", ")}).`,
          );
        }
        used.add(stored);
        return tensor;
      }),
    ]),
  );
  const unknown = [...tensors.keys()].filter((name) =>
    !used.has(name) && !isNoWeight(name, config)
  );
  if (unknown.length === 0) return matched;
  throw new ModelError(
    "weights",
    `A ${config.architecture} with this config.json has no place for ${listed(unknown)}.`,
  );
}

/** One after the other in one array. */
export function joined(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const values = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return values;
}

const BASE = /^(model|transformer)\./;

/** Causal masks and rotary frequencies, which older checkpoints hold, and a tied table stored twice. */
function isNoWeight(name: string, { architecture, tiedEmbeddings }: DecoderConfig): boolean {
  if (name === "lm_head.weight") return tiedEmbeddings;
  return architecture === "GPT2LMHeadModel"
    ? /(^|\.)h\.\d+\.attn\.(masked_)?bias$/.test(name)
    : name.endsWith(".rotary_emb.inv_freq");
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 4).map((name) => JSON.stringify(name.slice(0, 80))).join(", ");
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown || "nothing";
}

function sizeOf(shape: Shape): number {
  return shape.reduce((size, length) => size * length, 1);
}
