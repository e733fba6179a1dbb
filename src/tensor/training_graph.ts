/**
 * The graph of a micro-batch: what it adds to, and how much memory that takes.
 *
 * @module
 */

import { layOut, leavesOf } from "./flat_layout.ts";
import { fuse } from "./fusion.ts";
import { gradientTerms } from "./gradients.ts";
import { bytesOf, planMemory } from "./memory_plan.ts";
import { scale } from "./ops/scale.ts";
import { nodesOf, type Tensor } from "./tensor.ts";

/**
 * What a micro-batch adds, and to what: terms of the gradient to their parameter, and the loss to
 * nothing but itself. A term whose kernel cannot add, or that something else reads too, is added by a
 * kernel of its own.
 *
 * @throws {TensorError} "graph" where the loss is not one element or has no gradient.
 */
export function accumulatedTerms(loss: Tensor): Map<Tensor, Tensor> {
  const leaves = leavesOf([loss], "parameter");
  const terms = gradientTerms(loss, leaves);
  const wanted = [
    { term: loss, target: loss },
    ...leaves.flatMap((target, i) => terms[i]!.map((term) => ({ term, target }))),
  ];
  const all = wanted.map(({ term }) => term);
  const read = new Set(nodesOf(all).flatMap(({ inputs }) => inputs));
  const addsItself = (term: Tensor) =>
    term.node.accumulates && !read.has(term) && all.indexOf(term) === all.lastIndexOf(term);
  return new Map(
    wanted.map(({ term, target }) => [addsItself(term) ? term : scale(term, 1), target]),
  );
}

/** What training a graph takes on the GPU. */
export interface TrainingMemory {
  /** Parameters, gradients and moments, inputs and results: all buffers together. */
  readonly sizeBytes: number;
  /** The largest result, which has to fit a binding. */
  readonly largestBytes: number;
  /** The largest single buffer. */
  readonly bufferBytes: number;
}

/**
 * What `compileTraining` will allocate for a loss, found out without a GPU.
 *
 * @throws {TensorError} As {@linkcode accumulatedTerms}.
 */
export function trainingMemory(loss: Tensor): TrainingMemory {
  const terms = [...accumulatedTerms(loss).keys()];
  const nodes = fuse(nodesOf(terms), new Set(terms));
  const { slotBytes } = planMemory(nodes, new Set(terms), new Set(terms));
  const results = nodes.flatMap(({ leaf, outputs }) => leaf ? [] : outputs);
  const parameterBytes = layOut(leavesOf([loss], "parameter")).sizeBytes;
  const inputBytes = layOut(leavesOf([loss], "input")).sizeBytes;
  return {
    sizeBytes: 4 * parameterBytes + inputBytes + slotBytes.reduce((sum, bytes) => sum + bytes, 0),
    largestBytes: results.reduce((largest, tensor) => Math.max(largest, bytesOf(tensor)), 0),
    bufferBytes: Math.max(parameterBytes, ...slotBytes),
  };
}
