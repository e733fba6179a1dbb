/**
 * Training samples: from repositories, forges and rollouts, in the formats that papers train on.
 *
 * @module
 */
export { CorpusError, type CorpusErrorCode } from "./corpus_error.ts";
export { applyEdit, type Edit, type EditKind } from "./edit.ts";
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
export {
  ANSWER_ROLES,
  makeSample,
  type Sample,
  SAMPLE_KINDS,
  SAMPLE_ROLES,
  type SampleCommit,
  type SampleKind,
  type SampleRole,
  type SampleSegment,
} from "./sample.ts";
