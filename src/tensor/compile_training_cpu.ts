/**
 * A training step without a GPU: forward and backward pass in onnxruntime-web's WebAssembly, AdamW in
 * place.
 *
 * @module
 */

import { adamWCpu, type AdamWOptions } from "./adam_w.ts";
import { graphMemory } from "./compile_cpu.ts";
import type { StepReport, TrainingProgram } from "./compile_training.ts";
import { onCpu } from "./cpu_parameters.ts";
import { checkLength, entryOf, layOut, leavesOf } from "./flat_layout.ts";
import { gradients } from "./gradients.ts";
import { checkedInputs, type InputValues } from "./inputs.ts";
import { lowerOnnx } from "./onnx/lower_onnx.ts";
import { openOnnxSession } from "./onnx/onnx_session.ts";
import type { Parameters } from "./parameters.ts";
import type { Tensor } from "./tensor.ts";

/** What training without a GPU is compiled with. */
export interface CpuTrainingOptions {
  readonly parameters: Parameters;
  readonly adamW?: AdamWOptions;
  readonly readEvery?: number;
}

/** The values of all parameters, or of something that belongs to each. */
type Arrays = Record<string, Float32Array>;

/** Compiles forward and backward pass of `loss` (1), and AdamW over all parameters. */
export async function compileTrainingCpu(
  loss: Tensor,
  { parameters, adamW = {}, readEvery = 1 }: CpuTrainingOptions,
): Promise<TrainingProgram> {
  const { values, layout } = onCpu(parameters);
  const leaves = [...layout.entries.values()];
  // The graph's own leaves: the parameters may come from another graph with the same names.
  const own = new Map(leavesOf([loss], "parameter").map((leaf) => [leaf.node.leaf?.name, leaf]));
  const gradientOf = gradients(loss, leaves.map(({ name, tensor }) => own.get(name) ?? tensor));
  const outputs: Record<string, Tensor> = {
    [LOSS]: loss,
    ...Object.fromEntries(leaves.map(({ name }, i) => [`gradient of ${name}`, gradientOf[i]!])),
  };
  const session = await openOnnxSession(lowerOnnx(outputs));
  const inputs = layOut(leavesOf([loss], "input"));
  const zeros = (): Arrays =>
    Object.fromEntries(leaves.map(({ name }) => [name, new Float32Array(values[name]!.length)]));
  const [sums, firstMoments, secondMoments] = [zeros(), zeros(), zeros()];

  let step = 0;
  let lossSum = 0;
  let microBatches = 0;
  let unread: StepReport[] = [];
  let last: Promise<unknown> = Promise.resolve();

  /** One after the other, as on a queue: a caller need not wait. */
  function queued<T>(work: () => Promise<T>): Promise<T> {
    const result = last.then(work);
    // The caller is told of a failure; the next one begins all the same.
    last = Promise.allSettled([result]);
    return result;
  }

  async function addGradients(given: Readonly<Record<string, ArrayLike<number>>>): Promise<void> {
    const results = await session.run({ ...values, ...given });
    lossSum += results[LOSS]?.[0] ?? NaN;
    for (const { name } of leaves) {
      const gradient = results[`gradient of ${name}`]!;
      const sum = sums[name]!;
      if (microBatches === 0) sum.set(gradient);
      else for (let i = 0; i < sum.length; i++) sum[i]! += gradient[i]!;
    }
    microBatches++;
  }

  function update(learningRate: number): StepReport {
    step++;
    let squares = 0;
    for (const { name } of leaves) {
      const gradient = sums[name]!;
      for (let i = 0; i < gradient.length; i++) {
        const mean = gradient[i]! / microBatches;
        gradient[i] = mean;
        squares += mean * mean;
      }
    }
    const gradientNorm = Math.sqrt(squares);
    const lossNats = lossSum / microBatches;
    if (Number.isFinite(gradientNorm)) {
      for (const { name, tensor: { node: { leaf } } } of leaves) {
        const parameter = {
          value: values[name]!,
          gradient: sums[name]!,
          firstMoment: firstMoments[name]!,
          secondMoment: secondMoments[name]!,
          decays: leaf?.kind === "parameter" && leaf.decay,
        };
        adamWCpu(parameter, gradientNorm, { learningRate, step }, adamW);
      }
    }
    forget();
    return { step, lossNats, gradientNorm };
  }

  function forget(): void {
    microBatches = 0;
    lossSum = 0;
    for (const sum of Object.values(sums)) sum.fill(0);
  }

  const checked = (given: InputValues) =>
    Object.fromEntries(checkedInputs(inputs, given).map(([{ name }, value]) => [name, value]));
  const copy = (arrays: Arrays): Arrays =>
    Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, array.slice()]));

  return {
    memory: graphMemory([loss, ...gradientOf]),
    dispatches: session.nodes,
    accumulate(given) {
      const values = checked(given);
      return queued(() => addGradients(values));
    },
    step(given, learningRate) {
      const values = checked(given);
      return queued(async () => {
        await addGradients(values);
        if (unread.push(update(learningRate)) < readEvery) return [];
        return unread.splice(0);
      });
    },
    readReports: () => queued(() => Promise.resolve(unread.splice(0))),
    readGradients: () => queued(() => Promise.resolve(copy(sums))),
    readState: () =>
      queued(() =>
        Promise.resolve({
          step,
          firstMoments: copy(firstMoments),
          secondMoments: copy(secondMoments),
        })
      ),
    writeState(saved) {
      for (const moments of [saved.firstMoments, saved.secondMoments]) {
        for (const [name, value] of Object.entries(moments)) {
          checkLength(entryOf(layout, name), value.length);
        }
      }
      for (const { name } of leaves) {
        firstMoments[name]!.set(saved.firstMoments[name] ?? []);
        secondMoments[name]!.set(saved.secondMoments[name] ?? []);
      }
      step = saved.step;
      unread = [];
      forget();
    },
    [Symbol.dispose]: () => session[Symbol.dispose](),
  };
}

const LOSS = "loss";
