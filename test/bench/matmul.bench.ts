/**
 * The product of two square f32 matrices by us and by the peers, turn about, all on WebGPU:
 *
 *     deno run -A test/bench/matmul.bench.ts [PEERS] [--size N] [--rounds N] [--programs NAMES] [--json]
 *
 * For PEERS see turns.ts. Refuses to tell a time unless every element of every product is within 1e-4
 * of what f64 gives.
 *
 * @module
 */
import { parseArgs } from "node:util";
import {
  type BenchProgram,
  openPeers,
  parsePrograms,
  rounded,
  startPrograms,
  summarise,
  takeTurns,
  writeTensors,
} from "./turns.ts";

const { values: options, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    size: { type: "string", default: "512" },
    rounds: { type: "string", default: "7" },
    programs: { type: "string", default: "bottega webgpu,tfjs webgpu,jax-js webgpu" },
    json: { type: "boolean", default: false },
  },
});
const N = Number(options.size);
const rounds = Number(options.rounds);

/** A turn repeats the product for about as long, so that waiting for a device is little of it. */
const TURN_MS = 300;

const peers = await openPeers(positionals[0]);
const folder = await Deno.makeTempDir();
try {
  const a = ramp(97);
  const b = ramp(89);
  const tensors = `${folder}/matrices.safetensors`;
  writeTensors(tensors, {
    a: { shape: [N, N], values: a },
    b: { shape: [N, N], values: b },
  });
  const job = { work: "matmul", peers, tensors, sizes: { N } } as const;
  await using started = await startPrograms(parsePrograms(options.programs, peers), job);
  const { programs } = started;
  const expected = productCpu(a, b);
  for (const program of programs) {
    await program.ask("product", `${folder}/product`);
    const actual = new Float32Array(Deno.readFileSync(`${folder}/product`).buffer);
    const error = largestError(actual, expected);
    if (actual.length === N * N && error < 1e-4) continue;
    throw new Error(`${program.name} is ${error} from the product in f64`);
  }
  const repeats = new Map<BenchProgram, number>();
  for (const program of programs) {
    await program.ask("multiply");
    const { wallMs } = await program.ask("multiply");
    repeats.set(program, Math.max(1, Math.min(1000, Math.round(TURN_MS / wallMs))));
    await program.ask("prepare", repeats.get(program));
  }
  const taken = await takeTurns(programs, rounds, async (program) => {
    const { wallMs, cpuMs } = await program.ask("multiply");
    const times = repeats.get(program) ?? NaN;
    return { wallMs: wallMs / times, cpuMs: cpuMs / times };
  });
  const [ours] = taken;
  const rows = taken.map((one) => {
    const row = summarise(one, ours ?? one);
    return { ...row, gigaflops: rounded(2 * N ** 3 / row.medianMs / 1e6) };
  });
  const adapter = programs[0]?.adapter;
  if (options.json) console.log(JSON.stringify({ adapter, size: N, rounds, rows }));
  else {
    console.log(`${N}³ on ${adapter}: products agree; medians of ${rounds}, turn about`);
    console.table(rows);
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}

function ramp(period: number): Float32Array {
  return Float32Array.from({ length: N * N }, (_, i) => (i * 31 % period) / period - 0.5);
}

function productCpu(a: Float32Array, b: Float32Array): Float64Array {
  const product = new Float64Array(N * N);
  for (let row = 0; row < N; row++) {
    for (let k = 0; k < N; k++) {
      const factor = a[row * N + k] ?? NaN;
      for (let column = 0; column < N; column++) {
        product[row * N + column]! += factor * (b[k * N + column] ?? NaN);
      }
    }
  }
  return product;
}

/** The largest difference; NaN where there is one. */
function largestError(actual: Float32Array, expected: Float64Array): number {
  return expected.reduce((largest, value, i) => {
    const error = Math.abs(value - (actual[i] ?? NaN));
    return error <= largest ? largest : error;
  }, 0);
}
