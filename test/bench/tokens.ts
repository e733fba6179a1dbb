/**
 * Our tokeniser beside gpt-tokenizer, tiktoken and @huggingface/tokenizers, in one run. It refuses
 * to time anything until all ids agree, over 20 MB of mixed text and 100,000 random strings.
 *
 * `deno run -A test/bench/tokens.ts [MEGABYTES [FOLDER…]]`; sources are taken from node_modules and
 * from the folders named, such as /usr/lib/python3 and /usr/share. For pools see token_pools.ts.
 *
 * @module
 */
import process from "node:process";
import { loadTokenizer, type Tokenizer } from "../../src/tokenizer/mod.ts";
import { messageTexts, randomStrings, sourceTexts, SPECIAL_TEXTS } from "../support/mixed_text.ts";
import {
  gptTokenizer,
  huggingFace,
  lenmlFiles,
  type Oracle,
  tiktoken,
} from "../support/token_oracles.ts";

const [megabytes = "20", ...folders] = Deno.args;
const EXTENSIONS = ".ts .js .mjs .css .html .json .md .py .pl .pm .h .c .cpp .sh .rb .lua .go .rs"
  .concat(" .java .vim .el .tcl .xml .yml .wgsl .proto .grammar .txt .mo").split(" ");

const texts = mixedTexts(Number(megabytes) * 1e6);
const sizeBytes = texts.reduce((sum, text) => sum + new TextEncoder().encode(text).length, 0);
console.log(`${texts.length} texts, ${(sizeBytes / 1e6).toFixed(1)} MB`);

const OPENAI = ["o200k_base", "cl100k_base", "p50k_base", "r50k_base"] as const;
for (const name of OPENAI) {
  const tokenizer = await loadTokenizer(name);
  agree(name, "tiktoken", texts, (text) => tokenizer.encode(text), tiktoken(name));
  const plain = texts.filter((text) => !text.includes("\ufeff"));
  agree(name, "gpt-tokenizer", plain, (text) => tokenizer.encode(text), await gptTokenizer(name));
  roundTrip(tokenizer, texts, (text) => text.toWellFormed());
}
for (const name of ["qwen3", "llama3"]) {
  const tokenizer = await loadTokenizer(name);
  const { tokenizer: file, config } = await lenmlFiles(name);
  const encode = (text: string) => tokenizer.encodeWithSpecial(text);
  agree(name, "@huggingface/tokenizers", texts, encode, huggingFace(file, config));
  roundTrip(tokenizer, texts, (text) => {
    const whole = text.toWellFormed();
    return name === "qwen3" ? whole.normalize("NFC") : whole;
  });
}

const code = texts.filter((text) => text.length > 2000).join("\n").slice(0, 4e6);
const chunks = Array.from(
  { length: Math.ceil(code.length / 16_384) },
  (_, i) => code.slice(i * 16_384, (i + 1) * 16_384),
);
const chunkBytes = new TextEncoder().encode(code).length;
for (const name of ["cl100k_base", "o200k_base"]) {
  const tokenizer = await loadTokenizer(name);
  compare(name, "gpt-tokenizer", (text) => tokenizer.encode(text), await gptTokenizer(name));
}
const { tokenizer: qwenFile, config: qwenConfig } = await lenmlFiles("qwen3");
const qwen = await loadTokenizer("qwen3");
compare("qwen3", "@huggingface/tokenizers", qwen.encode, huggingFace(qwenFile, qwenConfig));
Deno.exit(0);

/** Ends the run where ids differ: nothing is timed that is not exact. */
function agree(
  name: string,
  peer: string,
  texts: readonly string[],
  ours: Oracle,
  theirs: Oracle,
): void {
  for (const text of texts) {
    const [a, b] = [ours(text), theirs(text)];
    let at = 0;
    while (at < b.length && a[at] === b[at]) at++;
    if (at === a.length && at === b.length) continue;
    console.error(`${name} differs from ${peer} at token ${at} of ${JSON.stringify(text)}`);
    Deno.exit(1);
  }
  console.log(`${name}: the ids of ${peer} on ${texts.length} texts`);
}

function roundTrip(
  tokenizer: Tokenizer,
  texts: readonly string[],
  normal: (text: string) => string,
): void {
  for (const text of texts) {
    if (tokenizer.decode(tokenizer.encode(text)) === normal(text)) continue;
    console.error(`${tokenizer.name} does not give ${JSON.stringify(text)} back`);
    Deno.exit(1);
  }
}

/** One thread, warm, turn about: medians of five, by the clock and by the processor's time. */
function compare(name: string, peer: string, ours: Oracle, theirs: Oracle): void {
  const sides = [ours, theirs].map((encode) => ({
    encode,
    wallMs: [] as number[],
    cpuMs: [] as number[],
  }));
  for (let run = 0; run < 6; run++) {
    for (const { encode, wallMs, cpuMs } of sides) {
      const [startMs, startCpu] = [performance.now(), cpuTimeMs()];
      for (const chunk of chunks) encode(chunk);
      if (run === 0) continue;
      wallMs.push(performance.now() - startMs);
      cpuMs.push(cpuTimeMs() - startCpu);
    }
  }
  const [a, b] = sides.map(({ wallMs, cpuMs }) => [median(wallMs), median(cpuMs)] as const);
  if (!a || !b) return;
  const rate = (ms: number) => (chunkBytes / 1000 / ms).toFixed(1);
  console.log(
    `${name}: ${rate(a[0])} MB/s, ${peer} ${rate(b[0])} MB/s: ${(b[0] / a[0]).toFixed(1)} times; ` +
      `by processor time ${rate(a[1])} and ${rate(b[1])}: ${(b[1] / a[1]).toFixed(1)} times`,
  );
}

function mixedTexts(bytes: number): string[] {
  const each = bytes / 12;
  const found = ["node_modules", ...folders].flatMap((folder) =>
    sourceTexts(folder, EXTENSIONS, each / (folders.length + 1))
  );
  return [
    ...found,
    ...messageTexts("/usr/share/locale", bytes / 4),
    ...SPECIAL_TEXTS,
    ...randomStrings(7, 100_000),
  ];
}

function cpuTimeMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}
