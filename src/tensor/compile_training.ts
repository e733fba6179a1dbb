/**
 * A training step as a program: forward, backward and update in one submit of one pass.
 *
 * @module
 */

import {
  type Binding,
  createBuffers,
  createProgram,
  type Gpu,
  inErrorScopes,
  readBuffers,
} from "../gpu/mod.ts";
import {
  ADAM_W_STEP_BYTES,
  adamW,
  type AdamWOptions,
  type AdamWState,
  packAdamWStep,
} from "./adam_w.ts";
import { compileTrainingCpu } from "./compile_training_cpu.ts";
import { entryOf } from "./flat_layout.ts";
import { createInputs, type InputValues } from "./inputs.ts";
import { type GraphMemory, lower } from "./lower.ts";
import {
  checkTrainable,
  type GpuParameters,
  onGpu,
  type Parameters,
  readFlat,
} from "./parameters.ts";
import type { Tensor } from "./tensor.ts";
import { accumulatedTerms } from "./training_graph.ts";
import {
  createAdamWState,
  type OptimizerState,
  readOptimizerState,
  writeOptimizerState,
} from "./training_state.ts";
import type { Tuning } from "./tuning.ts";

/** What training is compiled with. */
export interface TrainingOptions {
  /** Every parameter that the loss is made from. */
  readonly parameters: Parameters;
  readonly adamW?: AdamWOptions;
  /** Loss and gradient norm are read back once in so many steps. */
  readonly readEvery?: number;
  readonly tuning?: Tuning;
}

/** Loss and gradient norm of one step, before clipping; means over micro-batches. */
export interface StepReport {
  /** Counts from 1. */
  readonly step: number;
  readonly lossNats: number;
  readonly gradientNorm: number;
}

/** A compiled training step. Its owner disposes of it. */
export interface TrainingProgram extends Disposable {
  readonly memory: GraphMemory;
  /** Dispatches of a step. */
  readonly dispatches: number;
  /**
   * Adds the gradients of a micro-batch to those of the step to come: one submit, one `writeBuffer`.
   *
   * @throws {TensorError} "data" where an input is missing, unknown, or of another length.
   */
  accumulate(inputs: InputValues): Promise<void>;
  /**
   * The gradients of one more micro-batch, and the update: one submit of one pass, two
   * `writeBuffer`. Resolves when the device has accepted the work, with nothing; on every
   * `readEvery`-th step when it is done, with the reports since the last time. Need not be awaited
   * before the next step. A step whose gradient norm is not finite changes no parameter.
   *
   * @throws {TensorError} "data" where an input is missing, unknown, or of another length.
   */
  step(inputs: InputValues, learningRate: number): Promise<StepReport[]>;
  /** The reports that no step has given yet, once these steps are done. */
  readReports(): Promise<StepReport[]>;
  /** Sums of gradients by parameter since the last step; for inspection. */
  readGradients(): Promise<Record<string, Float32Array>>;
  /** Moments and the number of steps so far. */
  readState(): Promise<OptimizerState>;
  /** @throws {TensorError} "data" where a name is unknown or a length is not the parameter's. */
  writeState(state: OptimizerState): void;
}

/**
 * Compiles forward and backward pass of `loss`, and AdamW over all parameters.
 *
 * @param gpu Where it runs; `null` for the processor, by onnxruntime-web's WebAssembly.
 * @param loss (1) f32.
 * @throws {TensorError} "graph" where the loss does not depend on a parameter, or has no gradient, or
 * where parameters are stored as f16.
 * @throws {GpuError} "shader", "limit", "validation", "lost".
 * @example
 * ```ts
 * import { compileTraining, createParameters, input, mean, mul, openGpu, parameter } from "bottega";
 * using gpu = await openGpu();
 * const x = input("x", [4]);
 * const weight = parameter("weight", [4]);
 * const loss = mean(mul(x, weight));
 * using parameters = createParameters(gpu, [loss]);
 * using training = await compileTraining(gpu, loss, { parameters });
 * const [report] = await training.step({ x: [1, 2, 3, 4] }, 0.1);
 * console.log(report?.lossNats); // 0
 * ```
 */
export async function compileTraining(
  gpu: Gpu | null,
  loss: Tensor,
  { parameters: given, adamW: options = {}, readEvery = 1, tuning }: TrainingOptions,
): Promise<TrainingProgram> {
  checkTrainable(given);
  if (!gpu) {
    return await compileTrainingCpu(loss, { parameters: given, adamW: options, readEvery });
  }
  const parameters = onGpu(given);
  const buffers = createBuffers(gpu);
  try {
    const inputs = createInputs(gpu, buffers, [loss]);
    const state = await inErrorScopes(
      gpu,
      "the memory for gradients and moments",
      () => createAdamWState(buffers, parameters, readEvery),
    );
    const accumulated = accumulations(loss, parameters, state);
    const results = [...accumulated.keys()];
    const placement = { inputs, parameters, accumulated, tuning };
    const { dispatches: gradient, memory } = await lower(gpu, buffers, results, placement);
    const update = await adamW(gpu, buffers, parameters, state, options);
    const [gradientProgram, stepProgram] = await Promise.all([
      createProgram(gpu, "gradient", gradient),
      createProgram(gpu, "step", [...gradient, ...update]),
    ]);

    const packed = new ArrayBuffer(ADAM_W_STEP_BYTES);
    let step = 0;
    let microBatches = 0;
    let unread: number[] = [];
    return {
      memory,
      dispatches: gradient.length + update.length,
      async accumulate(values) {
        inputs.write(values);
        microBatches++;
        await gradientProgram.submit([]);
      },
      async step(values, learningRate) {
        inputs.write(values);
        step++;
        microBatches++;
        const note = unread.push(step) - 1;
        packAdamWStep(packed, { learningRate, step, microBatches, note }, options);
        gpu.device.queue.writeBuffer(state.step, 0, packed);
        microBatches = 0;
        if (unread.length < readEvery) {
          await stepProgram.submit([]);
          return [];
        }
        const steps = unread;
        unread = [];
        const [notes] = await stepProgram.submit([state.notes]);
        return reportsOf(steps, new Float32Array(notes));
      },
      async readReports() {
        if (unread.length === 0) return [];
        const steps = unread;
        unread = [];
        const [notes] = await readBuffers(gpu, [state.notes]);
        return reportsOf(steps, new Float32Array(notes));
      },
      readGradients: () => readFlat(gpu, state.gradients, parameters.layout),
      readState: () => readOptimizerState(gpu, parameters, state, step),
      writeState(saved) {
        writeOptimizerState(gpu, parameters, state, saved);
        step = saved.step;
        microBatches = 0;
        unread = [];
      },
      [Symbol.dispose]: () => buffers[Symbol.dispose](),
    };
  } catch (error) {
    buffers[Symbol.dispose]();
    throw error;
  }
}

/** Where each of {@linkcode accumulatedTerms} is added. */
function accumulations(
  loss: Tensor,
  { layout }: GpuParameters,
  state: AdamWState,
): Map<Tensor, Binding> {
  return new Map(
    [...accumulatedTerms(loss)].map(([term, target]): [Tensor, Binding] => {
      if (target === loss) return [term, state.loss];
      const { offsetBytes, sizeBytes } = entryOf(layout, target.node.leaf?.name ?? "");
      return [term, { buffer: state.gradients, offset: offsetBytes, size: sizeBytes }];
    }),
  );
}

function reportsOf(steps: readonly number[], notes: Float32Array): StepReport[] {
  return steps.map((step, i) => ({
    step,
    lossNats: notes[2 * i] ?? NaN,
    gradientNorm: notes[2 * i + 1] ?? NaN,
  }));
}
