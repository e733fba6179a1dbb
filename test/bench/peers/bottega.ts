/**
 * We, as a program that takes turns with its peers.
 *
 * @module
 */
import { openGpu } from "../../../src/gpu/mod.ts";
import { compile, createParameters, matmul, parameter } from "../../../src/tensor/mod.ts";
import { type BenchJob, type BenchWorker, readTensors, serveTurns } from "./serve.ts";

await serveTurns({ matmul: openMatmul });

async function openMatmul({ tensors, sizes: { N = 0 } }: BenchJob): Promise<BenchWorker> {
  const gpu = await openGpu();
  const product = matmul(parameter("a", [N, N]), parameter("b", [N, N]));
  const parameters = createParameters(gpu, [product]);
  parameters.write(
    Object.fromEntries(
      Object.entries(readTensors(tensors)).map((
        [name, { values }],
      ) => [name, values as Float32Array]),
    ),
  );
  const compiled = (repeat: number) => compile(gpu, [product], { parameters, repeat });
  let program = await compiled(1);
  return {
    adapter: gpu.description,
    methods: {
      async product(file: string) {
        const [values] = await program.run({});
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

function writeValues(file: string, values: Float32Array | undefined) {
  Deno.writeFileSync(file, new Uint8Array(values?.slice().buffer ?? new ArrayBuffer()));
}
