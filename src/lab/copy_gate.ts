/**
 * Whether a base model copies names that it has never seen. A recipe that is compared on a model which
 * does not is compared on nothing: one slip in a path loses the task.
 *
 * @module
 */
import { fileName, type FileNames, functionName, seededRandom } from "../agent/mod.ts";
import type { TokenGenerator } from "../model/mod.ts";
import type { Tokenizer } from "../tokenizer/mod.ts";
import { encodeSegments, END_OF_TURN, opened, type TurnFormat, userTurn } from "./turns.ts";

/** Lists of names that are asked for, and names of each. */
const LISTS = 128;
const NAMES = 4;

/** How names are written. */
export interface CopyOptions {
  readonly format: TurnFormat;
  /** How the world calls its files. */
  readonly fileNames?: FileNames | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The share of names, all of splits that nothing is trained on, that come back exactly. */
export async function copiedShare(
  generator: TokenGenerator,
  tokenizer: Tokenizer,
  { format, fileNames, signal }: CopyOptions,
): Promise<number> {
  const lists = heldOutNames(format, fileNames);
  const prompts = lists.map((names) =>
    encodeSegments(tokenizer, [
      ...userTurn(format, { role: "problem", text: names.join("\n") }),
      opened(format),
    ])
  );
  const written = await generator.generate({
    prompts,
    maxTokens: Math.max(...lists.map((names) => tokenizer.encode(names.join("\n")).length)) + 4,
    stopTokens: [tokenizer.specialTokens.get(END_OF_TURN) ?? -1],
    signal,
  });
  const right = written.map(({ tokens }, i) => {
    const lines = tokenizer.decode(tokens).split("\n");
    return lists[i]?.filter((name, line) => lines[line] === name).length ?? 0;
  });
  return right.reduce((sum, count) => sum + count, 0) / (LISTS * NAMES);
}

/** Names of files and functions in turn. */
function heldOutNames(format: TurnFormat, style?: FileNames): string[][] {
  const random = seededRandom("copy held out");
  return Array.from({ length: LISTS }, () => {
    const taken = new Set<string>();
    return Array.from({ length: NAMES }, (_, i) => {
      const split = random.pick(["test", "test-hard"] as const);
      const name = i % 2 === 0
        ? fileName(random, split, taken, style)
        : functionName(random, split, taken);
      taken.add(name);
      return i % 2 === 0 && format === "swe-agent" ? `src/${name}.js` : name;
    });
  });
}
