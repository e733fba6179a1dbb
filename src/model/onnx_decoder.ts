/**
 * A decoder as a model of ONNX, with and without a cache of keys and values, for onnxruntime and what
 * is built on it. Names of inputs and outputs are those that transformers.js expects.
 *
 * @module
 */

import {
  createOnnxGraph,
  type OnnxGraph,
  type OnnxModel,
  type OnnxPort,
  type OnnxValue,
} from "../tensor/mod.ts";
import type { DecoderConfig } from "./config.ts";
import { forward, logitsOf } from "./forward.ts";
import { ModelError } from "./model_error.ts";
import { onnxOps } from "./onnx_ops.ts";
import { countParameters } from "./parameter_shapes.ts";

/** Which of the graphs. */
export interface OnnxDecoderOptions {
  /** Whether keys and values come in and go out. */
  readonly cache: boolean;
  /**
   * With a cache: that only what is new comes out, keys and values of the tokens of this run and the
   * logits of its last place, for one who keeps the past himself.
   */
  readonly newOnly?: boolean;
}

/**
 * The graph of all logits, for any batch and length.
 *
 * Inputs: `input_ids` (batch, sequence) int64. With a cache also `attention_mask` (batch, past +
 * sequence) int64, 0 for padding; `position_ids` (batch, sequence) int64; `past_key_values.L.key` and
 * `.value` (batch, KV, past, D) for each layer, of length 0 at first. Outputs: `logits` (batch,
 * sequence, V), and with a cache `present.L.key` and `.value`, which are the past of the next run. With
 * `newOnly` the past is at least one long (padding will do), `logits` is (batch, 1, V) and
 * `present.L.key` and `.value` are (batch, KV, sequence, D).
 *
 * @param weights By the graph's names.
 * @throws {ModelError} "config"; "weights" where one is missing or has another length, or where all
 * are too large for a file of ONNX.
 */
export function onnxDecoder(
  config: DecoderConfig,
  weights: Readonly<Record<string, Float32Array>>,
  { cache, newOnly = false }: OnnxDecoderOptions,
): OnnxModel {
  const sizeBytes = 4 * countParameters(config);
  if (sizeBytes > MOST_BYTES) {
    throw new ModelError(
      "weights",
      `The weights are ${sizeBytes} bytes, and a file of ONNX ends at 2 GiB: export safetensors.`,
    );
  }
  const graph = createOnnxGraph();
  const places = cache ? cachedPlaces(graph) : plainPlaces(graph);
  const turn = turnFor(graph, config, places.positions);
  const present: Present[] = [];
  const ops = onnxOps(graph, config, weights);
  const { hidden } = forward(config, ops, {
    tokens: "input_ids",
    positions: places.positions,
    attend: (qkv, layer) => {
      const { y, key, value } = attend(graph, config, qkv, {
        turn,
        mask: places.mask,
        ...(cache ? { past: pastOf(layer), newOnly } : {}),
      });
      present.push({ key, value });
      return y;
    },
  });
  const logits = logitsOf(config, ops, newOnly ? lastOf(graph, hidden) : hidden);
  return model(graph, config, { cache, newOnly, logits, present });
}

/** The most of a message of protobuf, with room for the graph. */
const MOST_BYTES = 2 ** 31 - 2 ** 24;

/** Keys and values of a layer. */
interface Present {
  readonly key: OnnxValue;
  readonly value: OnnxValue;
}

function pastOf(layer: number): Present {
  return { key: `past_key_values.${layer}.key`, value: `past_key_values.${layer}.value` };
}

interface Places {
  /** (batch, sequence) or (sequence). */
  readonly positions: OnnxValue;
  /** (…, sequence, past + sequence): what is added to scores. */
  readonly mask: OnnxValue;
}

function plainPlaces(graph: OnnxGraph): Places {
  const time = lengthOf(graph, "input_ids", 1);
  const positions = graph.add("Range", [graph.index(0), time, graph.index(1)]);
  const seen = graph.add("LessOrEqual", [positions, unsqueeze(graph, positions, [1])]);
  return { positions, mask: maskOf(graph, seen) };
}

function cachedPlaces(graph: OnnxGraph): Places {
  const past = lengthOf(graph, pastOf(0).key, 2);
  const all = graph.add("Add", [past, lengthOf(graph, "input_ids", 1)]);
  const keys = graph.add("Range", [graph.index(0), all, graph.index(1)]);
  const queries = graph.add("Range", [past, all, graph.index(1)]);
  const earlier = graph.add("LessOrEqual", [keys, unsqueeze(graph, queries, [1])]);
  const there = graph.add("Greater", [
    unsqueeze(graph, "attention_mask", [1, 2, 3]),
    graph.index(0),
  ]);
  return { positions: "position_ids", mask: maskOf(graph, graph.add("And", [earlier, there])) };
}

function maskOf(graph: OnnxGraph, seen: OnnxValue): OnnxValue {
  return graph.add("Where", [seen, graph.number(0), graph.number(-1e30)]);
}

/** Rotates (batch, heads, sequence, D) by its positions; undefined where positions are learned. */
function turnFor(
  graph: OnnxGraph,
  { architecture, context, headSize: D, ropeTheta }: DecoderConfig,
  positions: OnnxValue,
): ((x: OnnxValue) => OnnxValue) | undefined {
  if (architecture === "GPT2LMHeadModel") return undefined;
  const table = (of: (angle: number) => number) => {
    const values = Float32Array.from(
      { length: context * D / 2 },
      (_, n) => of(Math.floor(n / (D / 2)) / ropeTheta ** (2 * (n % (D / 2)) / D)),
    );
    const rows = graph.add("Gather", [graph.floats(values, [context, D / 2]), positions]);
    return unsqueeze(graph, rows, [-3]);
  };
  const [cos, sin] = [table(Math.cos), table(Math.sin)];
  return (x) => {
    const [a = "", b = ""] = graph.split(x, -1, [D / 2, D / 2]);
    const product = (x: OnnxValue, factor: OnnxValue) => graph.add("Mul", [x, factor]);
    const first = graph.add("Sub", [product(a, cos), product(b, sin)]);
    const second = graph.add("Add", [product(b, cos), product(a, sin)]);
    return graph.add("Concat", [first, second], { axis: { int: -1 } });
  };
}

interface AttendOptions {
  readonly turn: ((x: OnnxValue) => OnnxValue) | undefined;
  readonly mask: OnnxValue;
  readonly past?: Present;
  readonly newOnly?: boolean;
}

/** Scores of groups of heads, (batch, KV, H / KV, sequence, past + sequence), in one product. */
function attend(
  graph: OnnxGraph,
  { heads: H, kvHeads: KV, headSize: D }: DecoderConfig,
  qkv: OnnxValue,
  { turn = (x) => x, mask, past, newOnly = false }: AttendOptions,
): Present & { readonly y: OnnxValue } {
  const [q = "", k = "", v = ""] = graph.split(qkv, -1, [H * D, KV * D, KV * D]);
  const byHead = (x: OnnxValue, heads: number) =>
    graph.transpose(graph.reshape(x, [0, 0, heads, D]), [0, 2, 1, 3]);
  const after = (past: OnnxValue | undefined, x: OnnxValue) =>
    past === undefined || newOnly ? x : graph.add("Concat", [past, x], { axis: { int: 2 } });
  const key = after(past?.key, turn(byHead(k, KV)));
  const value = after(past?.value, byHead(v, KV));

  const scaled = graph.add("Mul", [turn(byHead(q, H)), graph.number(1 / Math.sqrt(D))]);
  const queries = graph.reshape(scaled, [0, KV, H / KV, -1, D]);
  const product = (key: OnnxValue) => {
    const keys = graph.transpose(unsqueeze(graph, key, [2]), [0, 1, 2, 4, 3]);
    return graph.add("MatMul", [queries, keys]);
  };
  const weighted = (shares: OnnxValue, value: OnnxValue) =>
    graph.add("MatMul", [shares, unsqueeze(graph, value, [2])]);
  const sharesOf = (products: OnnxValue) =>
    graph.add("Softmax", [graph.add("Add", [products, mask])], { axis: { int: -1 } });

  const attended = past && newOnly
    ? besides(graph, past, { key, value, product, weighted, sharesOf })
    : weighted(sharesOf(product(key)), value);
  const y = graph.reshape(graph.transpose(attended, [0, 3, 1, 2, 4]), [0, 0, H * D]);
  return { y, key, value };
}

interface NewRows extends Present {
  readonly product: (key: OnnxValue) => OnnxValue;
  readonly weighted: (shares: OnnxValue, value: OnnxValue) => OnnxValue;
  readonly sharesOf: (products: OnnxValue) => OnnxValue;
}

/** Attends to the past where it lies, and to new rows beside it: none of the past is copied. */
function besides(
  graph: OnnxGraph,
  past: Present,
  { key, value, product, weighted, sharesOf }: NewRows,
): OnnxValue {
  const products = [product(past.key), product(key)];
  const shares = sharesOf(graph.add("Concat", products, { axis: { int: -1 } }));
  const end = graph.once(
    "past",
    () => graph.add("Shape", [past.key], { start: { int: 2 }, end: { int: 3 } }),
  );
  const [from, to, axis] = [graph.indices([0]), graph.indices([2 ** 31 - 1]), graph.indices([-1])];
  return graph.add("Add", [
    weighted(graph.add("Slice", [shares, from, end, axis]), past.value),
    weighted(graph.add("Slice", [shares, end, to, axis]), value),
  ]);
}

/** (batch, 1, C) of (batch, sequence, C). */
function lastOf(graph: OnnxGraph, hidden: OnnxValue): OnnxValue {
  return graph.add("Gather", [hidden, graph.indices([-1])], { axis: { int: 1 } });
}

interface Ends {
  readonly cache: boolean;
  readonly newOnly: boolean;
  readonly logits: OnnxValue;
  readonly present: readonly Present[];
}

/** The graph between inputs and outputs of the names that others know. */
function model(
  graph: OnnxGraph,
  { vocabularySize: V, kvHeads: KV, headSize: D }: DecoderConfig,
  { cache, newOnly, logits, present }: Ends,
): OnnxModel {
  const past = (name: string): OnnxPort => ({
    name,
    type: "float",
    shape: ["batch_size", KV, "past_sequence_length", D],
  });
  const out = newOnly ? "sequence_length" : "total_sequence_length";
  const total = (name: string): OnnxPort => ({
    name,
    type: "float",
    shape: ["batch_size", KV, out, D],
  });
  const indices = (name: string, length: string): OnnxPort => ({
    name,
    type: "int64",
    shape: ["batch_size", length],
  });
  const outputs = [
    {
      value: logits,
      port: {
        name: "logits",
        type: "float" as const,
        shape: newOnly ? ["batch_size", 1, V] : [...ROWS, V],
      },
    },
    ...(cache ? present : []).flatMap(({ key, value }, layer) => [
      { value: key, port: total(`present.${layer}.key`) },
      { value, port: total(`present.${layer}.value`) },
    ]),
  ];
  return {
    initializers: graph.initializers,
    inputs: [
      indices("input_ids", "sequence_length"),
      ...(cache
        ? [
          indices("attention_mask", "total_sequence_length"),
          indices("position_ids", "sequence_length"),
          ...present.flatMap((_, layer) => Object.values(pastOf(layer)).map(past)),
        ]
        : []),
    ],
    outputs: outputs.map(({ port }) => port),
    nodes: [
      ...graph.nodes,
      ...outputs.map(({ value, port: { name } }) => ({
        op: "Identity",
        inputs: [value],
        outputs: [name],
        attributes: {},
      })),
    ],
  };
}

const ROWS = ["batch_size", "sequence_length"] as const;

/** The length of an axis, as a scalar. */
function lengthOf(graph: OnnxGraph, x: OnnxValue, axis: number): OnnxValue {
  return graph.once(
    `length ${x} ${axis}`,
    () => graph.add("Gather", [graph.add("Shape", [x]), graph.index(axis)]),
  );
}

function unsqueeze(graph: OnnxGraph, x: OnnxValue, axes: readonly number[]): OnnxValue {
  return graph.add("Unsqueeze", [x, graph.indices(axes)]);
}
