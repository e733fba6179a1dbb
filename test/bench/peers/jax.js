/**
 * jax-js as a program that takes turns: on WebGPU, or on the processor by its WebAssembly.
 *
 * @module
 */
import { readTensors, serveTurns } from "./serve.ts";

await serveTurns({ matmul: openMatmul });

async function openJax({ peers, device }) {
  const jax = await import(`file://${peers}node_modules/@jax-js/jax/dist/index.js`);
  await jax.init(device);
  jax.defaultDevice(device);
  return jax;
}

async function openMatmul(job) {
  const { numpy: np, jit, blockUntilReady } = await openJax(job);
  const { N } = job.sizes;
  const [a, b] = ["a", "b"].map((name) =>
    np.array(readTensors(job.tensors)[name].values).reshape([N, N])
  );
  const product = jit((a, b) => np.matmul(a, b));
  let repeats = 1;
  return {
    adapter: job.device,
    methods: {
      async product(file) {
        Deno.writeFileSync(
          file,
          new Uint8Array((await product(a.ref, b.ref).data()).slice().buffer),
        );
      },
      prepare(times) {
        repeats = times;
      },
      async multiply() {
        for (let i = 1; i < repeats; i++) product(a.ref, b.ref).dispose();
        const last = product(a.ref, b.ref);
        await blockUntilReady(last);
        last.dispose();
      },
    },
  };
}
