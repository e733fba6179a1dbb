/**
 * What a page must not load of this room: corpora and packed tokens on disk.
 *
 * @module
 */
export {
  CORPUS_FORMATS,
  type CorpusFormat,
  type CorpusManifest,
  type CorpusShard,
  samplesOf,
} from "./corpus_shards.ts";
export {
  type CorpusSource,
  type CorpusSourceOptions,
  openCorpusSource,
  type PullRequestOrigin,
  type SourceReport,
} from "./corpus_sources.ts";
export { folderCache } from "./folder_cache.ts";
export {
  type CorpusOutput,
  type CorpusReport,
  makeCorpus,
  type MakeCorpusOptions,
} from "./make_corpus.ts";
export { openPackedFolder, writePackedFolder } from "./packed_folder.ts";
export { spoolStore } from "./token_spool.ts";
