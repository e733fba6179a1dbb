/**
 * A corpus as the GPU takes it: all tokens in one array, and three short arrays that say where each
 * segment begins, what role it has and which trajectory, or sample, it belongs to.
 *
 * @module
 */
import type { Job } from "../gpu/mod.ts";
import { ROLES, segments, type Trajectory } from "../trajectory/mod.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** N tokens in S segments of K trajectories or samples. */
export interface TokenizedCorpus {
  readonly tokenizer: string;
  /** V: every token is below it. */
  readonly vocabularySize: number;
  /** (N) token ids, segment after segment. */
  readonly tokens: Uint32Array<ArrayBuffer>;
  /** (S+1) where each segment begins in `tokens`; the last entry is N. */
  readonly segmentOffsets: Uint32Array<ArrayBuffer>;
  /** What `segmentRoles` index into: `ROLES` for trajectories. */
  readonly roles: readonly string[];
  /** (S) index into `roles`. */
  readonly segmentRoles: Uint32Array<ArrayBuffer>;
  /** (S) index of the trajectory, ascending. */
  readonly segmentTrajectories: Uint32Array<ArrayBuffer>;
  /** K */
  readonly trajectoryCount: number;
}

/** What is tokenised: a trajectory's segments, or a sample. */
export interface SegmentedDocument {
  readonly segments: readonly { readonly role: string; readonly text: string }[];
}

/**
 * Tokenises every segment of every trajectory on its own, so that counts by role add up to the
 * whole. Reports the phase `tokenise` in trajectories and lets other work in every 30 ms.
 *
 * @throws the signal's reason when it is aborted.
 */
export function tokenizeCorpus(
  trajectories: readonly Trajectory[],
  tokenizer: Tokenizer,
  job: Job = {},
): Promise<TokenizedCorpus> {
  // Trajectories are cut into segments one at a time: their texts need not exist all at once.
  const documents = trajectories.map((trajectory) => ({
    get segments() {
      return segments(trajectory);
    },
  }));
  return tokenizeSegments(documents, ROLES, tokenizer, { ...job, unit: "trajectories" });
}

/**
 * Tokenises the segments of documents of any kind, each on its own. Reports the phase `tokenise`.
 *
 * @param roles What the segments' roles may be, in the order of the statistics' columns.
 * @param job Its `unit` is what progress counts, `samples` unless it says otherwise.
 * @throws {RangeError} for a segment whose role is not among `roles`, quoting both.
 * @throws the signal's reason when it is aborted.
 * @example
 * ```ts
 * import { loadTokenizer, tokenizeSegments } from "bottega";
 * const sample = { segments: [{ role: "context", text: "def f(): ..." }] };
 * const corpus = await tokenizeSegments([sample], ["context"], await loadTokenizer());
 * console.log(corpus.tokens.length, corpus.roles);
 * ```
 */
export async function tokenizeSegments(
  documents: readonly SegmentedDocument[],
  roles: readonly string[],
  tokenizer: Tokenizer,
  { signal, onProgress, unit = "samples" }: Job & { unit?: "trajectories" | "samples" } = {},
): Promise<TokenizedCorpus> {
  const tokens = new TokenArray();
  const offsets: number[] = [0];
  const segmentRoles: number[] = [];
  const owners: number[] = [];
  const report = (done: number) =>
    onProgress?.({ phase: "tokenise", done, total: documents.length, unit });

  let pausedAt = performance.now();
  report(0);
  for (const [k, { segments }] of documents.entries()) {
    for (const { role, text } of segments) {
      tokens.push(tokenizer.encode(text));
      offsets.push(tokens.length);
      segmentRoles.push(roleIndex(role, roles, k));
      owners.push(k);
      if (performance.now() - pausedAt < 30) continue;
      report(k);
      await new Promise((resolve) => setTimeout(resolve));
      signal?.throwIfAborted();
      pausedAt = performance.now();
    }
  }
  signal?.throwIfAborted();
  report(documents.length);
  return {
    tokenizer: tokenizer.name,
    vocabularySize: tokenizer.vocabularySize,
    tokens: tokens.toArray(),
    segmentOffsets: Uint32Array.from(offsets),
    roles: [...roles],
    segmentRoles: Uint32Array.from(segmentRoles),
    segmentTrajectories: Uint32Array.from(owners),
    trajectoryCount: documents.length,
  };
}

function roleIndex(role: string, roles: readonly string[], document: number): number {
  const index = roles.indexOf(role);
  if (index >= 0) return index;
  throw new RangeError(
    `Document ${document} has a segment of role ${JSON.stringify(role)}; there are ` +
      `${roles.join(", ")}`,
  );
}

/** A growing u32 array: doubling keeps it at two copies of the corpus at most. */
class TokenArray {
  #items = new Uint32Array(1 << 16);
  length = 0;

  push(tokens: Uint32Array): void {
    const length = this.length + tokens.length;
    if (length > this.#items.length) {
      const grown = new Uint32Array(Math.max(length, 2 * this.#items.length));
      grown.set(this.#items.subarray(0, this.length));
      this.#items = grown;
    }
    this.#items.set(tokens, this.length);
    this.length = length;
  }

  toArray(): Uint32Array<ArrayBuffer> {
    return this.#items.slice(0, this.length);
  }
}
