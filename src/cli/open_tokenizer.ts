/**
 * Tokenizers as commands take them: a vocabulary's name, or a `tokenizer.json`.
 *
 * @module
 */
import { InvalidArgumentError } from "commander";
import { loadTokenizer, type Tokenizer, VOCABULARIES } from "../tokenizer/mod.ts";
import { readFile } from "./input_file.ts";
import { CommandError } from "./output.ts";

/** What an option that takes a tokenizer is described as. */
export const TOKENIZER = `vocabulary (${VOCABULARIES.join(", ")}), or a tokenizer.json`;

/** A parser of an option's value that refuses what is neither a vocabulary nor a file's name. */
export function tokenizerName(text: string): string {
  if (text.endsWith(".json") || VOCABULARIES.some((name) => name === text)) return text;
  throw new InvalidArgumentError(
    `No vocabulary: ${JSON.stringify(text)}; there are ${VOCABULARIES.join(", ")}, and files ` +
      "named *.json.",
  );
}

/** Loads a tokenizer by what {@linkcode tokenizerName} let through. */
export async function openTokenizer(name: string): Promise<Tokenizer> {
  if (!name.endsWith(".json")) return await loadTokenizer(name);
  const text = new TextDecoder().decode(await readFile(name));
  let tokenizer: unknown;
  try {
    tokenizer = JSON.parse(text);
  } catch (error) {
    throw new CommandError(`"${name}" is not JSON: ${String(error)}`);
  }
  return await loadTokenizer({ tokenizer, name });
}
