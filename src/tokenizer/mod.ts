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
export { type ChatMessage, type ChatOptions, renderChat } from "./chat_template.ts";
export {
  type TokenizerTrainingOptions,
  type TrainedTokenizer,
  trainTokenizer,
} from "./train_tokenizer.ts";
export type { SplitName } from "./split_rule.ts";
export { openTokenizerPool, type Texts, type TokenizerPool } from "./tokenizer_pool.ts";
export type { TokenStream } from "./token_decoder.ts";
export { TokenizerError, type TokenizerErrorCode } from "./tokenizer_error.ts";
export { type TokenizerConfig, VOCABULARIES, type VocabularyName } from "./vocabulary.ts";
export {
  type SegmentedDocument,
  tokenizeCorpus,
  type TokenizedCorpus,
  tokenizeSegments,
} from "./tokenized_corpus.ts";
