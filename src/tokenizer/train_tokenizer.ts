/**
 * Trains a small byte-level BPE vocabulary on a corpus and writes it as Hugging Face's
 * `tokenizer.json`.
 *
 * @module
 */
import type { Job } from "../gpu/mod.ts";
import { type CountedPieces, PieceCounts } from "./piece_counts.ts";
import { type SplitName, splitRule, SPLITS } from "./split_rule.ts";
import { WORKERS } from "./start_worker.ts";
import { textBatches } from "./text_batches.ts";
import { TokenizerError } from "./tokenizer_error.ts";
import type { Texts } from "./tokenizer_pool.ts";
import { type LearnedMerges, trainMerges } from "./train_merges.ts";
import { inOrder, WorkerPool } from "./worker_pool.ts";

/** What to train. */
export interface TokenizerTrainingOptions {
  /** V: bytes, merges and special tokens together; 257 to 65,535. */
  readonly vocabularySize: number;
  /** They take the last ids; `<|endoftext|>`, if it is among them, ends documents. */
  readonly specialTokens?: readonly string[];
  /** How text is cut into pieces, named after who cuts so. Default `qwen2`: each digit a piece. */
  readonly split?: SplitName;
  /** A pair must occur so often to become a token. Default 2. */
  readonly leastCount?: number;
  /** How many workers count; the result is the same for any number. */
  readonly workers?: number;
}

/** The two files of a vocabulary, as Hugging Face's libraries and `loadTokenizer` take them. */
export interface TrainedTokenizer {
  /** The content of `tokenizer.json`. */
  readonly tokenizer: Readonly<Record<string, unknown>>;
  /** The content of `tokenizer_config.json`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** May be less than was asked for, where the corpus has no further pair that occurs often. */
  readonly vocabularySize: number;
}

/**
 * Trains a vocabulary: ids 0 to 255 are the bytes, so that every text has tokens; then the merges
 * in the order in which they were learned; then the special tokens. Reports the phases `count`, in
 * bytes, and `merge`, in tokens. About 20 MB/s a core, and some seconds for 32,000 merges.
 *
 * @throws {TokenizerError} `bad-corpus` where there is no text; `unsupported` for a size or special
 *   tokens that make no vocabulary. The signal's reason when it is aborted.
 * @example
 * ```ts
 * import { loadTokenizer, trainTokenizer } from "bottega";
 * const texts = ["def add(a, b):\n    return a + b\n", "def subtract(a, b):\n    return a - b\n"];
 * const files = await trainTokenizer(texts, {
 *   vocabularySize: 300,
 *   specialTokens: ["<|endoftext|>"],
 * });
 * const tokenizer = await loadTokenizer(files);
 * console.log(tokenizer.encode("return add(1, 2)"), tokenizer.endOfText);
 * ```
 */
export async function trainTokenizer(
  texts: Texts,
  {
    vocabularySize,
    specialTokens = [],
    split = "qwen2",
    leastCount = 2,
    workers = WORKERS,
    ...job
  }: TokenizerTrainingOptions & Job,
): Promise<TrainedTokenizer> {
  checkOptions(vocabularySize, specialTokens, split);
  const pieces = await countPieces(texts, split, workers, job);
  if (pieces.ends.length === 0) {
    throw new TokenizerError("bad-corpus", "there is no text to train a vocabulary on");
  }
  const limit = vocabularySize - 256 - specialTokens.length;
  const learned = await learnMerges(pieces, limit, leastCount, job);
  return writeTokenizer(learned, specialTokens, SPLITS[split]);
}

function checkOptions(size: number, special: readonly string[], split: string): void {
  const least = 257 + special.length;
  if (!(Number.isInteger(size) && size >= least && size < 2 ** 16)) {
    throw new TokenizerError(
      "unsupported",
      `a vocabulary of ${size} tokens cannot be trained: with 256 bytes and ${special.length} ` +
        `special tokens it takes ${least} to 65535`,
    );
  }
  const twice = special.find((token, i) => token === "" || special.indexOf(token) !== i);
  if (twice !== undefined) {
    throw new TokenizerError(
      "unsupported",
      `special tokens must be different and not empty: ${JSON.stringify(twice)}`,
    );
  }
  if (!Object.hasOwn(SPLITS, split)) {
    throw new TokenizerError(
      "unsupported",
      `unknown split ${JSON.stringify(split)}; there are ${Object.keys(SPLITS).join(", ")}`,
    );
  }
}

async function countPieces(
  texts: Texts,
  split: SplitName,
  workers: number,
  { signal, onProgress }: Job,
): Promise<CountedPieces> {
  const rule = splitRule([SPLITS[split]], split);
  const total = Array.isArray(texts) ? texts.reduce((sum, { length }) => sum + length, 0) : 0;
  using pool = new WorkerPool(workers);
  await pool.all("beginCount", rule);
  const counted = inOrder(
    textBatches(texts, rule),
    async ({ bytes, ends, length }) => {
      await pool.run("count", { bytes, ends }, [bytes.buffer]);
      return length;
    },
    3 * workers,
    signal,
  );
  let done = 0;
  for await (const length of counted) {
    done += length;
    onProgress?.({ phase: "count", done, total, unit: "bytes" });
  }
  const counts = new PieceCounts();
  for (const pieces of await pool.all("endCount", null)) counts.addAll(pieces);
  return counts.toPieces();
}

/** Learns in short turns, so that a page stays alive and an abort is heard. */
async function learnMerges(
  pieces: CountedPieces,
  limit: number,
  leastCount: number,
  { signal, onProgress }: Job,
): Promise<LearnedMerges> {
  // A small corpus is counted and learned in less than a turn.
  signal?.throwIfAborted();
  const training = trainMerges(pieces, limit, leastCount);
  let pausedAt = performance.now();
  for (;;) {
    const { done, value } = training.next();
    if (done) {
      const learned = value.tokens.length - 256;
      onProgress?.({ phase: "merge", done: learned, total: learned, unit: "tokens" });
      return value;
    }
    if (performance.now() - pausedAt < 30) continue;
    onProgress?.({ phase: "merge", done: value, total: limit, unit: "tokens" });
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
    pausedAt = performance.now();
  }
}

function writeTokenizer(
  { tokens, merges }: LearnedMerges,
  specialTokens: readonly string[],
  pattern: string,
): TrainedTokenizer {
  const added = specialTokens.map((content, i) => ({
    id: tokens.length + i,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }));
  const byteLevel = {
    type: "ByteLevel",
    add_prefix_space: false,
    trim_offsets: false,
    use_regex: false,
  };
  const endOfText = specialTokens.includes("<|endoftext|>") ? "<|endoftext|>" : null;
  return {
    vocabularySize: tokens.length + added.length,
    tokenizer: {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: added,
      normalizer: null,
      pre_tokenizer: {
        type: "Sequence",
        pretokenizers: [
          { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false },
          byteLevel,
        ],
      },
      post_processor: byteLevel,
      decoder: byteLevel,
      model: {
        type: "BPE",
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: "",
        end_of_word_suffix: "",
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
        merges: merges.map(([left, right]) => [tokens[left], tokens[right]]),
      },
    },
    config: {
      tokenizer_class: "PreTrainedTokenizerFast",
      add_prefix_space: false,
      clean_up_tokenization_spaces: false,
      bos_token: null,
      eos_token: endOfText,
      pad_token: endOfText,
      unk_token: null,
      additional_special_tokens: specialTokens.filter((token) => token !== endOfText),
    },
  };
}
