/**
 * jax-js as a program that takes turns: on WebGPU, or on the processor by its WebAssembly.
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

async function openJax({ peers, device }) {
  const jax = await import(`file://${peers}node_modules/@jax-js/jax/dist/index.js`);
  await jax.init(device);
  jax.defaultDevice(device);
  return jax;
}

async function openMatmul(job) {
  const { numpy: np, jit, blockUntilReady } = await openJax(job);
  const { a, b } = Object.fromEntries(
    Object.entries(readTensors(job.tensors)).map((
      [name, { shape, values }],
    ) => [name, np.array(values).reshape(shape)]),
  );
  const multiplied = jit((a, b) => np.matmul(a, b));
  let repeats = 1;
  return {
    adapter: job.device,
    methods: {
      async product(file) {
        writeValues(file, await multiplied(a.ref, b.ref).data());
      },
      prepare(times) {
        repeats = times;
      },
      async multiply() {
        for (let i = 1; i < repeats; i++) multiplied(a.ref, b.ref).dispose();
        const last = multiplied(a.ref, b.ref);
        await blockUntilReady(last);
        last.dispose();
      },
    },
  };
}

async function openTraining(job) {
  const { numpy: np, nn, tree, jit, valueAndGrad, blockUntilReady } = await openJax(job);
  const { C, L, H, KV, V, T, B } = job.sizes;
  const D = C / H;
  const { weights, batches, heldOut } = decoderTensors(job);
  const array = ({ shape, values }) => np.array(values).reshape(shape);
  const parameters = Object.fromEntries(
    Object.entries(weights).map(([name, tensor]) => [name, array(tensor)]),
  );
  const [cos, sin] = rotations(T, D).map((values) => np.array(values).reshape([1, T, 1, D / 2]));

  function rmsNorm(x, weight) {
    const square = np.mean(np.square(x.ref), -1, { keepdims: true });
    return x.div(np.sqrt(square.add(1e-6))).mul(weight);
  }

  function rope(x) {
    const a = x.ref.slice([], [], [], [0, D / 2]);
    const b = x.slice([], [], [], [D / 2, D]);
    const left = a.ref.mul(cos.ref).sub(b.ref.mul(sin.ref));
    return np.concatenate([left, a.mul(sin.ref).add(b.mul(cos.ref))], -1);
  }

  function lossOf(weights, tokens, targets) {
    const weight = (layer, name) => weights[`model.layers.${layer}.${name}.weight`];
    let x = np.dot(nn.oneHot(tokens, V), weights["model.embed_tokens.weight"].ref)
      .reshape([B, T, C]);
    for (let layer = 0; layer < L; layer++) {
      const normed = rmsNorm(x.ref, weight(layer, "input_layernorm"));
      const heads = (x, name, count) =>
        np.dot(x, weight(layer, `self_attn.${name}_proj`)).reshape([B, T, count, D]);
      const attended = nn.dotProductAttention(
        rope(heads(normed.ref, "q", H)),
        rope(heads(normed.ref, "k", KV)),
        heads(normed, "v", KV),
        { isCausal: true },
      );
      x = x.add(np.dot(attended.reshape([B, T, C]), weight(layer, "self_attn.o_proj")));
      const hidden = rmsNorm(x.ref, weight(layer, "post_attention_layernorm"));
      const gate = nn.silu(np.dot(hidden.ref, weight(layer, "mlp.gate_proj")));
      const up = np.dot(hidden, weight(layer, "mlp.up_proj"));
      x = x.add(np.dot(gate.mul(up), weight(layer, "mlp.down_proj")));
    }
    const logits = np.dot(
      rmsNorm(x, weights["model.norm.weight"]).reshape([B * T, C]),
      np.transpose(weights["model.embed_tokens.weight"]),
    );
    return nn.logSoftmax(logits, -1).mul(nn.oneHot(targets, V)).sum().mul(-1 / (B * T));
  }

  const gradient = jit(valueAndGrad(lossOf));
  const forward = jit(lossOf);
  const adamW = jit((weight, slope, mean, square, correction1, correction2) => {
    mean = mean.mul(0.9).add(slope.ref.mul(0.1));
    square = square.mul(0.95).add(np.square(slope).mul(0.05));
    const step = mean.ref.div(correction1)
      .div(np.sqrt(square.ref.div(correction2)).add(1e-8));
    const decayed = step.add(weight.ref.mul(0.1)).mul(job.learningRate);
    return [weight.sub(decayed), mean, square];
  });
  const moments = Object.fromEntries(
    Object.entries(parameters).map((
      [name, { shape }],
    ) => [name, [np.zeros(shape), np.zeros(shape)]]),
  );
  const inputs = ({ tokens, targets }) => [np.array(tokens), np.array(targets)];
  let steps = 0;
  return {
    adapter: job.device,
    methods: {
      async step() {
        const batch = inputs(batches[steps++ % batches.length]);
        const [loss, slopes] = gradient(tree.ref(parameters), ...batch);
        for (const [name, slope] of Object.entries(slopes)) {
          const corrections = [0.9, 0.95].map((beta) => np.array(1 - beta ** steps));
          const [weight, ...rest] = adamW(
            parameters[name],
            slope,
            ...moments[name],
            ...corrections,
          );
          parameters[name] = weight;
          moments[name] = rest;
        }
        await blockUntilReady(parameters);
        return await loss.jsAsync();
      },
      async gradients(file) {
        const [loss, slopes] = gradient(tree.ref(parameters), ...inputs(batches[0]));
        loss.dispose();
        const values = Object.entries(slopes).map(async ([name, slope]) => {
          const { shape } = slope;
          return [name, { shape, values: await slope.data() }];
        });
        writeGradients(file, Object.fromEntries(await Promise.all(values)));
      },
      async evaluate() {
        let sum = 0;
        for (const batch of heldOut) {
          sum += await forward(tree.ref(parameters), ...inputs(batch)).jsAsync();
        }
        return sum / heldOut.length;
      },
    },
  };
}
