/** exponential on the GPU, against the exact one: within a few roundings, and not to one side. */
import { expect, test } from "vitest";
import { createBuffers, createKernel, createProgram } from "../../../src/gpu/mod.ts";
import { withExponential } from "../../../src/tensor/ops/exponential.ts";
import { describeGpu } from "../../support/gpu.ts";

const code = withExponential(`
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn exponentials(@builtin(global_invocation_id) id: vec3u) {
  y[id.x] = exponential(x[id.x]);
}
`);

describeGpu("exponential", (gpu) => {
  /** Of a multiple of 64 values. */
  async function exponentials(values: Float32Array): Promise<Float32Array> {
    using buffers = createBuffers(gpu);
    const [x, y] = [buffers.upload("x", values), buffers.zeroed("y", values.byteLength)];
    const kernel = await createKernel(gpu, { label: "exponentials", code });
    const dispatch = { kernel, bindings: [x, y], workgroups: values.length / 64 };
    const program = await createProgram(gpu, "exponentials", [dispatch]);
    const [bytes] = await program.submit([y]);
    return new Float32Array(bytes!);
  }

  test.each([[-0.1, 0.1], [-8, 0], [-87, 88]])(
    "is off by 3 roundings at most from %d to %d, and by a quarter of one on average",
    async (low, high) => {
      const N = 16_384;
      const values = Float32Array.from({ length: N }, (_, i) => low + (high - low) * i / N);
      const actual = await exponentials(values);
      const errors = Array.from(values, (x, i) => (actual[i]! / Math.exp(x) - 1) * 2 ** 24);
      expect(Math.max(...errors.map(Math.abs))).toBeLessThan(3);
      // The average of llvmpipe's own exp is more than one.
      expect(Math.abs(errors.reduce((sum, error) => sum + error) / N)).toBeLessThan(0.25);
    },
  );

  test("is 1 at 0, 0 far below it, and not a number of what is none", async () => {
    const values = new Float32Array(64);
    values.set([0, -88, -1e30, -Infinity, NaN]);
    expect([...(await exponentials(values)).subarray(0, 5)]).toEqual([1, 0, 0, 0, NaN]);
  });
});
