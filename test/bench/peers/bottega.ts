/**
 * We, as a program that takes turns with its peers.
 *
 * @module
 */
import { benchConfig, type BenchSizes } from "../../../src/cli/bench_model.ts";
import { type Gpu, openGpu } from "../../../src/gpu/mod.ts";
import {
  decoderLoss,
  fromHuggingFace,
  type NamedTensor,
  toHuggingFace,
} from "../../../src/model/mod.ts";
import {
  compile,
  compileTraining,
  createParameters,
  matmul,
  parameter,
} from "../../../src/tensor/mod.ts";
import { writeTensors } from "../turns.ts";
import {
  type BenchJob,
  type BenchWorker,
  isWeight,
  readTensors,
  serveTurns,
  writeValues,
} from "./serve.ts";

await serveTurns({ matmul: openMatmul, train: openTraining });

async function openMatmul({ tensors, sizes: { N = 0 } }: BenchJob): Promise<BenchWorker> {
  const gpu = await openGpu();
  const product = matmul(parameter("a", [N, N]), parameter("b", [N, N]));
  const parameters = createParameters(gpu, [product]);
  for (const [name, { values }] of Object.entries(readTensors(tensors))) {
    parameters.write({ [name]: values as Float32Array });
  }
  const compiled = (repeat: number) => compile(gpu, [product], { parameters, repeat });
  let program = await compiled(1);
  return {
    adapter: gpu.description,
    methods: {
      async product(file: string) {
        const [values = new Float32Array()] = await program.run({});
        writeValues(file, values);
      },
      async prepare(repeats: number) {
        program = await compiled(repeats);
      },
      async multiply() {
        await program.submit({}, []);
        await gpu.device.queue.onSubmittedWorkDone();
      },
    },
  };
}

async function openTraining(
  { device, tensors, learningRate = NaN, ...job }: BenchJob,
): Promise<BenchWorker> {
  const gpu: Gpu | null = device === "webgpu" ? await openGpu() : null;
  const sizes = job.sizes as unknown as BenchSizes;
  const config = benchConfig(sizes);
  const all = readTensors(tensors);
  const weights = Object.entries(all).filter(([name]) => isWeight(name));
  const { B, T } = sizes;
  const loss = decoderLoss(config, { batch: B, time: T, packed: false, decay: "all" });
  const parameters = createParameters(gpu, [loss]);
  parameters.write(
    fromHuggingFace(config, Object.fromEntries(weights) as Record<string, NamedTensor>),
  );
  const training = await compileTraining(gpu, loss, { parameters, adamW: { clipNorm: 0 } });
  const forward = await compile(gpu, [loss], { parameters });
  const rows = (name: string, i: number) => {
    const values = all[name]?.values as Uint32Array;
    const at = i * B * T % values.length;
    return values.subarray(at, at + B * T);
  };
  let steps = 0;
  return {
    adapter: gpu?.description ?? "processor, by onnxruntime-web",
    methods: {
      async step() {
        const batch = { tokens: rows("tokens", steps), targets: rows("targets", steps) };
        steps++;
        const [report] = await training.step(batch, learningRate);
        return report?.lossNats;
      },
      async gradients(file: string) {
        await training.accumulate({ tokens: rows("tokens", 0), targets: rows("targets", 0) });
        writeTensors(file, toHuggingFace(config, await training.readGradients()));
      },
      async evaluate() {
        const batches = (all["heldOutTokens"]?.values.length ?? 0) / (B * T);
        let sum = 0;
        for (let i = 0; i < batches; i++) {
          const batch = { tokens: rows("heldOutTokens", i), targets: rows("heldOutTargets", i) };
          sum += (await forward.run(batch))[0]?.[0] ?? NaN;
        }
        return sum / batches;
      },
      memory() {
        const { activationBytes } = training.memory;
        return { activationBytes, peakBytes: peakBytes() };
      },
    },
  };
}

/** The most that this process ever had in memory; a device on the processor has its buffers there too. */
function peakBytes(): number {
  return 1024 * Number(/VmHWM:\s+(\d+)/.exec(Deno.readTextFileSync("/proc/self/status"))?.[1]);
}
