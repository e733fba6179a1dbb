/**
 * Text to tokens: vocabularies, tokenisers, and corpora as arrays of tokens.
 *
 * @module
 */
export {
  loadTokenizer,
  type Tokenizer,
  type TokenizerFiles,
  type TokenizerSource,
} from "./tokenizer.ts";
export type { TokenStream } from "./token_decoder.ts";
export { TokenizerError, type TokenizerErrorCode } from "./tokenizer_error.ts";
export { type TokenizerConfig, VOCABULARIES, type VocabularyName } from "./vocabulary.ts";
export {
  type SegmentedDocument,
  tokenizeCorpus,
  type TokenizedCorpus,
  tokenizeSegments,
} from "./tokenized_corpus.ts";
