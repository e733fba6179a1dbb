/**
 * Training on long rows takes memory in proportion to their length:
 *
 *     deno run -A test/bench/attention.bench.ts [--times T,…] [--config SIZES] [--steps N] [--json]
 *
 * Trains a small decoder, each length in a process of its own, and tells the bytes that the plan takes
 * for results and the process's peak, in which a software device has its buffers (Linux only). Fails
 * where the bytes are not in proportion to the length, or the loss does not fall.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { drawBench } from "../../src/cli/bench_model.ts";
import { parseSizes } from "../../src/cli/bench_train.ts";
import { toHuggingFace } from "../../src/model/mod.ts";
import { startPrograms, writeTensors } from "./turns.ts";

const { values: options } = parseArgs({
  args: Deno.args,
  options: {
    times: { type: "string", default: "2048,4096,8192" },
    config: { type: "string", default: "C32,L1,H2,KV1,F96,V256,T1,B1" },
    steps: { type: "string", default: "2" },
    json: { type: "boolean", default: false },
  },
});

const rows = [];
let adapter;
for (const T of options.times.split(",").map(Number)) {
  const measured = await trainOn(T);
  adapter = measured.adapter;
  rows.push(measured.row);
  console.error(`${T} tokens: losses ${measured.row.losses}`);
}
if (options.json) console.log(JSON.stringify({ adapter, config: options.config, rows }));
else {
  console.log(adapter);
  console.table(rows.map(({ losses: [first, ...rest], ...row }) => ({
    ...row,
    loss: `${first?.toFixed(4)} to ${rest.at(-1)?.toFixed(4)}`,
  })));
}
const perToken = rows.map((row) => row.activationMegabytes / row.T);
if (Math.max(...perToken) > 1.1 * Math.min(...perToken)) {
  throw new Error(`results take ${perToken} MB a token, which is not the same for each length`);
}
// What the process has besides is the same but for what has not been collected yet.
const besides = rows.map((row) => row.peakMegabytes - row.activationMegabytes);
if (Math.max(...besides) > Math.min(...besides) + 128) {
  throw new Error(`besides results the process takes ${besides} MB, which grows`);
}

async function trainOn(T: number) {
  const sizes = { ...parseSizes(options.config), T };
  const { config, weights, batch } = drawBench(sizes);
  const shape = [1, sizes.B, T];
  const folder = await Deno.makeTempDir();
  try {
    const tensors = `${folder}/model.safetensors`;
    writeTensors(tensors, {
      ...toHuggingFace(config, weights),
      tokens: { shape, values: batch.tokens },
      targets: { shape, values: batch.targets },
    });
    const job = { work: "train", peers: "", tensors, sizes, learningRate: 1e-3 } as const;
    await using started = await startPrograms([{ program: "bottega", device: "webgpu" }], job);
    const [program] = started.programs;
    if (!program) throw new Error("nothing was started");
    const losses: number[] = [];
    let stepMs = 0;
    for (let step = 0; step < Number(options.steps); step++) {
      const turn = await program.ask<number>("step");
      losses.push(turn.result);
      stepMs = turn.wallMs;
    }
    const falls = losses.every((loss, i) => i === 0 || loss < (losses[i - 1] ?? NaN));
    if (!falls || !losses.every(Number.isFinite)) throw new Error(`${T} tokens: losses ${losses}`);
    const { result: memory } = await program.ask<{ activationBytes: number; peakBytes: number }>(
      "memory",
    );
    return {
      adapter: program.adapter,
      row: {
        T,
        activationMegabytes: memory.activationBytes / 1e6,
        peakMegabytes: memory.peakBytes / 1e6,
        /** What one matrix of scores of all heads would take. */
        scoresMegabytes: 4 * sizes.B * sizes.H * T * T / 1e6,
        stepMs,
        losses,
      },
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
