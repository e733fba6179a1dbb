/**
 * What rounding does to the first step of AdamW, program by program:
 *
 *     deno run -A test/bench/first_step.bench.ts [PEERS] [--size S|M] [--programs NAMES]
 *
 * For PEERS see turns.ts. The first update of a weight is the learning rate times g / (|g| + 1e-8), and
 * so that of a weight whose gradient g is next to 1e-8 depends on how g is rounded. Told are how far the
 * gradient is from f64's, as a share of its length; how many weights that puts off by more than 1e-5,
 * and which the most, with its share of all of that (of squares); g there, and how far it is off.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { drawBench } from "../../src/cli/bench_model.ts";
import {
  decoderLoss,
  fromHuggingFace,
  type NamedTensor,
  toHuggingFace,
} from "../../src/model/mod.ts";
import { leavesOf } from "../../src/tensor/flat_layout.ts";
import { evaluateCpu, gradients } from "../../src/tensor/mod.ts";
import { SIZES } from "./exact_losses.ts";
import { readTensors } from "./peers/serve.ts";
import { openPeers, parsePrograms, rounded, startPrograms, writeTensors } from "./turns.ts";

const PROGRAMS = "bottega webgpu,bottega cpu,jax-js webgpu,jax-js wasm,tfjs webgpu,tfjs cpu";

const LEARNING_RATE = 1e-3;

const { values: options, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    size: { type: "string", default: "M" },
    programs: { type: "string", default: PROGRAMS },
  },
});
const sizes = SIZES[options.size];
if (!sizes) throw new Error(`--size is one of ${Object.keys(SIZES)}, not ${options.size}`);
const peers = await openPeers(positionals[0]);
const { config, weights, batch } = drawBench(sizes);
const loss = decoderLoss(config, { batch: sizes.B, time: sizes.T, packed: false, decay: "all" });
const leaves = leavesOf([loss], "parameter");
const exact = evaluateCpu(gradients(loss, leaves), { ...weights, ...batch });
const folder = await Deno.makeTempDir();
try {
  const shape = [1, sizes.B, sizes.T];
  const tensors = `${folder}/model.safetensors`;
  writeTensors(tensors, {
    ...toHuggingFace(config, weights),
    tokens: { shape, values: batch.tokens },
    targets: { shape, values: batch.targets },
  });
  const job = {
    work: "train",
    peers,
    tensors,
    sizes: { ...sizes },
    learningRate: LEARNING_RATE,
  } as const;
  await using started = await startPrograms(parsePrograms(options.programs, peers), job);
  for (const program of started.programs) {
    const file = `${folder}/gradients.safetensors`;
    await program.ask("gradients", file);
    const found = fromHuggingFace(config, readTensors(file) as Record<string, NamedTensor>);
    console.log(JSON.stringify({ program: program.name, ...compare(found) }));
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}

function compare(found: Readonly<Record<string, Float32Array>>) {
  const worst = { weight: "", gradient: 0, error: 0, updateError: 0 };
  let [errors, squares, updateErrors, over] = [0, 0, 0, 0];
  for (const [at, { node }] of leaves.entries()) {
    const name = node.leaf?.name ?? "";
    for (const [i, gradient] of (exact[at] ?? []).entries()) {
      const error = (found[name]?.[i] ?? NaN) - gradient;
      const updateError = firstUpdate(gradient + error) - firstUpdate(gradient);
      errors += error ** 2;
      squares += gradient ** 2;
      updateErrors += updateError ** 2;
      over += Number(Math.abs(updateError) > 1e-5);
      if (Math.abs(updateError) > Math.abs(worst.updateError)) {
        Object.assign(worst, { weight: `${name}[${i}]`, gradient, error, updateError });
      }
    }
  }
  return {
    gradientApart: rounded(Math.sqrt(errors / squares)),
    updatesApart: over,
    worst: {
      ...worst,
      gradient: rounded(worst.gradient),
      error: rounded(worst.error),
      updateError: rounded(worst.updateError),
      share: rounded(worst.updateError ** 2 / updateErrors),
    },
  };
}

function firstUpdate(gradient: number): number {
  return LEARNING_RATE * gradient / (Math.abs(gradient) + 1e-8);
}
