/** Matrix products: both kernels against the reference, the reference against finite differences. */
import { describe, expect, test } from "vitest";
import { createBuffers, createKernel, createProgram } from "../../../src/gpu/mod.ts";
import { evaluateCpu, gradients, matmul, parameter } from "../../../src/tensor/mod.ts";
import type { KernelCall, Tensor } from "../../../src/tensor/mod.ts";
import { canRun } from "../../../src/tensor/tuning.ts";
import { describeGpu } from "../../support/gpu.ts";
import { checkGradient, checkKernels, expectWithin, randomFor, weightedSum } from "../check_op.ts";
import type { Gpu } from "../../../src/gpu/mod.ts";

/** As many roundings as a sum of K products takes, where none is larger than the largest result. */
const terms = (K: number) => 2 * (K + 2);

const transposes = [[false, false], [false, true], [true, false], [true, true]] as const;

function operands(M: number, N: number, K: number, transposeA: boolean, transposeB: boolean) {
  const a = parameter("a", transposeA ? [K, M] : [M, K]);
  const b = parameter("b", transposeB ? [N, K] : [K, N]);
  return { a, b, options: { transposeA, transposeB } };
}

describe("matmul", () => {
  test("multiplies", () => {
    const { a, b } = operands(2, 2, 3, false, false);
    const [c] = evaluateCpu([matmul(a, b)], { a: [1, 2, 3, 4, 5, 6], b: [1, 0, 0, 1, 1, 1] });
    expect([...c!]).toEqual([4, 5, 10, 11]);
  });

  test.each(transposes)("has the gradient of its reference, transposed %s %s", (tA, tB) => {
    const { a, b, options } = operands(3, 4, 5, tA, tB);
    const bias = parameter("bias", [4]);
    const residual = parameter("residual", [3, 4]);
    const loss = weightedSum(matmul(a, b, { ...options, bias, residual }));
    const leaves = [a, b, bias, residual];
    checkGradient(loss, leaves, randomFor(leaves));
  });

  test("has the gradient of its reference in a batch, and for one matrix under a batch", () => {
    const a = parameter("a", [2, 3, 4]);
    const b = parameter("b", [2, 4, 5]);
    const c = parameter("c", [5, 4]);
    checkGradient(weightedSum(matmul(a, b)), [a, b], randomFor([a, b]));
    const shared = matmul(a, c, { transposeB: true });
    expect(shared.shape).toEqual([2, 3, 5]);
    checkGradient(weightedSum(shared), [a, c], randomFor([a, c]));
  });

  test("refuses shapes that do not fit, naming itself and them", () => {
    const { a, b } = operands(2, 3, 4, false, false);
    const message = /matmul.*a \(2, 4\), b \(2, 4\)/;
    expect(() => matmul(a, a)).toThrow(expect.objectContaining({ code: "shape" }));
    expect(() => matmul(a, a)).toThrow(message);
    expect(() => matmul(a, b, { transposeB: true })).toThrow(/matmul nt: .*\(4, 3\)/);
    expect(() => matmul(a, b, { bias: a })).toThrow(/product \(2, 3\), bias \(2, 4\)/);
    expect(() => matmul(parameter("c", [2, 2, 4]), parameter("d", [3, 4, 5]))).toThrow(
      /\(3, 4, 5\)/,
    );
  });
});

describeGpu("matmul", (gpu) => {
  test.each([[7, 13, 5], [130, 68, 36], [36, 260, 8]])(
    "equals the reference for (%i, %i, %i), transposed every way, and so does its gradient",
    async (M, N, K) => {
      for (const [tA, tB] of transposes) {
        const { a, b, options } = operands(M, N, K, tA, tB);
        const c = matmul(a, b, options);
        const both = gradients(weightedSum(c), [a, b]);
        await checkKernels(gpu, [c, ...both], randomFor([a, b]), terms(Math.max(M, N, K)));
      }
    },
  );

  test("adds a bias and a residual, in batches too", async () => {
    const a = parameter("a", [3, 10, 8]);
    const b = parameter("b", [3, 8, 12]);
    const bias = parameter("bias", [12]);
    const residual = parameter("residual", [3, 10, 12]);
    const c = matmul(a, b, { bias, residual });
    await checkKernels(gpu, [c], randomFor([a, b, bias, residual]), terms(8));
  });

  const few = ["matmul_columns", "matmul_lanes", "matmul_tiles"];

  test.each([
    [72, 100, 40, ["matmul_broadcast", "matmul_registers", "matmul_tiles"]],
    [1, 100, 40, few],
    [2, 7, 4, few],
    [3, 103, 132, few],
    [4, 1, 68, few],
  ])("equals the reference for (%i, %i, %i) with each kernel, of halves too", async (...sizes) => {
    const [M, N, K, labels] = sizes;
    const { a, b } = operands(M, N, K, false, true);
    const bias = parameter("bias", [N]);
    const residual = parameter("residual", [M, N]);
    const leaves = [a, b, bias, residual];
    const c = matmul(a, b, { transposeB: true, bias, residual });
    const floats = randomFor(leaves);
    const halves = Float16Array.from(floats["b"]!);
    for (const inHalves of [false, true]) {
      const values = inHalves ? { ...floats, b: Float32Array.from(halves) } : floats;
      const [expected] = evaluateCpu([c], values);
      const [call] = c.node.kernels({
        accumulate: false,
        inHalves: (tensor) => inHalves && tensor === b,
      });
      const variants = call && "variants" in call ? call.variants : [];
      expect(variants.map(({ kernel }) => kernel.label)).toEqual(labels);
      for (const variant of variants.filter((variant) => canRun(gpu, variant))) {
        const stored = leaves.map((leaf) => [leaf, values[leaf.node.leaf!.name]!] as const);
        const given = new Map<Tensor, ArrayBufferView>(stored);
        if (inHalves) given.set(b, halves);
        const actual = await runCall(gpu, variant, given, c);
        expectWithin(actual, expected!, terms(K), `${variant.kernel.label} ${inHalves}`);
      }
    }
  });
});

/** Runs one kernel on values of its own. */
async function runCall(
  gpu: Gpu,
  { kernel, bindings, workgroups }: KernelCall,
  values: Map<Tensor, ArrayBufferView>,
  result: Tensor,
): Promise<Float32Array> {
  using buffers = createBuffers(gpu);
  const places = new Map<Tensor, GPUBuffer>();
  for (const [tensor, value] of values) places.set(tensor, buffers.upload("operand", value));
  const size = 4 * result.shape.reduce((size, length) => size * length, 1);
  places.set(result, buffers.zeroed("result", size));
  for (const tensor of bindings) {
    const { leaf } = tensor.node;
    if (leaf?.kind === "constant") places.set(tensor, buffers.upload(leaf.name, leaf.make()));
  }
  const dispatch = {
    kernel: await createKernel(gpu, kernel),
    bindings: bindings.map((tensor) => places.get(tensor)!),
    workgroups,
  };
  const program = await createProgram(gpu, "one kernel", [dispatch]);
  const [bytes] = await program.submit([places.get(result)!]);
  return new Float32Array(bytes!);
}
