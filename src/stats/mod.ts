/**
 * Statistics of tokenised corpora, exact and the same on every adapter.
 *
 * @module
 */

export { type Action, actionOf } from "./action_kind.ts";
export { type ActionLog, actionLog, mergeActionLogs, toolTokens } from "./action_log.ts";
export { type AgentBehaviour, agentBehaviour, type ToolCount } from "./agent_behaviour.ts";
export {
  ACTION_KINDS,
  type ActionKind,
  type ActionSequences,
  agentCycles,
  agentCyclesCpu,
} from "./agent_cycles.ts";
export { corpusStatistics, type CorpusTokens } from "./corpus_statistics.ts";
export { StatisticsError, type StatisticsErrorCode } from "./error.ts";
export { addTextSizes, type Fertility, fertility, type TextSize, textSize } from "./fertility.ts";
export { jensenShannon, jensenShannonNgrams } from "./jensen_shannon.ts";
export { lengthHistogram, lengthHistogramCpu } from "./length_histogram.ts";
export { mergeStatistics } from "./merge_statistics.ts";
export {
  EMPTY_BIN,
  mergeSignatures,
  minHash,
  minHashCpu,
  SHINGLE_N,
  SIGNATURE_BINS,
  signatureSimilarity,
} from "./min_hash.ts";
export { type Comparable, type Mismatch, mismatch } from "./mismatch.ts";
export { type NearDuplicates, nearDuplicates } from "./near_duplicates.ts";
export {
  countNgrams,
  distinctNgrams,
  mergeNgramCounts,
  type NgramCount,
  ngramCounts,
  ngramCountsCpu,
  type NgramOptions,
  topNgrams,
} from "./ngram_counts.ts";
export { ngramHash, ngramHashCpu, NO_NGRAM } from "./ngram_hash.ts";
export {
  LEAKAGE_N,
  type NgramIndex,
  ngramIndex,
  ngramOverlap,
  ngramOverlapCpu,
  type Overlap,
} from "./ngram_overlap.ts";
export { type NgramCounts, NgramTable } from "./ngram_table.ts";
export { type RoleTokens, roleTokens, roleTokensCpu, type Segments } from "./role_tokens.ts";
export {
  type LengthSummary,
  mergeSegmentLengths,
  type SegmentLengths,
  segmentLengths,
  summarizeLengths,
} from "./segment_lengths.ts";
export { type CorpusStatistics, LENGTH_EDGES, OVER } from "./statistics.ts";
export { documentsOf, type DocumentTokens } from "./token_chunks.ts";
export { tokenHistogram, tokenHistogramCpu } from "./token_histogram.ts";
export { type TokenCount, topTokens } from "./top_tokens.ts";
