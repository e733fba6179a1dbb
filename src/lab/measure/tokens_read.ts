/**
 * What a stage of training has read, counted from its rows: tokens, those that the loss counted, and
 * how many different tasks they are of.
 *
 * @module
 */
import { FLAG_START, type PackedDataset } from "../../corpus/mod.ts";
import type { Tokenizer } from "../../tokenizer/mod.ts";
import { batchOf, type LossMask, rowOrder } from "../../train/mod.ts";
import type { LabDocument } from "../lab_document.ts";
import { encodeSegments } from "../turns.ts";

/** What was read. */
export interface TokensRead {
  /** Padding left out. */
  readonly tokens: number;
  readonly lossTokens: number;
  /** How often all rows were read. */
  readonly epochs: number;
  /** Ids of the tasks, in the order of the world. */
  readonly tasks: readonly string[];
}

/** A stage that was read to its end. */
export interface ReadStage {
  readonly data: PackedDataset;
  /** All documents that are in the rows, whose ids begin with their task's. */
  readonly documents: readonly LabDocument[];
  readonly tokenizer: Tokenizer;
  /** Rows that were read, one after the other. */
  readonly rows: number;
  /** Of the stage's training, which has put them in order. */
  readonly seed: number;
  readonly mask: LossMask;
}

/** Goes through the rows in the order of training; the same whether training was stopped or not. */
export async function tokensRead(stage: ReadStage): Promise<TokensRead> {
  const { data: { manifest, readRows }, rows, seed, mask } = stage;
  const { context: T } = manifest;
  const taskOf = piecesByTokens(stage, T);
  const order = rowOrder(manifest.shards.map(({ rows }) => rows), seed);
  const times = new Map<number, number>();
  for (let place = 0; place < rows; place++) {
    const row = order(place);
    times.set(row, (times.get(row) ?? 0) + 1);
  }
  let [tokens, lossTokens] = [0, 0];
  const tasks = new Set<string>();
  for (const [row, count] of times) {
    const read = await readRows(row, 1);
    const batch = batchOf(read, T, mask);
    tokens += count * batch.tokens;
    lossTokens += count * batch.lossTokens;
    for (const piece of piecesOf(read.tokens.subarray(0, batch.tokens), read.flags)) {
      const task = taskOf.get(nameOf(piece));
      if (task !== undefined) tasks.add(task);
    }
  }
  return { tokens, lossTokens, epochs: rows / manifest.rows, tasks: [...tasks].sort() };
}

/** The task of each piece of a document, as the packer cuts documents and ends them. */
function piecesByTokens({ documents, tokenizer }: ReadStage, T: number): Map<string, string> {
  const tasks = new Map<string, string>();
  for (const { id, segments } of documents) {
    const [task = ""] = id.split(" ");
    if (!task.includes("__")) continue;
    const encoded = encodeSegments(tokenizer, segments);
    const end = tokenizer.endOfText === undefined ? [] : [tokenizer.endOfText];
    const tokens = Uint32Array.from([...encoded, ...end]);
    for (let at = 0; at < tokens.length; at += T) {
      tasks.set(nameOf(tokens.subarray(at, at + T)), task);
    }
  }
  return tasks;
}

function piecesOf(tokens: Uint32Array, flags: Uint8Array): Uint32Array[] {
  const starts = [...tokens.keys()].filter((at) => at === 0 || (flags[at] ?? 0) & FLAG_START);
  return starts.map((start, i) => tokens.subarray(start, starts[i + 1]));
}

/** As good as the tokens themselves: 64 bits of hash and the length. */
function nameOf(tokens: Uint32Array): string {
  let [a, b] = [17, 23];
  for (const token of tokens) {
    a = Math.imul(a ^ token, 0x01000193);
    b = Math.imul(b ^ token, 0x85ebca6b) ^ (b >>> 13);
  }
  return `${a}:${b}:${tokens.length}`;
}
