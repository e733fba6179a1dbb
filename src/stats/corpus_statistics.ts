/**
 * All statistics of a tokenised corpus in one submit, or in one loop on the CPU.
 *
 * @module
 */

import { createBuffers, type Gpu, type Job, runPiecewise } from "../gpu/mod.ts";
import { StatisticsError } from "./error.ts";
import { lengthHistogramCpu, lengthHistogramWork } from "./length_histogram.ts";
import { checkSegments, roleTokensCpu, roleTokensWork, type Segments } from "./role_tokens.ts";
import { type CorpusStatistics, type Counts, LENGTH_EDGES, summarizeCounts } from "./statistics.ts";
import {
  addTokenCountsCpu,
  takeTokenCounts,
  tokenCountsBytes,
  tokenHistogramWork,
} from "./token_histogram.ts";

/** N tokens in S segments of K trajectories, as `tokenizeCorpus` makes it. */
export interface CorpusTokens {
  readonly tokenizer: string;
  /** V: each token is below it. */
  readonly vocabularySize: number;
  /** (N) token ids, segment after segment. */
  readonly tokens: Uint32Array;
  /** (S + 1) where each segment begins in `tokens`; the last entry is N. */
  readonly segmentOffsets: Uint32Array;
  /** (R) what `segmentRoles` index into. */
  readonly roles: readonly string[];
  /** (S) index into `roles`. */
  readonly segmentRoles: Uint32Array;
  /** (S) index of the trajectory. */
  readonly segmentTrajectories: Uint32Array;
  /** K */
  readonly trajectoryCount: number;
}

/**
 * Counts and measures a corpus; the same numbers on every adapter and on the CPU. On the GPU it is
 * one submit and one `mapAsync` where the corpus fits into 128 MiB, and one submit more for each
 * 128 MiB; the results of (K, R) and (V) u32 must fit a binding each.
 *
 * Reports the phase `measure` in bytes of the corpus.
 *
 * @param options `gpu` null counts on the CPU.
 * @throws {StatisticsError} "token-out-of-range" or "bad-corpus", with the value and its index.
 * @throws {GpuError} "limit" for more trajectories than fit: measure shards of the corpus and put
 * them together with `mergeStatistics`; "lost".
 * @throws The signal's reason when it is aborted.
 * @example
 * ```ts
 * import { corpusStatistics } from "bottega";
 * const statistics = await corpusStatistics({
 *   tokenizer: "bytes",
 *   vocabularySize: 256,
 *   tokens: Uint32Array.of(70, 105, 120, 108, 115),
 *   segmentOffsets: Uint32Array.of(0, 3, 5),
 *   roles: ["problem", "action"],
 *   segmentRoles: Uint32Array.of(0, 1),
 *   segmentTrajectories: Uint32Array.of(0, 0),
 *   trajectoryCount: 1,
 * }, { gpu: null });
 * console.log(statistics.byRole.problem, statistics.byRole.action); // 3 2
 * ```
 */
export async function corpusStatistics(
  corpus: CorpusTokens,
  { gpu, ...job }: { gpu: Gpu | null } & Job,
): Promise<CorpusStatistics> {
  job.signal?.throwIfAborted();
  const segments = segmentsOf(corpus);
  checkSegments(segments);
  const counts = gpu === null
    ? await countOnCpu(corpus, segments, job)
    : await countOnGpu(gpu, corpus, segments, job);
  return summarizeCounts({
    tokenizer: corpus.tokenizer,
    roles: [...corpus.roles],
    adapter: gpu?.description ?? "cpu",
    ...counts,
  });
}

type Counted = Omit<Counts, "tokenizer" | "roles" | "adapter">;

async function countOnGpu(
  gpu: Gpu,
  { tokens, vocabularySize }: CorpusTokens,
  segments: Segments,
  job: Job,
): Promise<Counted> {
  const { trajectoryCount: K, roleCount: R } = segments;
  using buffers = createBuffers(gpu);
  const tokenCounts = buffers.zeroed("token_counts", tokenCountsBytes(vocabularySize));
  const lengthsByRole = buffers.zeroed("lengths_by_role", K * R * WORD);
  const lengths = buffers.zeroed("lengths", K * WORD);
  const edges = buffers.upload("edges", LENGTH_EDGES);
  const bins = buffers.zeroed("length_histogram", (LENGTH_EDGES.length + 1) * WORD);
  const works = await Promise.all([
    tokenHistogramWork(gpu, tokens, tokenCounts),
    roleTokensWork(gpu, segments, lengthsByRole, lengths),
    lengthHistogramWork(gpu, { buffer: lengths, count: K }, edges, bins),
  ]);
  const read = [lengths, lengthsByRole, bins, tokenCounts] as const;
  const [perTrajectory, byRole, perBin, perToken] = await runPiecewise(gpu, works, read, job);
  return {
    lengths: new Uint32Array(perTrajectory).slice(0, K),
    lengthsByRole: new Uint32Array(byRole).slice(0, K * R),
    lengthHistogram: { edges: LENGTH_EDGES.slice(), counts: new Uint32Array(perBin) },
    tokenCounts: takeTokenCounts(perToken, tokens, vocabularySize),
  };
}

async function countOnCpu(
  { tokens, vocabularySize }: CorpusTokens,
  segments: Segments,
  { signal, onProgress }: Job,
): Promise<Counted> {
  const N = tokens.length;
  const counts = new Uint32Array(vocabularySize + 1);
  const report = (done: number) =>
    onProgress?.({ phase: "measure", done: done * WORD, total: N * WORD, unit: "bytes" });
  report(0);
  for (let begin = 0; begin < N; begin += TOKENS_A_TURN) {
    const end = Math.min(N, begin + TOKENS_A_TURN);
    addTokenCountsCpu(counts, tokens.subarray(begin, end));
    report(end);
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
  }
  const { lengths, lengthsByRole } = roleTokensCpu(segments);
  return {
    lengths,
    lengthsByRole,
    lengthHistogram: {
      edges: LENGTH_EDGES.slice(),
      counts: lengthHistogramCpu(lengths, LENGTH_EDGES),
    },
    tokenCounts: takeTokenCounts(counts.buffer, tokens, vocabularySize),
  };
}

/** The CPU lets other work in after so many tokens, about 20 ms. */
const TOKENS_A_TURN = 2 ** 22;
const WORD = Uint32Array.BYTES_PER_ELEMENT;

function segmentsOf(corpus: CorpusTokens): Segments {
  const { tokens, segmentOffsets: offsets } = corpus;
  if (offsets[0] !== 0 || offsets.at(-1) !== tokens.length) {
    throw new StatisticsError(
      "bad-corpus",
      `The segments reach from token ${offsets[0]} to ${
        offsets.at(-1)
      }, and the tokens from 0 to ` +
        `${tokens.length}. segmentOffsets begins with 0 and ends with the number of tokens.`,
    );
  }
  const lengths = new Uint32Array(offsets.length - 1);
  for (let i = 0; i < lengths.length; i++) {
    const [begin, end] = [offsets[i]!, offsets[i + 1]!];
    if (end < begin) {
      throw new StatisticsError(
        "bad-corpus",
        `Segment ${i} begins at token ${begin} and ends at ${end}. segmentOffsets must not descend.`,
      );
    }
    lengths[i] = end - begin;
  }
  return {
    lengths,
    roles: corpus.segmentRoles,
    trajectories: corpus.segmentTrajectories,
    trajectoryCount: corpus.trajectoryCount,
    roleCount: corpus.roles.length,
  };
}
