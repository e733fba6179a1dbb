/**
 * Text to tokens: vocabularies, tokenisers, and corpora as arrays of tokens.
 *
 * @module
 */
export { loadTokenizer, type Tokenizer } from "./tokenizer.ts";
export {
  type SegmentedDocument,
  tokenizeCorpus,
  type TokenizedCorpus,
  tokenizeSegments,
} from "./tokenized_corpus.ts";
export { TokenizerError, VOCABULARIES, type VocabularyName } from "./vocabulary.ts";
