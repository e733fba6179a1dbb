/**
 * The same training steps by us and by the peers, turn about, from the same weights and data:
 *
 *     deno run -A test/bench/train.bench.ts [PEERS] [--size S|M] [--steps N] [--programs NAMES] [--json]
 *
 * For PEERS see turns.ts. A step is forward, backward and AdamW, and its loss read. Refuses to tell a
 * time unless every loss of every program is within 1e-4 of ours on WebGPU. The first two steps are
 * not timed.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type BenchSizes, drawBench } from "../../src/cli/bench_model.ts";
import { toHuggingFace } from "../../src/model/mod.ts";
import {
  openPeers,
  parsePrograms,
  startPrograms,
  summarise,
  takeTurns,
  writeTensors,
} from "./turns.ts";

const SIZES: Record<string, BenchSizes> = {
  S: { C: 64, L: 2, H: 4, KV: 2, F: 192, V: 512, T: 64, B: 4 },
  M: { C: 128, L: 4, H: 4, KV: 2, F: 384, V: 1024, T: 128, B: 4 },
};

const PROGRAMS = "bottega webgpu,tfjs webgpu,jax-js webgpu,bottega cpu,jax-js wasm";

const UNTIMED = 2;

const { values: options, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    size: { type: "string", default: "M" },
    steps: { type: "string", default: "20" },
    programs: { type: "string", default: PROGRAMS },
    json: { type: "boolean", default: false },
  },
});
const sizes = SIZES[options.size];
if (!sizes) throw new Error(`--size is one of ${Object.keys(SIZES)}, not ${options.size}`);
const steps = Number(options.steps);
const peers = await openPeers(positionals[0]);
const folder = await Deno.makeTempDir();
try {
  const { config, weights, batch } = drawBench(sizes);
  const shape = [1, sizes.B, sizes.T];
  const tensors = `${folder}/model.safetensors`;
  writeTensors(tensors, {
    ...toHuggingFace(config, weights),
    tokens: { shape, values: batch.tokens },
    targets: { shape, values: batch.targets },
  });
  const job = { work: "train", peers, tensors, sizes: { ...sizes }, learningRate: 1e-3 } as const;
  await using started = await startPrograms(parsePrograms(options.programs, peers), job);
  const { programs } = started;
  const losses: number[] = [];
  let largest = 0;
  const taken = await takeTurns(programs, steps, async (program, step) => {
    const { result: loss, wallMs, cpuMs } = await program.ask<number>("step");
    if (program === programs[0]) losses.push(loss);
    const error = Math.abs(loss - (losses[step] ?? NaN));
    if (!(error < 1e-4)) {
      throw new Error(
        `step ${step + 1}: ${program.name} has the loss ${loss}, not ${losses[step]}`,
      );
    }
    largest = Math.max(largest, error);
    return { wallMs, cpuMs };
  });
  const timed = taken.map(({ name, wallMs, cpuMs }) => ({
    name,
    wallMs: wallMs.slice(UNTIMED),
    cpuMs: cpuMs.slice(UNTIMED),
  }));
  const rows = timed.map((one) => {
    // Each beside ours on the same kind of device.
    const ours = timed.find(({ name }) =>
      name === (/ (cpu|wasm)$/.test(one.name) ? "bottega cpu" : "bottega webgpu")
    );
    return summarise(one, ours ?? one);
  });
  const adapter = programs[0]?.adapter;
  if (options.json) {
    const { size } = options;
    console.log(JSON.stringify({ adapter, size, steps, losses, largestDifference: largest, rows }));
  } else {
    console.log(
      `${options.size} on ${adapter}: ${steps} losses from ${losses[0]} to ${losses.at(-1)}, ` +
        `at most ${largest.toExponential(1)} apart; medians, turn about`,
    );
    console.table(rows);
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
