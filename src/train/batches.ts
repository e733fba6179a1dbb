/**
 * From packed rows to what a training step is told: tokens, targets and where documents begin.
 *
 * @module
 */
import { FLAG_LOSS, FLAG_START, type PackedDataset, type PackedRows } from "../corpus/mod.ts";
import { IGNORED } from "../tensor/mod.ts";
import type { LossMask } from "./train_spec.ts";

/** A micro-batch of B rows of T tokens. */
export interface Batch {
  /** (B, T) each; targets may be {@linkcode IGNORED}, starts are places in the token's row. */
  readonly inputs: {
    readonly tokens: Uint32Array;
    readonly targets: Uint32Array;
    readonly starts: Uint32Array;
  };
  /** Tokens that are not padding. */
  readonly tokens: number;
  /** Tokens with a target: those that the loss is the mean over. */
  readonly lossTokens: number;
}

/** Reads the rows of these numbers, in this order. */
export async function readBatch(
  dataset: PackedDataset,
  rows: readonly number[],
  mask: LossMask,
): Promise<Batch> {
  const { context: T } = dataset.manifest;
  const batch: PackedRows = {
    tokens: new Uint32Array(rows.length * T),
    flags: new Uint8Array(rows.length * T),
  };
  for (const [i, row] of rows.entries()) {
    const { tokens, flags } = await dataset.readRows(row, 1);
    batch.tokens.set(tokens, i * T);
    batch.flags.set(flags, i * T);
  }
  return batchOf(batch, T, mask);
}

/**
 * Targets and starts of packed rows: the target of a token is the next one of its document, if the
 * loss counts that one.
 */
export function batchOf({ tokens, flags }: PackedRows, T: number, mask: LossMask): Batch {
  const targets = new Uint32Array(tokens.length).fill(IGNORED);
  const starts = new Uint32Array(tokens.length);
  let counted = 0;
  let lossTokens = 0;
  for (let row = 0; row < tokens.length; row += T) {
    const end = row + usedTokens(tokens.subarray(row, row + T), flags.subarray(row, row + T));
    counted += end - row;
    let start = 0;
    for (let i = row; i < row + T; i++) {
      const flag = flags[i] ?? 0;
      if (flag & FLAG_START) start = i - row;
      else if (i > row && i < end && (mask === "all" || flag & FLAG_LOSS)) {
        targets[i - 1] = tokens[i] ?? 0;
        lossTokens++;
      }
      starts[i] = start;
    }
  }
  return { inputs: { tokens, targets, starts }, tokens: counted, lossTokens };
}

/**
 * How many tokens of a row come before its padding, which is a last stretch that begins as a document
 * does, and is all zeros that no loss counts.
 */
function usedTokens(tokens: Uint32Array, flags: Uint8Array): number {
  for (let i = tokens.length - 1; i >= 0; i--) {
    const flag = flags[i] ?? 0;
    if (tokens[i] !== 0 || flag & FLAG_LOSS) return tokens.length;
    if (flag & FLAG_START) return i;
  }
  return tokens.length;
}
