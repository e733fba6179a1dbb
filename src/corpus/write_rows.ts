/**
 * Planned rows, written as shards that are named by their content.
 *
 * @module
 */
import type { Pieces } from "./pack_pieces.ts";
import type { PackedPlan } from "./pack_rows.ts";
import type { PackOptions } from "./pack_samples.ts";
import {
  FLAG_LOSS,
  FLAG_START,
  type PackedManifest,
  sha256,
  tokenBytes,
} from "./packed_dataset.ts";
import type { TokenStore } from "./token_store.ts";

/** Pieces and the rows that they go into: one epoch. */
export interface Pass {
  readonly pieces: Pieces;
  readonly plan: PackedPlan;
}

/**
 * Fills rows from the store and gives them out shard by shard. Reports the phase `pack` in tokens.
 *
 * @throws the signal's reason when it is aborted, between two shards.
 */
export async function writeRows(
  passes: readonly Pass[],
  dtype: PackedManifest["dtype"],
  store: TokenStore,
  { context: T, shardBytes = 2 ** 26, writeShard, signal, onProgress }: PackOptions,
): Promise<Pick<PackedManifest, "rows" | "tokens" | "lossTokens" | "shards">> {
  const rows = passes.reduce((sum, { plan }) => sum + plan.rows, 0);
  const all = passes.reduce(
    (sum, { pieces }) => sum + pieces.lengths.reduce((a, b) => a + b, 0),
    0,
  );
  const perShard = Math.max(1, Math.floor(shardBytes / (T * (tokenBytes({ dtype }) + 1))));
  const shards: PackedManifest["shards"] = [];
  let [tokens, lossTokens] = [0, 0];
  const report = () => onProgress?.({ phase: "pack", done: tokens, total: all, unit: "tokens" });

  report();
  const each = rowsOf(passes);
  for (let first = 0; first < rows; first += perShard) {
    signal?.throwIfAborted();
    const height = Math.min(perShard, rows - first);
    const shard = { tokens: new Uint32Array(height * T), flags: new Uint8Array(height * T) };
    for (let row = 0; row < height; row++) {
      const { value } = each.next();
      if (value) tokens += fillRow(shard, row * T, T, value, store);
    }
    for (const flag of shard.flags) lossTokens += flag & FLAG_LOSS;
    const bytes = shardBytesOf(shard.tokens, shard.flags, dtype);
    const hash = await sha256(bytes);
    const file = `${hash}.tokens`;
    await writeShard(file, bytes);
    shards.push({ file, sha256: hash, rows: height, sizeBytes: bytes.length });
    report();
  }
  return { rows, tokens, lossTokens, shards };
}

/** A row's pieces. */
interface Row extends Pass {
  readonly begin: number;
  readonly end: number;
}

function* rowsOf(passes: readonly Pass[]): Generator<Row, undefined> {
  for (const { pieces, plan } of passes) {
    for (let row = 0; row < plan.rows; row++) {
      yield { pieces, plan, begin: plan.rowOffsets[row]!, end: plan.rowOffsets[row + 1]! };
    }
  }
}

/** @returns Tokens of the row that are no padding. */
function fillRow(
  shard: { tokens: Uint32Array; flags: Uint8Array },
  start: number,
  T: number,
  { pieces, plan, begin, end }: Row,
  store: TokenStore,
): number {
  let at = start;
  for (const piece of plan.pieces.subarray(begin, end)) {
    const next = at + pieces.lengths[piece]!;
    const flags = shard.flags.subarray(at, next);
    store.read(pieces.offsets[piece]!, shard.tokens.subarray(at, next), flags);
    flags[0]! |= FLAG_START;
    at = next;
  }
  // Padding is a document of its own, so that nothing attends from it to what is before.
  if (at < start + T) shard.flags[at] = FLAG_START;
  return at - start;
}

/** Tokens in little endian, then flags. */
function shardBytesOf(
  tokens: Uint32Array,
  flags: Uint8Array,
  dtype: PackedManifest["dtype"],
): Uint8Array<ArrayBuffer> {
  const width = tokenBytes({ dtype });
  const bytes = new Uint8Array(tokens.length * (width + 1));
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < tokens.length; i++) {
    if (width === 2) view.setUint16(2 * i, tokens[i]!, true);
    else view.setUint32(4 * i, tokens[i]!, true);
  }
  bytes.set(flags, tokens.length * width);
  return bytes;
}
