/**
 * The losses of the first steps in f64, against which those of f32 are held: what rounding does to one
 * step the next ones amplify, most of all where AdamW divides a small gradient by itself. Of programs
 * that all round correctly none is nearer to the others than to these.
 * How far is a matter of luck too: at M, with the channels in another order, the loss of step 13 is off
 * by up to 2.8e-4 on llvmpipe and by up to 1.6e-4 on the processor. Most of that is one weight's doing,
 * whose first gradient, -2.27e-8, is next to the 1e-8 of AdamW's divisor: an error of 5.2e-9 there, where
 * the others are 3.5e-3, is 2.6e-4 in that loss (results/llvmpipe_losses_m.json).
 *
 *     deno run -A test/bench/exact_losses.ts S|M > test/bench/results/exact_losses_S|M.json
 *
 * A step takes 1 s for S and 8 s for M.
 *
 * @module
 */
import { type BenchSizes, drawBench } from "../../src/cli/bench_model.ts";
import { decoderLoss } from "../../src/model/mod.ts";
import { adamWCpu } from "../../src/tensor/adam_w.ts";
import { leavesOf } from "../../src/tensor/flat_layout.ts";
import { evaluateCpu, gradients } from "../../src/tensor/mod.ts";

/** The two sizes at which peers are held against each other: 131,392 and 918,656 parameters. */
export const SIZES: Readonly<Record<string, BenchSizes>> = {
  S: { C: 64, L: 2, H: 4, KV: 2, F: 192, V: 512, T: 64, B: 4 },
  M: { C: 128, L: 4, H: 4, KV: 2, F: 384, V: 1024, T: 128, B: 4 },
};

/** The losses of 20 steps of {@linkcode drawBench}'s data at 1e-3; none for a size without a name. */
export function exactLosses(size: string): readonly number[] {
  if (!(size in SIZES)) return [];
  const file = new URL(`results/exact_losses_${size}.json`, import.meta.url);
  return JSON.parse(Deno.readTextFileSync(file));
}

function computeLosses(sizes: BenchSizes, steps: number): number[] {
  const { config, weights, batch } = drawBench(sizes);
  const { B, T } = sizes;
  const loss = decoderLoss(config, { batch: B, time: T, packed: false, decay: "all" });
  const leaves = leavesOf([loss], "parameter");
  const wanted = [loss, ...gradients(loss, leaves)];
  const trained = leaves.map(({ node }) => {
    const name = node.leaf?.name ?? "";
    const value = Float64Array.from(weights[name] ?? []);
    const [firstMoment, secondMoment] = [value.map(() => 0), value.map(() => 0)];
    return { name, value, firstMoment, secondMoment, decays: true };
  });
  return Array.from({ length: steps }, (_, i) => {
    const values = Object.fromEntries(trained.map(({ name, value }) => [name, value]));
    const [[lossNats = NaN] = [], ...slopes] = evaluateCpu(wanted, { ...values, ...batch });
    for (const [at, parameter] of trained.entries()) {
      const gradient = slopes[at] ?? new Float64Array();
      const schedule = { learningRate: 1e-3, step: i + 1 };
      adamWCpu({ ...parameter, gradient }, 0, schedule, { clipNorm: 0 });
    }
    return lossNats;
  });
}

if (import.meta.main) {
  const sizes = SIZES[Deno.args[0] ?? ""];
  if (!sizes) throw new Error(`name one of ${Object.keys(SIZES)}`);
  console.log(JSON.stringify(computeLosses(sizes, 20), null, 2));
}
