/**
 * In which order a stage sees the rows of its data: the same for the same seed on every machine, and
 * known at any place without going through those before it, so that a run resumes anywhere.
 *
 * @module
 */

/** Gives the row that a stage sees at `place`, from 0 on; epochs follow one another without a gap. */
export type RowOrder = (place: number) => number;

/**
 * Another order each epoch: shards shuffled, and the rows within each, so that one shard at a time is
 * read.
 *
 * @param shardRows Rows of each shard, one at least in all.
 */
export function rowOrder(shardRows: readonly number[], seed: number): RowOrder {
  const rows = shardRows.reduce((sum, count) => sum + count, 0);
  let known = { epoch: -1, order: new Uint32Array() };
  return (place) => {
    const epoch = Math.floor(place / rows);
    if (epoch !== known.epoch) known = { epoch, order: shuffled(shardRows, seed, epoch) };
    return known.order[place % rows] ?? 0;
  };
}

function shuffled(
  shardRows: readonly number[],
  seed: number,
  epoch: number,
): Uint32Array<ArrayBuffer> {
  const random = uniformFrom(mix(mix(seed >>> 0) ^ epoch));
  const starts: number[] = [];
  let rows = 0;
  for (const count of shardRows) {
    starts.push(rows);
    rows += count;
  }
  const order = new Uint32Array(rows);
  let at = 0;
  for (const shard of shuffle(shardRows.map((_, i) => i), random)) {
    const start = starts[shard] ?? 0;
    const inside = Uint32Array.from({ length: shardRows[shard] ?? 0 }, (_, i) => start + i);
    order.set(shuffle(inside, random), at);
    at += inside.length;
  }
  return order;
}

/** Fisher and Yates, in place. */
function shuffle<T extends number[] | Uint32Array>(items: T, random: () => number): T {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j] ?? 0, items[i] ?? 0];
  }
  return items;
}

/** Numbers in [0, 1): splitmix32. */
function uniformFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => mix(state = (state + 0x9e3779b9) >>> 0) / 2 ** 32;
}

/** One number of 32 bits from another, evenly spread. */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
