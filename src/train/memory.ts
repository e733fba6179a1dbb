/**
 * Whether a stage fits on the GPU, found out before anything is made.
 *
 * @module
 */
import type { Tensor } from "../tensor/mod.ts";
import { trainingMemory } from "../tensor/mod.ts";
import { TrainError } from "./train_error.ts";

/** What there is; undefined where it is not known. */
export interface MemoryLimits {
  /** The largest tensor that a kernel can be handed. */
  readonly bindingBytes: number | undefined;
  /** The largest buffer. */
  readonly bufferBytes: number | undefined;
  /** All buffers together; a GPU does not tell. */
  readonly memoryBytes: number | undefined;
}

/** The rows of a micro-batch. */
export interface BatchShape {
  readonly batch: number;
  readonly time: number;
}

/**
 * @param graph The loss of a micro-batch.
 * @throws {TrainError} "memory" where it does not fit, with the largest batch that does, or else the
 * longest rows.
 */
export function checkMemory(
  graph: (shape: BatchShape) => Tensor,
  shape: BatchShape,
  limits: MemoryLimits,
): void {
  const problem = problemOf(graph(shape), limits);
  if (problem === null) return;
  const { batch, time } = shape;
  const fits = (shape: BatchShape) => problemOf(graph(shape), limits) === null;
  const smaller = largest(batch - 1, (batch) => fits({ batch, time }));
  const shorter = smaller > 0 ? 0 : largest(time - 1, (time) => fits({ batch: 1, time }));
  const advice = smaller > 0
    ? `A batch of ${smaller} fits: with accumulate ${
      Math.ceil(batch / smaller)
    } a step sees as many ` +
      "rows"
    : shorter > 0
    ? `Rows of ${shorter} tokens fit, one at a time: pack the corpus with a context of that`
    : "Not even one token fits: choose a smaller model";
  throw new TrainError(
    "memory",
    `A batch of ${batch} rows of ${time} tokens does not fit: ${problem}. ${advice}.`,
  );
}

function problemOf(
  loss: Tensor,
  { bindingBytes = Infinity, bufferBytes = Infinity, memoryBytes = Infinity }: MemoryLimits,
): string | null {
  const needed = trainingMemory(loss);
  if (needed.largestBytes > bindingBytes) {
    return `its largest tensor takes ${megabytes(needed.largestBytes)}, and this GPU binds ` +
      `${megabytes(bindingBytes)} at a time`;
  }
  if (needed.bufferBytes > bufferBytes) {
    return `its largest buffer takes ${
      megabytes(needed.bufferBytes)
    }, and this GPU makes them up to ` +
      megabytes(bufferBytes);
  }
  if (needed.sizeBytes > memoryBytes) {
    return `it takes ${megabytes(needed.sizeBytes)}, and there are ${megabytes(memoryBytes)}`;
  }
  return null;
}

/** The largest whole number up to `most` that fits, 0 for none; larger ones need more. */
function largest(most: number, fits: (n: number) => boolean): number {
  let low = 0;
  let high = most;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20).toLocaleString("en")} MiB`;
}
