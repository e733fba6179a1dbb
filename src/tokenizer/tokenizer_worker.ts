/**
 * What a worker of the tokeniser's room does: encodes batches of texts, and counts the pieces of
 * texts for the training of vocabularies.
 *
 * @module
 */
import { type CountedPieces, createPieceCounter } from "./piece_counts.ts";
import type { SplitRule } from "./split_rule.ts";
import { encodeBatch, type TextBatch, textsOf, type TokenBatch } from "./text_batches.ts";
import {
  createTokenizer,
  openVocabulary,
  type Tokenizer,
  type TokenizerSource,
} from "./tokenizer.ts";
import { TokenizerError, type TokenizerErrorCode } from "./tokenizer_error.ts";

/** What a worker answers, by what it is asked. */
export interface TokenizerService {
  /** Loads a vocabulary; tells how it cuts text. */
  load(source: TokenizerSource): Promise<SplitRule>;
  /** The tokens of a batch, and its memory to be used again. */
  encode(batch: TextBatch): TokenBatch & Pick<TextBatch, "bytes">;
  /** Begins to count the pieces that a rule makes. */
  beginCount(rule: SplitRule): void;
  count(batch: TextBatch): void;
  /** All that was counted since the beginning. */
  endCount(request: null): CountedPieces;
}

/** A request: a method of the service and what it takes. */
export interface Request<K extends keyof TokenizerService = keyof TokenizerService> {
  readonly method: K;
  readonly request: Parameters<TokenizerService[K]>[0];
}

/** What a worker posts: the answer to its oldest request, or what it threw. */
export type Reply =
  | { readonly value: unknown }
  | { readonly error: { readonly code: TokenizerErrorCode | null; readonly message: string } };

/** Serves the page or process that started this worker, one request after the other. */
export function serveTokenizer(): void {
  const service = createService();
  let last: Promise<void> = Promise.resolve();
  addEventListener("message", ({ data }: MessageEvent<Request>) => {
    last = last.then(() => answer(service, data));
  });
}

async function answer(service: TokenizerService, { method, request }: Request): Promise<void> {
  try {
    const value: unknown = await service[method](request as never);
    post({ value }, buffersOf(value));
  } catch (error) {
    const code = error instanceof TokenizerError ? error.code : null;
    post({ error: { code, message: error instanceof Error ? error.message : String(error) } }, []);
  }
}

/** The page's `postMessage` takes other arguments than a worker's. */
function post(reply: Reply, transfer: Transferable[]): void {
  (self as unknown as Pick<Worker, "postMessage">).postMessage(reply, transfer);
}

function buffersOf(value: unknown): ArrayBuffer[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).filter(ArrayBuffer.isView).map(({ buffer }) => buffer as ArrayBuffer);
}

function createService(): TokenizerService {
  let tokenizer: Tokenizer | null = null;
  let counter: ReturnType<typeof createPieceCounter> | null = null;
  return {
    async load(source) {
      const { vocabulary, config } = await openVocabulary(source);
      tokenizer = createTokenizer(vocabulary, config);
      return vocabulary.split;
    },
    encode(batch) {
      if (!tokenizer) throw new Error("asked to encode before a vocabulary was loaded");
      return { ...encodeBatch(batch, tokenizer.encode), bytes: batch.bytes };
    },
    beginCount(rule) {
      counter = createPieceCounter(rule);
    },
    count(batch) {
      if (!counter) throw new Error("asked to count before it was told how");
      for (const text of textsOf(batch)) counter.count(text);
    },
    endCount() {
      if (!counter) throw new Error("asked for counts before it counted");
      const pieces = counter.counts.toPieces();
      counter = null;
      return pieces;
    },
  };
}
