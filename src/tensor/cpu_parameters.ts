/**
 * The parameters of a model in the processor's memory, for programs that run without a GPU.
 *
 * @module
 */

import { checkLength, entryOf, type FlatLayout } from "./flat_layout.ts";
import type { Parameters } from "./parameters.ts";
import { sizeOf } from "./shape.ts";
import { checkStorable, type ParameterStorage, toStored } from "./storage.ts";
import { TensorError } from "./tensor_error.ts";

/** Parameters that programs on the processor read, and change, in place. */
export interface CpuParameters extends Parameters {
  readonly values: Readonly<Record<string, Float32Array>>;
  readonly layout: FlatLayout;
}

/**
 * Room for every entry of a layout, all zeros. What is f16 there is rounded when it is written, and
 * kept as f32, as onnxruntime computes with.
 */
export function createCpuParameters(layout: FlatLayout, storage: ParameterStorage): CpuParameters {
  const values = Object.fromEntries(
    [...layout.entries.values()].map(({ name, tensor }) => [
      name,
      new Float32Array(sizeOf(tensor.shape)),
    ]),
  );
  return {
    ...namesOf(layout),
    storage,
    values,
    layout,
    write(given) {
      for (const [name, value] of Object.entries(given)) {
        const entry = entryOf(layout, name);
        checkLength(entry, value.length);
        checkStorable(entry, value);
      }
      for (const [name, value] of Object.entries(given)) {
        const stored = toStored(entryOf(layout, name), value);
        values[name]?.set(stored.subarray(0, value.length));
      }
    },
    read: () =>
      Promise.resolve(
        Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.slice()])),
      ),
    [Symbol.dispose]: () => {},
  };
}

/**
 * The same parameters, seen as what a program on the processor needs.
 *
 * @throws {TensorError} "graph" where they are on a GPU.
 */
export function onCpu(parameters: Parameters): CpuParameters {
  if ("values" in parameters) return parameters as CpuParameters;
  throw new TensorError("graph", "These parameters are on a GPU: create them without one.");
}

/** What a layout tells about parameters, wherever they are. */
export function namesOf({ entries }: FlatLayout): Pick<Parameters, "names" | "size"> {
  const sizes = [...entries.values()].map(({ tensor }) => sizeOf(tensor.shape));
  return { names: [...entries.keys()], size: sizes.reduce((sum, size) => sum + size, 0) };
}
