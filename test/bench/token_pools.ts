/**
 * One worker and two, turn about, medians of fifteen, by the clock:
 *
 *     deno run -A test/bench/token_pools.ts [MEGABYTES]
 *
 * On chunks of at most 16 KiB of code, as strings and as bytes, and on 100,000 short strings. In a process of
 * its own: what else a page holds in memory is work for its collector, which takes time from the
 * workers where there are as many of them as cores. Refuses to tell a time unless all ids are those of
 * one thread.
 *
 * @module
 */
import { availableParallelism } from "node:os";
import { loadTokenizer, openTokenizerPool } from "../../src/tokenizer/mod.ts";
import { randomStrings, sourceTexts } from "../support/mixed_text.ts";

const VOCABULARY = "o200k_base";
const ROUNDS = 15;
const CHUNK = 16_384;

const megabytes = Number(Deno.args[0] ?? 16);
// Each file in chunks of its own: cut from one string of all, they would all be of its widest kind.
const chunks = sourceTexts("node_modules", [".ts", ".js", ".mjs"], megabytes * 1e6).flatMap((
  file,
) =>
  Array.from(
    { length: Math.ceil(file.length / CHUNK) },
    (_, i) => file.slice(i * CHUNK, (i + 1) * CHUNK),
  )
);
const encoder = new TextEncoder();
const kinds: Record<string, (string | Uint8Array)[]> = {
  "chunks of code, strings": chunks,
  "chunks of code, bytes": chunks.map((chunk) => encoder.encode(chunk)),
  "short strings": [...randomStrings(7, 100_000)],
};
const pools = [1, 2].map((workers) => openTokenizerPool(VOCABULARY, { workers }));
const [one, two] = await Promise.all(pools);
const tokenizer = await loadTokenizer(VOCABULARY);

console.log(`${VOCABULARY}, ${availableParallelism()} cores`);
for (const [kind, texts] of Object.entries(kinds)) {
  const expected = texts.map((text) => tokenizer.encode(text));
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [side, pool] of [one!, two!].entries()) {
      const startMs = performance.now();
      const encoded: Uint32Array[] = [];
      for await (const tokens of pool.encodeAll(texts)) encoded.push(tokens);
      const tookMs = performance.now() - startMs;
      // The first round warms up, and is held against one thread.
      if (round > 0) times[side]?.push(tookMs);
      else if (!encoded.every((tokens, i) => String(tokens) === String(expected[i]))) {
        throw new Error(`${kind}: ${pool.workers} workers give other ids than one thread`);
      }
    }
  }
  const sizeBytes = texts.reduce(
    (sum, text) => sum + (typeof text === "string" ? encoder.encode(text) : text).length,
    0,
  );
  const [a, b] = times.map((ms) => ms.toSorted((x, y) => x - y)[ROUNDS >> 1] ?? NaN) as [
    number,
    number,
  ];
  const rate = (ms: number) => `${(sizeBytes / 1000 / ms).toFixed(1)} MB/s`;
  console.log(
    `${kind}, ${(sizeBytes / 1e6).toFixed(1)} MB: one worker ${rate(a)}, two ${rate(b)}: ${
      (a / b).toFixed(2)
    } times`,
  );
}
Deno.exit(0);
