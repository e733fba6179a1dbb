/**
 * The smallest vocabulary there is: a token for each byte of UTF-8. What a model of a million
 * parameters needs, whose table for a published vocabulary would be larger than all the rest.
 *
 * @module
 */

/**
 * A `tokenizer.json` of 256 bytes and `<|endoftext|>`, to be loaded by `loadTokenizer` and kept beside
 * a checkpoint.
 *
 * @example
 * ```ts
 * import { byteTokenizer, loadTokenizer } from "bottega";
 * const tokenizer = await loadTokenizer(byteTokenizer());
 * console.log(tokenizer.vocabularySize, tokenizer.decode(tokenizer.encode("été"))); // 257 été
 * ```
 */
export function byteTokenizer(): { tokenizer: unknown; name: string } {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true };
  return {
    name: "bytes",
    tokenizer: {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: [{
        id: 256,
        content: "<|endoftext|>",
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      }],
      normalizer: null,
      pre_tokenizer: { ...byteLevel, use_regex: false },
      post_processor: null,
      decoder: { ...byteLevel, use_regex: false },
      model: {
        type: "BPE",
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        vocab: Object.fromEntries(byteCharacters().map((character, byte) => [character, byte])),
        merges: [],
      },
    },
  };
}

/** The printable character that stands for each byte in byte-level vocabularies, as in GPT-2. */
function byteCharacters(): string[] {
  const printable = (byte: number) =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from(
    { length: 256 },
    (_, byte) => String.fromCharCode(printable(byte) ? byte : next++),
  );
}
