/**
 * Training samples: from repositories, forges and rollouts, in the formats that papers train on.
 *
 * @module
 */
export { findBenchmark, SWE_BENCH_VERIFIED } from "./benchmark_repositories.ts";
export {
  buildCorpus,
  type CorpusOptions,
  type CorpusRun,
  CorpusSieve,
  type CorpusStep,
  corpusSteps,
} from "./build_corpus.ts";
export {
  type ChangeUnit,
  type Comment,
  type Discussion,
  type Issue,
  type RepositoryName,
  UNIT_FORMS,
  type UnitForm,
  unitId,
} from "./change_unit.ts";
export { CorpusError, type CorpusErrorCode } from "./corpus_error.ts";
export {
  type CorpusFigures,
  corpusFigures,
  type DuplicateFigures,
  type LengthFigures,
  type NgramFigures,
} from "./corpus_figures.ts";
export {
  type Checked,
  type DecontaminateOptions,
  type Decontamination,
  decontamination,
  type DecontaminationReport,
  type Leak,
  LEAKAGE_THRESHOLD,
  type ShownLeak,
} from "./decontaminate.ts";
export { applyEdit, type Edit, type EditKind } from "./edit.ts";
export {
  type EnhancedTexts,
  type Enhancer,
  type EnhanceRequest,
  type EnhancerOptions,
  openEnhancer,
} from "./enhance.ts";
export { forgeUnit } from "./forge/forge_units.ts";
export { ForgeFault } from "./forge/forge_fault.ts";
export {
  type ForgeAnswer,
  type ForgeClient,
  type ForgeOptions,
  openForge,
} from "./forge/github_client.ts";
export {
  gitHubPullRequests,
  type PullRequestOptions,
  type PullRequestRead,
} from "./forge/github_pull_requests.ts";
export { parseRecord, type PullRequestRecord } from "./forge/pull_request_record.ts";
export { type EditContext, fileEdits, type TextChange } from "./file_edits.ts";
export { defaultFilters, FILTER_REASONS, type Filters, NO_FILTERS } from "./filters.ts";
export { type HistoryPlan, UNIT_CHOICES, type UnitChoice } from "./history_units.ts";
export { type Language, LANGUAGES } from "./languages.ts";
export { mixtureRepeats, type MixtureShare } from "./mixture.ts";
export { type PackedPlan, packRows } from "./pack_rows.ts";
export { type PackInput, type PackOptions, packSamples } from "./pack_samples.ts";
export { CONTEXTS, type PackingEfficiency, packingEfficiency } from "./packing_efficiency.ts";
export type { TokenStore } from "./token_store.ts";
export {
  type CorpusDocument,
  documentOfTrajectory,
  type OpenDocuments,
  openDocuments,
} from "./read_documents.ts";
export {
  FLAG_LOSS,
  FLAG_START,
  MANIFEST_FILE,
  openPackedDataset,
  type PackedDataset,
  type PackedFiles,
  type PackedManifest,
  type PackedRows,
  type PackedSource,
  parseManifest,
} from "./packed_dataset.ts";
export {
  isSample,
  parseSample,
  readSamples,
  type ReadSamplesOptions,
  type SampleInput,
} from "./read_samples.ts";
export { type Benchmark, type BenchmarkItem, readBenchmark } from "./read_benchmark.ts";
export { renderEnvironment } from "./render_environment.ts";
export { editText } from "./render_python.ts";
export { type Amount, CONTEXT_LENGTHS, type Retention, RetentionCounter } from "./retention.ts";
export { type Excerpt, type Excerpts } from "./shared_excerpts.ts";
export {
  ANSWER_ROLES,
  makeSample,
  type Sample,
  SAMPLE_KINDS,
  SAMPLE_ROLES,
  SAMPLE_TEXTS,
  type SampleCommit,
  type SampleKind,
  type SampleRole,
  type SampleSegment,
} from "./sample.ts";
export {
  callsOf,
  type CorpusMeasure,
  measureCorpus,
  type MeasureOptions,
  mergeMeasures,
  NGRAM_SIZES,
} from "./measure_corpus.ts";
export { memoryCache, type TextCache } from "./text_cache.ts";
export {
  type Candidate,
  countTokens,
  type HistoryKind,
  type SampleOptions,
  type UnitOutcome,
  unitSamples,
} from "./unit_samples.ts";
export { repositoryName } from "./repository_name.ts";
export { type Verification, verifySample } from "./verify_sample.ts";
