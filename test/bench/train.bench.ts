/**
 * The same training steps by us and by the peers, turn about, from the same weights and data:
 *
 *     deno run -A test/bench/train.bench.ts [PEERS] [--size S|M|SIZES] [--steps N] [--programs NAMES] [--json]
 *
 * For PEERS see turns.ts, for SIZES `bottega bench train --help`. A step is forward, backward and
 * AdamW, and its loss read; the first two are not timed. Refuses to tell a time unless every loss of
 * ours is within 1e-4 of the exact one (see exact_losses.ts), and of the peers' every one of the first
 * ten steps, and the later ones, where their own rounding adds up, within 5e-4: how far each is apart is
 * told. For other sizes than S and M the first program's losses stand for the exact ones, within 1e-3
 * and 1e-2. With `--json` also how far any two are apart, and at which step.
 *
 * `tfjs cpu` is measured only where it is named: it is there for its losses and takes 8 s for a step at M.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { drawBench } from "../../src/cli/bench_model.ts";
import { parseSizes } from "../../src/cli/bench_train.ts";
import { toHuggingFace } from "../../src/model/mod.ts";
import { trainingFlopsPerToken } from "../../src/train/model_cost.ts";
import { exactLosses, SIZES } from "./exact_losses.ts";
import {
  openPeers,
  parsePrograms,
  rounded,
  startPrograms,
  summarise,
  takeTurns,
  writeTensors,
} from "./turns.ts";

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
const sizes = SIZES[options.size] ?? parseSizes(options.size);
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
  const losses = new Map(programs.map(({ name }) => [name, [] as number[]]));
  const taken = await takeTurns(programs, steps, async (program) => {
    const turn = await program.ask<number>("step");
    losses.get(program.name)?.push(turn.result);
    return turn;
  });
  const exact = exactLosses(options.size);
  const apart = [...losses].map(([name, values]) => {
    const ours = name.startsWith("bottega");
    const [early, late] = exact.length > 0 ? [1e-4, ours ? 1e-4 : 5e-4] : [1e-3, 1e-2];
    const expected = exact.length > 0 ? exact : losses.get(programs[0]?.name ?? "") ?? [];
    const errors = values.slice(0, expected.length)
      .map((value, step) => Math.abs(value - (expected[step] ?? NaN)));
    const wrong = errors.findIndex((error, step) => !(error < (step < 10 ? early : late)));
    if (wrong >= 0) {
      throw new Error(
        `step ${wrong + 1}: ${name} has the loss ${values[wrong]}, not ${expected[wrong]}`,
      );
    }
    return Math.max(...errors);
  });
  const timed = taken.map(({ name, wallMs, cpuMs }) => ({
    name,
    wallMs: wallMs.slice(UNTIMED),
    cpuMs: cpuMs.slice(UNTIMED),
  }));
  const flops = trainingFlopsPerToken(config, sizes.T) * sizes.B * sizes.T;
  const rows = timed.map((one, i) => {
    // Each beside ours on the same kind of device, where that was measured.
    const ours = timed.find(({ name }) =>
      name === (/ (cpu|wasm)$/.test(one.name) ? "bottega cpu" : "bottega webgpu")
    );
    const row = summarise(one, ours ?? timed[0] ?? one);
    return { ...row, gigaflops: rounded(flops / row.medianMs / 1e6), lossApart: apart[i] };
  });
  const adapter = programs[0]?.adapter;
  if (options.json) {
    const { size } = options;
    const told = Object.fromEntries(losses);
    const distances = lossDistances(exact.length > 0 ? { ...told, f64: exact } : told);
    console.log(JSON.stringify({ adapter, size, steps, rows, losses: told, distances }));
  } else {
    console.log(
      `${options.size} on ${adapter}: losses agree over ${steps} steps; medians, turn about`,
    );
    console.table(rows);
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** How far the losses of any two are apart at the most, and at which step (from 1). */
function lossDistances(losses: Readonly<Record<string, readonly number[]>>) {
  const all = Object.entries(losses);
  return all.flatMap(([name, values], i) =>
    all.slice(i + 1).map(([other, others]) => {
      const apart = values.slice(0, others.length)
        .map((value, step) => Math.abs(value - (others[step] ?? NaN)));
      const most = Math.max(...apart);
      return { between: [name, other], apart: rounded(most), step: apart.indexOf(most) + 1 };
    })
  );
}
