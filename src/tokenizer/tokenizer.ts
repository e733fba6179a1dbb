/**
 * Text to tokens and back, exactly as tiktoken and Hugging Face's tokenizers do it.
 *
 * @module
 */
import { type AddedToken, createSpanSplitter, type SpanSplitter } from "./added_tokens.ts";
import { concatenateTokens } from "./concatenate_tokens.ts";
import { Encoder } from "./encoder.ts";
import { readHuggingFace } from "./hugging_face.ts";
import { TokenDecoder, type TokenStream } from "./token_decoder.ts";
import {
  type LoadedVocabulary,
  loadVocabulary,
  type TokenizerConfig,
  type Vocabulary,
  type VocabularyName,
} from "./vocabulary.ts";

/** A loaded tokeniser. */
export interface Tokenizer {
  readonly name: string;
  /** V: highest token id + 1. */
  readonly vocabularySize: number;
  /** The id that ends a document, `<|endoftext|>` or what the vocabulary has for it. */
  readonly endOfText?: number;
  /** The tokens that stand for themselves, by their text: `<|im_start|>`. */
  readonly specialTokens: ReadonlyMap<string, number>;
  /** `tokenizer_config.json`, where the vocabulary came with one: chat template and more. */
  readonly config: TokenizerConfig | null;
  /**
   * (N) u32 token ids of ordinary text, 40 MB/s and more. Special tokens in it are text like any
   * other: a trajectory that quotes `<|endoftext|>` must not end there. Lone surrogates, and bytes
   * that are not UTF-8, count as U+FFFD, as in TextDecoder.
   */
  encode(text: string | Uint8Array): Uint32Array<ArrayBuffer>;
  /** As `encode`, but that special tokens in the text are those tokens: for text of one's own. */
  encodeWithSpecial(text: string): Uint32Array<ArrayBuffer>;
  /**
   * The text of tokens; bytes that are not UTF-8 become U+FFFD.
   *
   * @throws {TokenizerError} `unknown-token` for an id that the vocabulary does not hold.
   */
  decode(tokens: Iterable<number>): string;
  /** The very bytes of tokens. @throws {TokenizerError} `unknown-token` */
  decodeBytes(tokens: Iterable<number>): Uint8Array<ArrayBuffer>;
  /** Decodes tokens as they arrive. */
  decodeStream(): TokenStream;
  /** The text of one token; part of a character becomes U+FFFD. @throws {TokenizerError} */
  tokenText(token: number): string;
  /** (N+1) where each token begins in the text's UTF-8, and its end. @throws {TokenizerError} */
  byteOffsets(tokens: ArrayLike<number>): Uint32Array<ArrayBuffer>;
  /**
   * (N+1) where each token begins in the text, in UTF-16 units, and its end; a token that begins
   * within a character counts from where that begins. Of normalised text, where the vocabulary
   * normalises. @throws {TokenizerError}
   */
  textOffsets(tokens: ArrayLike<number>): Uint32Array<ArrayBuffer>;
}

/** A `tokenizer.json` as it was parsed, with what belongs to it. */
export interface TokenizerFiles {
  /** The parsed `tokenizer.json`. */
  readonly tokenizer: unknown;
  /** The parsed `tokenizer_config.json` beside it. */
  readonly config?: unknown;
  /** What it is called in messages and results. */
  readonly name?: string;
}

/** What {@linkcode loadTokenizer} takes: a shipped vocabulary's name, or the files of another. */
export type TokenizerSource = VocabularyName | (string & Record<never, never>) | TokenizerFiles;

/**
 * Loads a tokeniser: a vocabulary that ships with the project, by name, or any byte-level BPE
 * `tokenizer.json`. A name that was loaded before gives the same tokeniser.
 *
 * @throws {TokenizerError} `unknown-vocabulary` quoting the name; `bad-vocabulary` and
 *   `unsupported` quoting the entry of a file that cannot be used.
 * @example
 * ```ts
 * import { loadTokenizer } from "bottega";
 * const tokenizer = await loadTokenizer("o200k_base");
 * tokenizer.encode("hello world"); // Uint32Array [24912, 2375]
 * ```
 */
export async function loadTokenizer(source: TokenizerSource = "o200k_base"): Promise<Tokenizer> {
  const load = async () => {
    const { vocabulary, config } = await openVocabulary(source);
    return createTokenizer(vocabulary, config);
  };
  if (typeof source !== "string") return await load();
  const loading = loaded.get(source) ?? load();
  loaded.set(source, loading);
  try {
    return await loading;
  } catch (error) {
    loaded.delete(source);
    throw error;
  }
}

/** The vocabulary of a source. @throws {TokenizerError} as {@linkcode loadTokenizer} */
export async function openVocabulary(source: TokenizerSource): Promise<LoadedVocabulary> {
  if (typeof source === "string") return await loadVocabulary(source);
  const { tokenizer, config, name = "tokenizer.json" } = source;
  return {
    vocabulary: readHuggingFace(tokenizer, name, config),
    config: isObject(config) ? config : null,
  };
}

const loaded = new Map<string, Promise<Tokenizer>>();

/** The tokeniser of a vocabulary. */
export function createTokenizer(
  vocabulary: Vocabulary,
  config: TokenizerConfig | null = null,
): Tokenizer {
  const { name, tokens, added, normalization } = vocabulary;
  const encoder = new Encoder(vocabulary);
  const decoder = new TokenDecoder(name, tokens);
  const specialTokens = new Map(added.map(({ content, id }) => [content, id]));
  const endOfText = vocabulary.endOfText === null
    ? undefined
    : specialTokens.get(vocabulary.endOfText);
  const spans = lazily(() => spanSplitter(added, normalization));
  return {
    name,
    vocabularySize: tokens.offsets.length - 1,
    ...(endOfText !== undefined && { endOfText }),
    specialTokens,
    config,
    encode: (text) => encoder.encode(text),
    encodeWithSpecial: (text) =>
      concatenateTokens(
        spans()(text).map((span) =>
          typeof span === "string" ? encoder.encode(span) : Uint32Array.of(span.id)
        ),
      ),
    decode: (ids) => decoder.text(ids),
    decodeBytes: (ids) => decoder.bytes(ids),
    decodeStream: () => decoder.stream(),
    tokenText: (id) => decoder.text([id]),
    byteOffsets: (ids) => decoder.offsets(ids),
    textOffsets: (ids) => decoder.textOffsets(ids),
  };
}

/** Those that stand in the text as it is come first, then those of the normalised text. */
function spanSplitter(
  added: readonly AddedToken[],
  normalization: Vocabulary["normalization"],
): SpanSplitter {
  const raw = createSpanSplitter(added.filter(({ normalized }) => !normalized));
  const normalized = createSpanSplitter(added.filter(({ normalized }) => normalized));
  return (text) =>
    raw(text).flatMap((span) =>
      typeof span !== "string"
        ? [span]
        : normalized(normalization ? span.normalize(normalization) : span)
    );
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function isObject(value: unknown): value is TokenizerConfig {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
