/**
 * tfjs as a program that takes turns, from the one file that turns.ts makes of its packages: on its
 * backend for WebGPU, or for the processor, which is plain JavaScript and sums in f64.
 *
 * @module
 */
import {
  decoderTensors,
  readTensors,
  rotations,
  serveTurns,
  writeGradients,
  writeValues,
} from "./serve.ts";

await serveTurns({ matmul: openMatmul, train: openTraining });

/** tfjs looks for a page, and asks for features by a list within a list. */
async function openTfjs({ peers, device }) {
  globalThis.window ??= globalThis;
  globalThis.document ??= { createElement: () => ({ getContext: () => null }) };
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = function (descriptor = {}) {
    const requiredFeatures = [...descriptor.requiredFeatures ?? []].flat()
      .filter((feature) => this.features.has(feature));
    return requestDevice.call(this, { ...descriptor, requiredFeatures });
  };
  const tf = await import(`file://${peers}tfjs_backends.mjs`);
  if (!await tf.setBackend(device)) throw new Error(`tfjs has no backend for ${device} here`);
  tf.backend().device?.addEventListener("uncapturederror", ({ error }) => {
    throw error;
  });
  return tf;
}

async function openMatmul(job) {
  const tf = await openTfjs(job);
  const backend = tf.backend();
  const { a, b } = Object.fromEntries(
    Object.entries(readTensors(job.tensors)).map((
      [name, { shape, values }],
    ) => [name, tf.tensor(values, shape)]),
  );
  let repeats = 1;
  return {
    adapter: job.device,
    methods: {
      async product(file) {
        const product = tf.matMul(a, b);
        writeValues(file, await product.data());
        product.dispose();
      },
      prepare(times) {
        repeats = times;
      },
      async multiply() {
        for (let i = 0; i < repeats; i++) tf.matMul(a, b).dispose();
        if (job.device === "cpu") return;
        // It submits once in 15 dispatches; the rest is asked for.
        backend.ensureCommandEncoderReady();
        backend.endComputePassEncoder();
        backend.submitQueue();
        await backend.queue.onSubmittedWorkDone();
      },
    },
  };
}

async function openTraining(job) {
  const tf = await openTfjs(job);
  const { C, L, H, KV, V, T, B } = job.sizes;
  const D = C / H;
  const { weights, batches, heldOut } = decoderTensors(job);
  const parameters = Object.fromEntries(
    Object.entries(weights).map((
      [name, { shape, values }],
    ) => [name, tf.variable(tf.tensor(values, shape))]),
  );
  const [cos, sin] = rotations(T, D).map((values) => tf.tensor(values, [1, T, 1, D / 2]));
  const mask = tf.tensor(
    Float32Array.from({ length: T * T }, (_, i) => i % T > Math.floor(i / T) ? -1e9 : 0),
    [1, 1, T, T],
  );

  function rmsNorm(x, weight) {
    return tf.mul(tf.div(x, tf.sqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-6))), weight);
  }

  function rope(x) {
    const [a, b] = tf.split(x, 2, 3);
    const left = tf.sub(tf.mul(a, cos), tf.mul(b, sin));
    return tf.concat([left, tf.add(tf.mul(a, sin), tf.mul(b, cos))], 3);
  }

  /** Each head of keys and values for all the queries that share it. */
  function repeated(x) {
    if (H === KV) return x;
    const row = tf.reshape(x, [B * T * KV, 1, D]);
    return tf.reshape(tf.concat(Array(H / KV).fill(row), 1), [B, T, H, D]);
  }

  function oneHot(ids) {
    return tf.cast(tf.oneHot(ids, V), "float32");
  }

  function lossOf(tokens, targets) {
    const weight = (layer, name) => parameters[`model.layers.${layer}.${name}.weight`];
    const linear = (x, matrix) => tf.matMul(tf.reshape(x, [B * T, -1]), matrix);
    const table = parameters["model.embed_tokens.weight"];
    let x = tf.matMul(oneHot(tokens), table);
    for (let layer = 0; layer < L; layer++) {
      const normed = rmsNorm(x, weight(layer, "input_layernorm"));
      const heads = (name, count) =>
        tf.reshape(linear(normed, weight(layer, `self_attn.${name}_proj`)), [B, T, count, D]);
      const [queries, keys, values] = [
        rope(heads("q", H)),
        repeated(rope(heads("k", KV))),
        repeated(heads("v", KV)),
      ].map((part) => tf.transpose(part, [0, 2, 1, 3]));
      const scores = tf.mul(tf.matMul(queries, keys, false, true), 1 / Math.sqrt(D));
      const attended = tf.matMul(tf.softmax(tf.add(scores, mask)), values);
      const joined = tf.transpose(attended, [0, 2, 1, 3]);
      x = tf.add(x, linear(joined, weight(layer, "self_attn.o_proj")));
      const hidden = rmsNorm(x, weight(layer, "post_attention_layernorm"));
      const gate = linear(hidden, weight(layer, "mlp.gate_proj"));
      const up = linear(hidden, weight(layer, "mlp.up_proj"));
      const gated = tf.mul(tf.mul(gate, tf.sigmoid(gate)), up);
      x = tf.add(x, linear(gated, weight(layer, "mlp.down_proj")));
    }
    const normed = rmsNorm(x, parameters["model.norm.weight"]);
    const logits = tf.matMul(normed, table, false, true);
    return tf.mul(tf.sum(tf.mul(tf.logSoftmax(logits), oneHot(targets))), -1 / (B * T));
  }

  const variables = Object.values(parameters);
  const moments = variables.map((variable) =>
    [0, 1].map(() => tf.variable(tf.zerosLike(variable)))
  );
  const inputs = ({ tokens, targets }) => [tokens, targets].map((ids) => tf.tensor1d(ids, "int32"));

  function update(variable, slope, [mean, square], step) {
    mean.assign(tf.add(tf.mul(mean, 0.9), tf.mul(slope, 0.1)));
    square.assign(tf.add(tf.mul(square, 0.95), tf.mul(tf.square(slope), 0.05)));
    const root = tf.add(tf.sqrt(tf.div(square, 1 - 0.95 ** step)), 1e-8);
    const change = tf.add(tf.div(tf.div(mean, 1 - 0.9 ** step), root), tf.mul(variable, 0.1));
    variable.assign(tf.sub(variable, tf.mul(change, job.learningRate)));
  }

  async function number(compute) {
    const value = tf.tidy(compute);
    const [number] = await value.data();
    value.dispose();
    return number;
  }

  let steps = 0;
  return {
    adapter: job.device,
    methods: {
      step() {
        const batch = batches[steps++ % batches.length];
        return number(() => {
          const ids = inputs(batch);
          const { value, grads } = tf.variableGrads(() => lossOf(...ids), variables);
          for (const [i, variable] of variables.entries()) {
            update(variable, grads[variable.name], moments[i], steps);
          }
          return value;
        });
      },
      async gradients(file) {
        const { grads } = tf.variableGrads(() => lossOf(...inputs(batches[0])), variables);
        const slopes = Object.entries(parameters).map(async ([name, variable]) => {
          const values = await grads[variable.name].data();
          return [name, { shape: variable.shape, values }];
        });
        writeGradients(file, Object.fromEntries(await Promise.all(slopes)));
      },
      async evaluate() {
        let sum = 0;
        for (const batch of heldOut) sum += await number(() => lossOf(...inputs(batch)));
        return sum / heldOut.length;
      },
    },
  };
}
