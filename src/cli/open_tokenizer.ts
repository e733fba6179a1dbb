/**
 * Tokenizers as commands take them: a vocabulary's name, or a `tokenizer.json` or its folder.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { InvalidArgumentError } from "commander";
import { loadTokenizer, type Tokenizer, VOCABULARIES } from "../tokenizer/mod.ts";
import { byteTokenizer } from "../train/mod.ts";
import { readFile } from "./input_file.ts";
import { CommandError } from "./output.ts";

const BYTES = byteTokenizer();

/** What an option that takes a tokenizer is described as. */
export const TOKENIZER = `vocabulary (${
  VOCABULARIES.join(", ")
}), ${BYTES.name} for small models, or a tokenizer.json or the folder of one`;

/** A parser of an option's value that refuses what is neither a vocabulary nor a file's name. */
export function tokenizerName(text: string): string {
  if (
    text === BYTES.name || isVocabulary(text) || text.endsWith(".json") ||
    existsSync(join(text, "tokenizer.json"))
  ) {
    return text;
  }
  throw new InvalidArgumentError(
    `No vocabulary: ${JSON.stringify(text)}; there are ${VOCABULARIES.join(", ")}, files named ` +
      "*.json, and folders with a tokenizer.json.",
  );
}

/** Loads a tokenizer by what {@linkcode tokenizerName} let through. */
export async function openTokenizer(name: string): Promise<Tokenizer> {
  if (name === BYTES.name) return await loadTokenizer(BYTES);
  if (isVocabulary(name)) return await loadTokenizer(name);
  const path = name.endsWith(".json") ? name : join(name, "tokenizer.json");
  const beside = join(dirname(path), "tokenizer_config.json");
  return await loadTokenizer({
    tokenizer: await readJsonFile(path),
    name,
    ...(existsSync(beside) && { config: await readJsonFile(beside) }),
  });
}

function isVocabulary(name: string): boolean {
  return VOCABULARIES.some((vocabulary) => vocabulary === name);
}

async function readJsonFile(path: string): Promise<unknown> {
  const text = new TextDecoder().decode(await readFile(path));
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`"${path}" is not whole, or not JSON: ${reason}`);
  }
}
