/**
 * Reads Hugging Face's `tokenizer.json`, of the byte-level BPE kind. What cannot be held exactly is
 * refused, with the key and the value that say so.
 *
 * @module
 */
import type { AddedToken } from "./added_tokens.ts";
import { bytesOfToken } from "./byte_alphabet.ts";
import { GPT2_PATTERN, splitRule } from "./split_rule.ts";
import { layTokenBytes } from "./token_bytes.ts";
import { TokenizerError } from "./tokenizer_error.ts";
import type { Vocabulary } from "./vocabulary.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * The JSON value in a file.
 *
 * @throws {TokenizerError} `bad-vocabulary` naming the file and what the parser says of the place.
 */
export function readJson(file: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(file));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TokenizerError(
      "bad-vocabulary",
      `${what} is not whole (${file.length} bytes): ${reason}`,
      { cause: error },
    );
  }
}

/**
 * The vocabulary that a `tokenizer.json` describes.
 *
 * @param json the parsed file
 * @param config the parsed `tokenizer_config.json` beside it, for the name of the last token
 * @throws {TokenizerError} `bad-vocabulary` for a vocabulary that contradicts itself, with the
 *   entry; `unsupported` for a kind that is not byte-level BPE as known here.
 */
export function readHuggingFace(json: unknown, name: string, config?: unknown): Vocabulary {
  const file = new Reader(name);
  const root = file.object(json, "the file");
  const model = file.object(root["model"], "model");
  file.is(model, "model", "type", ["BPE", undefined]);
  for (const key of ["unk_token", "dropout", "continuing_subword_prefix", "end_of_word_suffix"]) {
    file.is(model, "model", key, [undefined, null, "", 0]);
  }
  file.is(model, "model", "byte_fallback", [undefined, null, false]);

  const ids = readVocabulary(file, model["vocab"]);
  const added = readAdded(file, root["added_tokens"]);
  const size = 1 + added.reduce(
    (most, { id }) => Math.max(most, id),
    ids.values().reduce((most, id) => Math.max(most, id), -1),
  );
  const tokens = new Array<Uint8Array | undefined>(size);
  const apart = new Set<number>();
  const encoder = new TextEncoder();
  for (const [token, id] of ids) {
    if (tokens[id]) throw file.bad(`two tokens have the id ${id}: one is ${quote(token)}`);
    const bytes = bytesOfToken(token);
    if (bytes === null) apart.add(id);
    tokens[id] = bytes ?? encoder.encode(token);
  }
  for (const { content, id } of added) {
    // A vocabulary may list an added token among its own.
    if (tokens[id] && ids.get(content) !== id) {
      throw file.bad(`added token ${quote(content)} has the id ${id} of another token`);
    }
    tokens[id] = encoder.encode(content);
    apart.add(id);
  }
  return {
    name,
    tokens: layTokenBytes(tokens),
    apart,
    merges: readMerges(file, model["merges"], ids),
    wholePieces: model["ignore_merges"] === true,
    ...readPreTokenizer(file, root["pre_tokenizer"]),
    normalization: readNormalizer(file, root["normalizer"]),
    added,
    endOfText: endOfText(added, config),
  };
}

function readVocabulary(file: Reader, json: unknown): Map<string, number> {
  const vocab = file.object(json, "model.vocab");
  const ids = new Map<string, number>();
  for (const token in vocab) {
    const id = vocab[token];
    if (!isId(id)) throw file.bad(`model.vocab gives ${quote(token)} the id ${quote(id)}`);
    ids.set(token, id);
  }
  if (ids.size === 0) throw file.bad("model.vocab holds no token");
  return ids;
}

function readMerges(file: Reader, json: unknown, ids: ReadonlyMap<string, number>) {
  if (!Array.isArray(json)) throw file.bad(`model.merges is ${quote(json)}, not a list`);
  const pairs = new Uint32Array(2 * json.length);
  const merged = new Uint32Array(json.length);
  const idOf = (token: string, rank: number): number => {
    const id = ids.get(token);
    if (id !== undefined) return id;
    throw file.bad(
      `model.merges[${rank}] (${quote(json[rank])}) refers to the token ${quote(token)}, which ` +
        "model.vocab does not have",
    );
  };
  json.forEach((merge: unknown, rank) => {
    const parts: unknown = typeof merge === "string" ? merge.split(" ") : merge;
    if (!isPair(parts)) throw file.bad(`model.merges[${rank}] is ${quote(merge)}, not two tokens`);
    pairs[2 * rank] = idOf(parts[0], rank);
    pairs[2 * rank + 1] = idOf(parts[1], rank);
    merged[rank] = idOf(parts[0] + parts[1], rank);
  });
  return { pairs, merged };
}

function readAdded(file: Reader, json: unknown): AddedToken[] {
  if (json === undefined || json === null) return [];
  if (!Array.isArray(json)) throw file.bad(`added_tokens is ${quote(json)}, not a list`);
  return json.map((entry: unknown, i) => {
    const token = file.object(entry, `added_tokens[${i}]`);
    const { content, id } = token;
    if (typeof content !== "string" || !isId(id)) {
      throw file.bad(
        `added_tokens[${i}] has the content ${quote(content)} and the id ${quote(id)}`,
      );
    }
    return {
      content,
      id,
      special: token["special"] === true,
      normalized: token["normalized"] === true,
      lstrip: token["lstrip"] === true,
      rstrip: token["rstrip"] === true,
      singleWord: token["single_word"] === true,
    };
  });
}

function readNormalizer(file: Reader, json: unknown): Vocabulary["normalization"] {
  if (json === undefined || json === null) return null;
  const { type, normalizers } = file.object(json, "normalizer");
  if (type === "Sequence" && Array.isArray(normalizers)) {
    if (normalizers.length === 0) return null;
    if (normalizers.length === 1) return readNormalizer(file, normalizers[0]);
  }
  if (type === "NFC" || type === "NFD" || type === "NFKC" || type === "NFKD") return type;
  throw file.unsupported("normalizer", json);
}

/** Splits in a row, and `ByteLevel` at the end. */
function readPreTokenizer(file: Reader, json: unknown): Pick<Vocabulary, "split" | "prefixSpace"> {
  const patterns: string[] = [];
  let prefixSpace = false;
  let isByteLevel = false;
  const read = (json: unknown) => {
    const step = file.object(json, "pre_tokenizer");
    if (step["type"] === "Sequence" && Array.isArray(step["pretokenizers"])) {
      step["pretokenizers"].forEach(read);
    } else if (step["type"] === "ByteLevel") {
      if (step["use_regex"] !== false) patterns.push(GPT2_PATTERN);
      prefixSpace = step["add_prefix_space"] === true;
      isByteLevel = true;
    } else if (step["type"] === "Digits" && !isByteLevel) {
      patterns.push(step["individual_digits"] === true ? String.raw`\p{N}` : String.raw`\p{N}+`);
    } else if (step["type"] === "Split" && !isByteLevel) {
      patterns.push(readSplit(file, step));
    } else throw file.unsupported("pre_tokenizer", json);
  };
  read(json);
  if (!isByteLevel) throw file.unsupported("pre_tokenizer", json);
  if (prefixSpace && patterns.length > 1) throw file.unsupported("pre_tokenizer", json);
  return { split: splitRule(patterns, file.name), prefixSpace };
}

function readSplit(file: Reader, step: Json): string {
  const pattern = file.object(step["pattern"], "pre_tokenizer's pattern");
  // Either way of keeping what is between the matches makes the same pieces.
  const kept = step["behavior"] === "Isolated" ||
    (step["behavior"] === "Removed" && step["invert"] === true);
  if (kept && typeof pattern["Regex"] === "string") return pattern["Regex"];
  if (kept && step["invert"] !== true && typeof pattern["String"] === "string") {
    return RegExp.escape(pattern["String"]);
  }
  throw file.unsupported("pre_tokenizer", step);
}

/** The token that ends a document: what the configuration says, or the usual names. */
function endOfText(added: readonly AddedToken[], config: unknown): string | null {
  const stated = tokenText((config as Json | undefined)?.["eos_token"]);
  const names = ["<|endoftext|>", "<|end_of_text|>", "</s>", stated];
  return names.find((name) => added.some(({ content }) => content === name)) ?? null;
}

/** Special tokens stand in configurations as text or as an object with a content. */
function tokenText(json: unknown): string | undefined {
  const text = typeof json === "object" && json !== null ? (json as Json)["content"] : json;
  return typeof text === "string" ? text : undefined;
}

function isPair(value: unknown): value is [string, string] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === "string" &&
    typeof value[1] === "string";
}

function isId(id: unknown): id is number {
  return typeof id === "number" && Number.isInteger(id) && id >= 0 && id < 2 ** 27;
}

function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? "missing";
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** Checks the shape of a file and makes its errors. */
class Reader {
  constructor(readonly name: string) {}

  object(value: unknown, what: string): Json {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
    throw this.bad(`${what} is ${quote(value)}, not an object`);
  }

  is(parent: Json, what: string, key: string, allowed: readonly unknown[]): void {
    if (!allowed.includes(parent[key])) throw this.unsupported(`${what}.${key}`, parent[key]);
  }

  bad(what: string): TokenizerError {
    return new TokenizerError("bad-vocabulary", `${this.name}: ${what}`);
  }

  unsupported(what: string, value: unknown): TokenizerError {
    return new TokenizerError(
      "unsupported",
      `${this.name} is no byte-level BPE tokenizer that can be run exactly: ${what} is ` +
        `${quote(value)}`,
    );
  }
}
