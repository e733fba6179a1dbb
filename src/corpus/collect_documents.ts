/**
 * The documents of a source, tokenised into a store one after the other.
 *
 * @module
 */
import type { PackInput, PackOptions } from "./pack_samples.ts";
import { FLAG_LOSS } from "./packed_dataset.ts";
import { ANSWER_ROLES } from "./sample.ts";
import type { TokenStore } from "./token_store.ts";

/** The documents of a source: where they are in the store, and how long. */
export interface Collected {
  readonly input: PackInput;
  /** (D) f64: counts of tokens may pass 2³². */
  readonly offsets: readonly number[];
  readonly lengths: readonly number[];
  readonly lossTokens: readonly number[];
  readonly tokens: number;
}

/** Tokenises a source; its tokens come to lie from `start` on in the store. */
export async function collectDocuments(
  input: PackInput,
  start: number,
  store: TokenStore,
  { tokenizer, mask = "all", endOfText, signal }: PackOptions,
): Promise<Collected> {
  const offsets: number[] = [];
  const lengths: number[] = [];
  const lossTokens: number[] = [];
  let offset = start;
  let pausedAt = performance.now();
  for await (const { segments, kind } of input.documents) {
    let length = 0;
    let loss = 0;
    const append = (tokens: Uint32Array, counts: boolean) => {
      const flag = counts ? FLAG_LOSS : 0;
      store.append(tokens, new Uint8Array(tokens.length).fill(flag));
      length += tokens.length;
      loss += counts ? tokens.length : 0;
    };
    for (const { role, text } of segments) {
      const marked = kind === "environment" && MARKED.has(role);
      const tokens = marked && tokenizer.encodeWithSpecial
        ? tokenizer.encodeWithSpecial(text)
        : tokenizer.encode(text);
      append(tokens, mask === "all" || ANSWERS.has(role));
    }
    if (length > 0 && endOfText !== undefined) append(Uint32Array.of(endOfText), true);
    if (length === 0) continue;
    offsets.push(offset);
    lengths.push(length);
    lossTokens.push(loss);
    offset += length;
    if (performance.now() - pausedAt < 30) continue;
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
    pausedAt = performance.now();
  }
  signal?.throwIfAborted();
  return { input, offsets, lengths, lossTokens, tokens: offset - start };
}

const ANSWERS: ReadonlySet<string> = new Set(ANSWER_ROLES);

/** What the rendering and the agent write. A repository's files may quote a marker, and not be one. */
const MARKED: ReadonlySet<string> = new Set(["context", "thought", "action"]);
