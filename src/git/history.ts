/**
 * Commits, the order in which they are told, and where two lines of history meet.
 *
 * @module
 */

/** Who made a commit, and when. */
export interface Signature {
  readonly name: string;
  readonly email: string;
  /** Milliseconds since 1970. */
  readonly timestampMs: number;
}

/** A commit. In a shallow clone the oldest ones have no parents, as git shows them. */
export interface Commit {
  readonly oid: string;
  readonly parents: readonly string[];
  /** The whole message, subject first. */
  readonly message: string;
  readonly author: Signature;
  readonly committer: Signature;
  /** Tree oid. */
  readonly tree: string;
  /** Whether its parents were left out of a shallow clone, so that what it changed is not known. */
  readonly shallow?: boolean;
}

/** Which commits a log tells. */
export interface LogOptions {
  /** At most this many. */
  readonly limit?: number | undefined;
  /** Leaves out these commits and their ancestors: `until: [base]` is git's `base..commit`. */
  readonly until?: readonly string[] | undefined;
  /** Follows only the first parent of each commit: the line of a main branch. */
  readonly firstParent?: boolean | undefined;
}

/** How a commit is had by its id. */
export type ReadCommit = (oid: string) => Promise<Commit>;

/**
 * Commits reachable from `start`, each once, newest committer date first, as `git log` orders them.
 * Reads a commit only when it is asked for: `limit` commits and their parents.
 */
export async function* walkCommits(
  readCommit: ReadCommit,
  start: string,
  { limit = Infinity, until = [], firstParent = false }: LogOptions = {},
): AsyncGenerator<Commit> {
  const isWanted = (flags: number) => flags === FROM_ONE;
  const painted = until.length > 0 ? await paint(readCommit, start, until, isWanted) : undefined;
  const isLeftOut = (oid: string) => ((painted?.get(oid)?.flags ?? 0) & FROM_OTHERS) !== 0;
  if (isLeftOut(start)) return;
  const queue = [await readCommit(start)];
  const seen = new Set([start]);
  for (let told = 0; told < limit; told++) {
    const next = queue.shift();
    if (next === undefined) return;
    yield next;
    if (told + 1 >= limit) return;
    for (const parent of firstParent ? next.parents.slice(0, 1) : next.parents) {
      if (seen.has(parent) || isLeftOut(parent)) continue;
      seen.add(parent);
      insertByDate(queue, await readCommit(parent));
    }
  }
}

/**
 * The best common ancestor of two commits, as `git merge-base` tells it: one that is no ancestor of
 * another common ancestor, the newest of them. Nothing where the histories are apart.
 */
export async function mergeBase(
  readCommit: ReadCommit,
  one: string,
  other: string,
): Promise<string | undefined> {
  if (one === other) return one;
  const painted = await paint(readCommit, one, [other], (flags) => (flags & STALE) === 0);
  const bases: Commit[] = [];
  for (const { commit, flags } of painted.values()) {
    if (flags === (FROM_ONE | FROM_OTHERS)) insertByDate(bases, commit);
  }
  if (bases.length < 2) return bases[0]?.oid;
  // Where clocks were wrong, an ancestor of another base may be among them.
  for (const base of bases) {
    const others = bases.filter(({ oid }) => oid !== base.oid).map(({ oid }) => oid);
    const below = await paint(readCommit, base.oid, others, (flags) => flags === FROM_ONE);
    if (((below.get(base.oid)?.flags ?? 0) & FROM_OTHERS) === 0) return base.oid;
  }
  return undefined;
}

/** Ways by which a commit was reached. */
const FROM_ONE = 1;
const FROM_OTHERS = 2;
/** It is an ancestor of a commit that was reached from both sides. */
const STALE = 4;

interface Painted {
  readonly commit: Commit;
  flags: number;
}

/**
 * Walks down from `one` and from `others`, newest first, and tells from where each commit was
 * reached; ends when none that waits is live, and a few steps later, since clocks may be wrong.
 */
async function paint(
  readCommit: ReadCommit,
  one: string,
  others: readonly string[],
  isLive: (flags: number) => boolean,
): Promise<Map<string, Painted>> {
  const painted = new Map<string, Painted>();
  const queue: Commit[] = [];

  async function reach(oid: string, flags: number): Promise<void> {
    const item = painted.get(oid) ?? { commit: await readCommit(oid), flags: 0 };
    if ((item.flags & flags) === flags) return;
    item.flags |= flags;
    painted.set(oid, item);
    if (!queue.includes(item.commit)) insertByDate(queue, item.commit);
  }

  await reach(one, FROM_ONE);
  for (const other of others) await reach(other, FROM_OTHERS);
  for (let slop = SLOP; slop > 0; slop--) {
    if (queue.some(({ oid }) => isLive(painted.get(oid)?.flags ?? 0))) slop = SLOP + 1;
    const next = queue.shift();
    if (next === undefined) break;
    const flags = painted.get(next.oid)?.flags ?? 0;
    const both = (flags & FROM_ONE) !== 0 && (flags & FROM_OTHERS) !== 0;
    for (const parent of next.parents) await reach(parent, both ? flags | STALE : flags);
  }
  return painted;
}

const SLOP = 5;

/** Newest first; of equal dates the one that came first. */
function insertByDate(queue: Commit[], item: Commit): void {
  let low = 0;
  let high = queue.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = queue[middle];
    if (other !== undefined && other.committer.timestampMs >= item.committer.timestampMs) {
      low = middle + 1;
    } else high = middle;
  }
  queue.splice(low, 0, item);
}
