/**
 * A model of a million parameters trained on 5 MB of real text by us and by a peer, from the same
 * weights on the same batches: their held-out losses have to be within 1 % of each other.
 *
 *     deno run -A test/bench/corpus_loss.bench.ts [PEERS] [--corpus FOLDER] [--steps N] [--programs NAMES] [--json]
 *
 * For PEERS see turns.ts. The text is the sources and documents under FOLDER, in the order of their
 * paths; by default what the project's packages come with. Its last tenth is held out, and only the
 * rest teaches the vocabulary.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type BenchSizes, drawBench } from "../../src/cli/bench_model.ts";
import { toHuggingFace } from "../../src/model/mod.ts";
import { loadTokenizer, trainTokenizer } from "../../src/tokenizer/mod.ts";
import { ROOT } from "../support/bottega.ts";
import { seededRandom } from "../support/random.ts";
import {
  openPeers,
  parsePrograms,
  startPrograms,
  summarise,
  takeTurns,
  writeTensors,
} from "./turns.ts";

/** 918,656 parameters. */
const SIZES: BenchSizes = { C: 128, L: 4, H: 4, KV: 2, F: 384, V: 1024, T: 128, B: 4 };
const CORPUS_BYTES = 5e6;
const HELD_OUT_BATCHES = 32;

const { values: options, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    corpus: { type: "string", default: `${ROOT}node_modules` },
    steps: { type: "string", default: "200" },
    programs: { type: "string", default: "bottega cpu,jax-js wasm" },
    json: { type: "boolean", default: false },
  },
});
const steps = Number(options.steps);
const peers = await openPeers(positionals[0]);
const folder = await Deno.makeTempDir();
try {
  const text = await gatherText(options.corpus);
  const cut = Math.floor(0.9 * text.length);
  const tokenizer = await loadTokenizer(
    await trainTokenizer([text.slice(0, cut)], { vocabularySize: SIZES.V }),
  );
  const { config, weights } = drawBench(SIZES);
  const tensors = `${folder}/model.safetensors`;
  const held = evenly(tokenizer.encode(text.slice(cut)));
  const taught = atRandom(tokenizer.encode(text.slice(0, cut)));
  writeTensors(tensors, {
    ...toHuggingFace(config, weights),
    ...batches(taught, ["tokens", "targets"]),
    ...batches(held, ["heldOutTokens", "heldOutTargets"]),
  });
  const job = { work: "train", peers, tensors, sizes: { ...SIZES }, learningRate: 1e-3 } as const;
  await using started = await startPrograms(parsePrograms(options.programs, peers), job);
  const { programs } = started;
  const evaluated = async () => {
    const losses: number[] = [];
    for (const program of programs) losses.push((await program.ask<number>("evaluate")).result);
    return losses;
  };
  const before = await evaluated();
  const losses = programs.map((): number[] => []);
  const taken = await takeTurns(programs, steps, async (program, step) => {
    const turn = await program.ask<number>("step");
    losses[programs.indexOf(program)]?.push(turn.result);
    if (program === programs[0] && (step + 1) % 20 === 0) {
      console.error(`${step + 1} of ${steps} steps: loss ${turn.result.toFixed(4)}`);
    }
    return turn;
  });
  const after = await evaluated();
  const [ours] = taken;
  const rows = taken.map((one, i) => ({
    ...summarise(one, ours ?? one),
    heldOutBefore: before[i],
    heldOutAfter: after[i],
    overOurs: (after[i] ?? NaN) / (after[0] ?? NaN) - 1,
  }));
  const apart = Math.max(...rows.map(({ overOurs }) => Math.abs(overOurs)));
  if (options.json) {
    const adapter = programs[0]?.adapter;
    console.log(JSON.stringify({ adapter, sizes: SIZES, bytes: text.length, steps, rows, losses }));
  } else {
    console.log(`${steps} steps of ${SIZES.B} × ${SIZES.T} tokens of ${text.length} characters`);
    console.table(rows);
  }
  if (!(apart < 0.01)) {
    console.error(`the held-out losses are ${(100 * apart).toFixed(2)} % apart`);
    Deno.exitCode = 1;
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** Documents and sources under a folder, in the order of their paths, a line between them. */
async function gatherText(root: string): Promise<string> {
  const paths: string[] = [];
  const visit = async (path: string) => {
    for await (const { name, isDirectory, isFile } of Deno.readDir(path)) {
      if (isDirectory) await visit(`${path}/${name}`);
      else if (isFile && /\.(md|js|ts|py|txt)$/.test(name)) paths.push(`${path}/${name}`);
    }
  };
  await visit(root);
  let text = "";
  for (const path of paths.sort()) {
    if (text.length >= CORPUS_BYTES) break;
    const source = await Deno.readTextFile(path);
    // Lines that nobody wrote, such as those of minified files, teach little.
    if (source.length > 2e5 || source.split("\n").some((line) => line.length > 1000)) continue;
    text += `${source}\n`;
  }
  if (text.length < CORPUS_BYTES) throw new Error(`${root} has only ${text.length} characters`);
  return text.slice(0, CORPUS_BYTES);
}

/** Rows of T + 1 tokens from anywhere, the same on every machine. */
function atRandom(tokens: Uint32Array): Uint32Array[] {
  const random = seededRandom(1);
  const { B, T } = SIZES;
  return Array.from({ length: steps * B }, () => {
    const at = Math.floor(random() * (tokens.length - T));
    return tokens.subarray(at, at + T + 1);
  });
}

/** Rows of T + 1 tokens at equal distances. */
function evenly(tokens: Uint32Array): Uint32Array[] {
  const { B, T } = SIZES;
  const rows = HELD_OUT_BATCHES * B;
  const stride = Math.floor((tokens.length - T - 1) / rows);
  return Array.from({ length: rows }, (_, i) => tokens.subarray(i * stride, i * stride + T + 1));
}

/** Tokens and their successors, (K, B, T) each. */
function batches(rows: readonly Uint32Array[], [tokens, targets]: readonly [string, string]) {
  const { B, T } = SIZES;
  const shape = [rows.length / B, B, T];
  const values = (from: number) =>
    Uint32Array.from(rows.flatMap((row) => [...row.subarray(from, from + T)]));
  return {
    [tokens]: { shape, values: values(0) },
    [targets]: { shape, values: values(1) },
  };
}
