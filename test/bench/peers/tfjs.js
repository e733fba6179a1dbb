/**
 * tfjs on WebGPU as a program that takes turns. Its packages have to be one file, `tfjs_bundle.mjs`,
 * which {@linkcode bundleTfjs} in turns.ts makes.
 *
 * @module
 */
import { readTensors, serveTurns } from "./serve.ts";

await serveTurns({ matmul: openMatmul });

/** tfjs looks for a page, and asks for a feature list within the list of features. */
async function openTfjs({ peers }) {
  globalThis.window ??= globalThis;
  globalThis.document ??= { createElement: () => ({ getContext: () => null }) };
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = function (descriptor = {}) {
    const requiredFeatures = [...descriptor.requiredFeatures ?? []].flat()
      .filter((feature) => this.features.has(feature));
    return requestDevice.call(this, { ...descriptor, requiredFeatures });
  };
  const tf = await import(`file://${peers}tfjs_bundle.mjs`);
  await tf.setBackend("webgpu");
  await tf.ready();
  tf.backend().device.addEventListener("uncapturederror", ({ error }) => {
    throw error;
  });
  return tf;
}

async function openMatmul(job) {
  const tf = await openTfjs(job);
  const backend = tf.backend();
  const { N } = job.sizes;
  const [a, b] = ["a", "b"].map((name) =>
    tf.tensor2d(readTensors(job.tensors)[name].values, [N, N])
  );
  let repeats = 1;
  return {
    adapter: "webgpu",
    methods: {
      async product(file) {
        const product = tf.matMul(a, b);
        Deno.writeFileSync(file, new Uint8Array((await product.data()).slice().buffer));
        product.dispose();
      },
      prepare(times) {
        repeats = times;
      },
      async multiply() {
        for (let i = 0; i < repeats; i++) tf.matMul(a, b).dispose();
        backend.ensureCommandEncoderReady();
        backend.endComputePassEncoder();
        backend.submitQueue();
        await backend.queue.onSubmittedWorkDone();
      },
    },
  };
}
