/** Several models of onnxruntime-web at a time, in one WebAssembly with one stack. */
import { expect, test } from "vitest";
import { type OnnxModel, openOnnxSession } from "../../../src/tensor/mod.ts";

/** Outputs x + 1 * x, x + 2 * x and so on: the more there are, the longer a run waits within. */
function sums(outputs: number): OnnxModel {
  const port = { type: "float", shape: [4] } as const;
  const names = Array.from({ length: outputs }, (_, i) => `y${i}`);
  return {
    inputs: [{ name: "x", ...port }],
    outputs: names.map((name) => ({ name, ...port })),
    nodes: names.map((name, i) => ({
      op: "Add",
      inputs: ["x", names[i - 1] ?? "x"],
      outputs: [name],
      attributes: {},
    })),
    initializers: [],
  };
}

test("runs that overlap do not write over each other", async () => {
  using few = await openOnnxSession(sums(1));
  using many = await openOnnxSession(sums(200));
  // The first ends while the second is under way, and then another model is loaded and run.
  const begun = few.run({ x: [1, 2, 3, 4] });
  const [long, later] = await Promise.all([
    many.run({ x: [1, 2, 3, 4] }),
    begun.then(async () => {
      using third = await openOnnxSession(sums(3));
      return await third.run({ x: [0, 0, 0, 5] });
    }),
  ]);
  expect((await begun)["y0"]).toEqual(Float32Array.of(2, 4, 6, 8));
  expect(Object.values(long)).toEqual(
    Array.from({ length: 200 }, (_, i) => Float32Array.of(1, 2, 3, 4).map((x) => (i + 2) * x)),
  );
  expect(later["y2"]).toEqual(Float32Array.of(0, 0, 0, 20));
});

test("a model that is disposed of during a run ends it first", async () => {
  const session = await openOnnxSession(sums(2));
  const running = session.run({ x: [1, 1, 1, 1] });
  session[Symbol.dispose]();
  expect((await running)["y1"]).toEqual(Float32Array.of(3, 3, 3, 3));
  await expect(session.run({ x: [1, 1, 1, 1] })).rejects.toThrow();
});
