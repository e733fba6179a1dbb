/** Fused elementwise ops: how many dispatches remain, what is stored, and that results stay the same. */
import { describe, expect, test } from "vitest";
import { countGpuCalls } from "../../src/gpu/mod.ts";
import {
  add,
  apply,
  compile,
  crossEntropy,
  dropout,
  evaluateCpu,
  gelu,
  gradients,
  input,
  mul,
  scale,
  state,
  sum,
  sumRows,
  swiGlu,
  type Tensor,
} from "../../src/tensor/mod.ts";
import { fuse } from "../../src/tensor/fusion.ts";
import { type KernelCall, nodesOf } from "../../src/tensor/tensor.ts";
import { describeGpu } from "../support/gpu.ts";
import {
  checkGradient,
  checkKernels,
  expectWithin,
  randomFor,
  type Values,
  weightedSum,
} from "./check_op.ts";
import { softCap } from "./own_attention.ts";

const seed = input("seed", [1], "u32");
const drop = (x: Tensor) => dropout(x, seed, { rate: 0.1, stream: 3 });

/** Five ops, two of which repeat a smaller operand. */
const chain = (x: Tensor, b: Tensor) => drop(gelu(add(mul(scale(x, 0.7), b), b)));

function valuesFor(leaves: readonly Tensor[]): Values {
  return { ...randomFor(leaves), seed: Uint32Array.of(5) };
}

/** Every result that a tensor is made from: where all are asked for, nothing is fused. */
function resultsOf(tensor: Tensor): Tensor[] {
  return nodesOf([tensor]).flatMap(({ leaf, outputs }) => leaf ? [] : outputs);
}

/** The kernels that a graph is lowered to. */
function kernelsOf(outputs: readonly Tensor[]): KernelCall[] {
  return fuse(nodesOf(outputs), new Set(outputs))
    .flatMap(({ kernels }) => kernels({ accumulate: false }))
    .map((call) => "variants" in call ? call.variants[0]! : call);
}

const labelsOf = (outputs: readonly Tensor[]) =>
  kernelsOf(outputs).map(({ kernel }) => kernel.label);

describeGpu("a chain of five", (gpu) => {
  test.each([[[1], [1]], [[7], [1]], [[3, 5, 7], [5, 7]], [[127, 33], [33]]])(
    "of %j, with operands of %j, is one dispatch that stores its result alone",
    async (shape, repeated) => {
      const [x, b] = [input("x", shape), input("b", repeated)];
      const y = chain(x, b);
      const { result: program, calls } = await countGpuCalls(() => compile(gpu, [y]));
      using _ = program;
      const bytes = 4 * shape.reduce((size, length) => size * length);
      expect(program.dispatches).toBe(1);
      expect(program.memory)
        .toEqual({ activationBytes: bytes, peakBytes: bytes, unsharedBytes: bytes });
      // The inputs and the result.
      expect(calls.buffers).toBe(2);
      const values = valuesFor([x, b]);
      checkGradient(weightedSum(y), [x, b], values);
      // A gradient of b sums up to 127 rows.
      await checkKernels(gpu, [y, ...gradients(weightedSum(y), [x, b])], values, 256);
    },
  );

  test("takes more elements than one dimension of a dispatch has invocations", async () => {
    const [x, b] = [input("x", [65_537, 65]), input("b", [65])];
    using program = await compile(gpu, [add(mul(scale(x, 0.5), b), b)]);
    expect(program.dispatches).toBe(1);
    // All of it is exact.
    const values = {
      x: Float32Array.from({ length: 65_537 * 65 }, (_, i) => i % 4099),
      b: Float32Array.from({ length: 65 }, (_, i) => i),
    };
    const [y] = await program.run(values);
    expect(y!.findIndex((value, i) => value !== (i % 4099 / 2 + 1) * (i % 65))).toBe(-1);
  });

  test("drops the elements that the ops drop one by one, and has their bits", async () => {
    const [x, b] = [input("x", [333, 7]), input("b", [7])];
    const y = add(chain(x, b), drop(b));
    const values = valuesFor([x, b]);
    using fused = await compile(gpu, [y]);
    using apart = await compile(gpu, resultsOf(y));
    expect([fused.dispatches, apart.dispatches]).toEqual([2, 7]);
    const [actual] = await fused.run(values);
    const expected = (await apart.run(values)).at(-1)!;
    // A GPU may round a product and a sum once instead of twice.
    if (gpu.software) expect(actual).toEqual(expected);
    else expectWithin(actual!, Float64Array.from(expected), 8, "y");
    using zeros = await compile(gpu, [chain(x, b)]);
    const [dropped] = await zeros.run(values);
    const [reference] = evaluateCpu([chain(x, b)], values);
    expect(dropped!.map((value) => Number(value === 0)))
      .toEqual(Float32Array.from(reference!, (value) => Number(value === 0)));
  });
});

describeGpu("fused kernels", (gpu) => {
  const [x, b] = [input("x", [3, 5]), input("b", [3, 5])];
  const row = input("row", [5]);

  const graphs: Record<string, { outputs: () => Tensor[]; kernels: string[] }> = {
    "make a result once that is read twice": {
      outputs: () => {
        const h = gelu(x);
        return [mul(h, add(h, b))];
      },
      kernels: ["elementwise_gelu_add_mul"],
    },
    "make a result once that one op reads twice": {
      outputs: () => {
        const h = gelu(x);
        return [mul(h, h)];
      },
      kernels: ["elementwise_gelu_mul"],
    },
    "store a result that an op without a formula reads too": {
      outputs: () => {
        const h = gelu(x);
        return [scale(h, 2), sumRows(h)];
      },
      kernels: ["elementwise_gelu", "elementwise_scale", "sum_rows"],
    },
    "store a result that two of them read": {
      outputs: () => {
        const h = gelu(x);
        return [scale(h, 2), scale(h, 3)];
      },
      kernels: ["elementwise_gelu", "elementwise_scale", "elementwise_scale"],
    },
    "store a result that is repeated": {
      outputs: () => [add(x, scale(row, 2))],
      kernels: ["elementwise_scale", "elementwise_add"],
    },
    "store what is asked for, inside a chain too": {
      outputs: () => {
        const inner = add(scale(x, 2), b);
        return [gelu(scale(inner, 3)), inner];
      },
      kernels: ["elementwise_scale_add", "elementwise_scale_gelu"],
    },
    "take a tree": {
      outputs: () => [add(mul(gelu(x), b), scale(mul(x, b), 0.5))],
      kernels: ["elementwise_gelu_mul_mul_scale_add"],
    },
    "take an op of one's own that tells its formula": {
      outputs: () => [scale(softCap(add(x, b)), 2)],
      kernels: ["elementwise_add_softCap_scale"],
    },
    "end at one that does not": {
      outputs: () => [scale(twice(add(x, b)), 2)],
      kernels: ["elementwise_add", "twice", "elementwise_scale"],
    },
    "keep functions of one name apart": {
      outputs: () => [power(power(x, 2), 3)],
      kernels: ["elementwise_power", "elementwise_power"],
    },
    "begin with swiGlu": {
      outputs: () => [scale(swiGlu(scale(input("gated", [3, 10]), 2)), 3)],
      kernels: ["elementwise_scale", "elementwise_swiGlu_scale"],
    },
  };

  test.each(Object.entries(graphs))("%s", async (_, { outputs: make, kernels }) => {
    const outputs = make();
    expect(labelsOf(outputs)).toEqual(kernels);
    const leaves = nodesOf(outputs).flatMap(({ leaf, outputs }) => leaf ? outputs : []);
    await checkKernels(gpu, outputs, randomFor(leaves), 64);
  });

  test("call a function of a result once", () => {
    const h = gelu(x);
    const [call] = kernelsOf([mul(h, add(h, b))]);
    expect(call!.kernel.code.match(/= gelu\(/g)).toHaveLength(1);
  });

  test("scale logits in the kernel of the loss's gradient", () => {
    const logits = input("logits", [6, 9]);
    const targets = input("targets", [6], "u32");
    const [dlogits] = gradients(sum(crossEntropy(scale(logits, 0.25), targets)), [logits]);
    expect(labelsOf([dlogits!]).at(-1)).toBe("elementwise_crossEntropyGradient_scale");
  });

  test.each([[7, 1], [8, 2], [13, 2], [14, 3], [40, 7]])(
    "of a sum of %d tensors are %d, with at most 8 buffers each",
    async (count, kernels) => {
      const terms = Array.from({ length: count }, (_, i) => input(`term ${i}`, [11, 3]));
      const total = terms.reduce(add);
      const calls = kernelsOf([total]);
      expect(calls).toHaveLength(kernels);
      for (const { kernel, bindings } of calls) {
        expect(kernel.code.match(/var<storage/g)).toHaveLength(bindings.length);
        expect(bindings.length).toBeLessThanOrEqual(8);
      }
      await checkKernels(gpu, [total], randomFor(terms), count);
    },
  );

  test("hold long chains", async () => {
    let y: Tensor = x;
    for (let i = 0; i < 300; i++) y = add(scale(y, i % 2 ? 1.1 : 0.9), b);
    using program = await compile(gpu, [y]);
    expect(program.dispatches).toBe(1);
    const values = randomFor([x, b]);
    const [actual] = await program.run(values);
    expectWithin(actual!, evaluateCpu([y], values)[0]!, 1200, "y");
  });

  test("tell which op has a formula that is not WGSL", async () => {
    const [y] = apply({
      op: "broken",
      inputs: [x],
      outputs: [{ shape: x.shape, dtype: "f32" }],
      cpu: (x) => [x],
      formula: { expression: (x) => `nonsense(${x})` },
    });
    await expect(compile(gpu, [scale(y, 2)])).rejects.toMatchObject({
      code: "shader",
      message: expect.stringMatching(/"elementwise_broken_scale".*nonsense\(value_0\)/),
    });
  });
});

describe("fuse", () => {
  test("leaves an op that reads a state where it is: others write to states", () => {
    const read = scale(state("cache", [4]), 2);
    expect(labelsOf([scale(read, 3)])).toEqual(["elementwise_scale", "elementwise_scale"]);
    const given = scale(input("x", [4]), 2);
    expect(labelsOf([scale(given, 3)])).toEqual(["elementwise_scale_scale"]);
  });

  test("runs the kernels of an op alone, and its formula with others", () => {
    const x = input("x", [4]);
    const y = twice(x, true);
    expect(labelsOf([y])).toEqual(["twice"]);
    expect(labelsOf([scale(y, 3)])).toEqual(["elementwise_twice_scale"]);
  });
});

describe("apply", () => {
  const x = input("x", [4, 3]);
  const cpu = (x: Float64Array) => [x] as const;
  const outputs = [{ shape: [4, 3], dtype: "f32" }] as const;
  const formula = { expression: (x: string) => x };

  test("refuses an op that no GPU can run", () => {
    expect(() => apply({ op: "none", inputs: [x], outputs, cpu }))
      .toThrow(/none has neither kernels nor a formula/);
  });

  test("refuses a formula of two results, and of inputs that do not fit the result", () => {
    const two = [outputs[0], outputs[0]] as const;
    expect(() => apply({ op: "two", inputs: [x], outputs: two, cpu: (x) => [x, x], formula }))
      .toThrow(/two has a formula and 2 results/);
    const other = input("other", [4]);
    expect(() => apply({ op: "other", inputs: [other], outputs, cpu, formula }))
      .toThrow(/other: .*\(4\).*\(4, 3\)/);
  });
});

/** 2x by a kernel; with `told`, by a formula too. */
function twice(x: Tensor, told = false): Tensor {
  const code = `
    @group(0) @binding(0) var<storage, read> x: array<f32>;
    @group(0) @binding(1) var<storage, read_write> y: array<f32>;
    @compute @workgroup_size(64) fn twice(@builtin(global_invocation_id) id: vec3u) {
      if (id.x < arrayLength(&x)) { y[id.x] = 2 * x[id.x]; }
    }`;
  const [y] = apply({
    op: "twice",
    inputs: [x],
    outputs: [{ shape: x.shape, dtype: "f32" }],
    cpu: (x) => [x.map((value) => 2 * value)],
    kernels: ([y]) => [{ kernel: { label: "twice", code }, bindings: [x, y], workgroups: 1 }],
    ...(told ? { formula: { expression: (x: string) => `2.0 * ${x}` } } : {}),
  });
  return y;
}

/** xⁿ by a function whose name is the same for every n. */
function power(x: Tensor, n: number): Tensor {
  const product = Array(n).fill("x").join(" * ");
  const [y] = apply({
    op: "power",
    inputs: [x],
    outputs: [{ shape: x.shape, dtype: "f32" }],
    cpu: (x) => [x.map((value) => value ** n)],
    formula: {
      expression: (x) => `raise(${x})`,
      functions: [`fn raise(x: f32) -> f32 { return ${product}; }\n`],
    },
  });
  return y;
}
