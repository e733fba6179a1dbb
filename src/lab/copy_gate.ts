/**
 * Whether a base model copies names that it has never seen. A recipe that is compared on a model which
 * does not is compared on nothing: one slip in a path loses the task.
 *
 * @module
 */
import type { TokenGenerator } from "../model/mod.ts";
import type { Tokenizer } from "../tokenizer/mod.ts";
import { copyDocuments } from "./documents.ts";
import { encodeSegments, END_OF_TURN } from "./turns.ts";

/** Lists of names that are asked for. */
const LISTS = 32;

/** The share of names, of {@linkcode LISTS} held-out lists, that come back exactly. */
export async function copiedShare(
  generator: TokenGenerator,
  tokenizer: Tokenizer,
  signal?: AbortSignal,
): Promise<number> {
  const documents = copyDocuments(LISTS, "held out");
  const wanted = documents.map(({ segments }) => segments.at(-1)?.text.split(/\n|<\|/, 6) ?? []);
  const names = wanted.map((lines) => lines.filter((line) => !line.startsWith("im_end")));
  const prompts = documents.map(({ segments }) => encodeSegments(tokenizer, segments.slice(0, -1)));
  const longest = documents.map(({ segments }) =>
    encodeSegments(tokenizer, segments.slice(-1)).length
  );
  const written = await generator.generate({
    prompts,
    maxTokens: Math.max(...longest) + 4,
    stopTokens: [tokenizer.specialTokens.get(END_OF_TURN) ?? -1],
    signal,
  });
  let copied = 0;
  let asked = 0;
  for (const [i, { tokens }] of written.entries()) {
    const lines = tokenizer.decode(tokens).split("\n");
    asked += names[i]?.length ?? 0;
    copied += names[i]?.filter((name, line) => lines[line] === name).length ?? 0;
  }
  return asked === 0 ? 0 : copied / asked;
}
