/**
 * Text of all kinds that a tokeniser may meet: sources of this machine, catalogues of messages in
 * many scripts, and random strings of what patterns tell apart.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { seededRandom } from "./random.ts";

const ALPHABETS = [
  "etaoin shrdlu    \n",
  "ABCdefGHI's've'LL'Re'M'd 0123456789",
  " \t\r\n\u00a0\u2003\u3000\v\f",
  "(){}[];:,.<>/?!@#$%^&*-_=+|\\\"'`~ \n",
  "//\r\n/*  */ ",
  "äöüßéñçøåÆŒſẞ ",
  "日本語のテキスト中文漢字한국어 、。",
  "עבריתالعربيةहिन्दीไทยქართულიελληνικάрусский ",
  "😀👩‍👩‍👧🇯🇵👍🏽❤️e\u0301\u0301\u0323 ",
  "ǅǈᾈʰªº\u0345Ⅷ²½٣߁𝟘𝒜 ",
  "\0\x01\x07\b\x1b\x1f\x7f\x80\x9f\u00ad\u200b\u200d\u202e\u2028\ufffd\ufffe\u{e0001}",
];

/** A string of up to 12 runs, each of one alphabet. */
export function randomText(random: () => number): string {
  let text = "";
  for (let run = 1 + random() * 12; run > 0; run--) {
    const letters = [...ALPHABETS[Math.floor(random() * ALPHABETS.length)] ?? ""];
    for (let n = random() * 15; n > 0; n--) {
      text += letters[Math.floor(random() * letters.length)];
    }
  }
  return text;
}

/** `count` strings: of the alphabets, of any code units, of bytes that are mostly not UTF-8. */
export function* randomStrings(seed: number, count: number): Generator<string> {
  const random = seededRandom(seed);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for (let i = 0; i < count; i++) {
    if (i % 4 < 2) yield randomText(random);
    else if (i % 4 === 2) {
      const units = Array.from({ length: 1 + random() * 30 }, () => random() * 0x10000);
      yield String.fromCharCode(...units.map(Math.floor));
    } else {
      const bytes = Uint8Array.from({ length: 1 + random() * 40 }, () => random() * 256);
      yield decoder.decode(bytes);
    }
  }
}

/** Texts with special tokens in them, whole and broken. */
export const SPECIAL_TEXTS = [
  "<|endoftext|>",
  "a <|endoftext|> b <|im_start|>user\nhi<|im_end|>\n",
  "<think>\nwell\n</think>\n\n<tool_call>\n{}\n</tool_call>",
  "<|endofprompt|><|fim_prefix|>x<|fim_suffix|>y<|fim_middle|>",
  "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nx<|eot_id|>",
  "<|endoftext|endoftext|> <|<|im_end|>|>",
] as const;

/** Sources and texts in `folder` by extension, up to so many bytes of each. */
export function sourceTexts(
  folder: string,
  extensions: readonly string[],
  bytesEach: number,
): string[] {
  const left = new Map(extensions.map((extension) => [extension, bytesEach]));
  const texts: string[] = [];
  for (const path of filesBelow(folder)) {
    const room = left.get(extname(path)) ?? 0;
    if (room <= 0) continue;
    const bytes = readFileSync(path);
    if (bytes.length > 400_000) continue;
    texts.push(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
    left.set(extname(path), room - bytes.length);
  }
  return texts;
}

/** Languages of a dozen scripts, as folders of message catalogues name them. */
const LANGUAGES = (
  "ja zh_CN zh_TW ko ru uk el he ar fa hi bn ta te th ka hy am my km vi de pl eo"
).split(" ");

/** Catalogues of translated messages below `folder`, up to so many bytes; none where it is not. */
export function messageTexts(folder: string, bytes: number): string[] {
  return LANGUAGES.map((language) => join(folder, language)).filter((path) => existsSync(path))
    .flatMap((path) => sourceTexts(path, [".mo"], bytes / LANGUAGES.length));
}

function* filesBelow(folder: string): Generator<string> {
  const entries = readdirSync(folder, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => a.name < b.name ? -1 : 1)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}
