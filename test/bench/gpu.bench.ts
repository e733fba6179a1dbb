/**
 * Every bench of this machine's GPU, one after the other, written down with the adapter's name in
 * results/:
 *
 *     deno run -A test/bench/gpu.bench.ts [PEERS] [--peak TFLOPS] [--scale tiny] [--out FILE]
 *
 * For PEERS see turns.ts; PyTorch is measured beside us if it is there. `--peak` is the adapter's f32
 * peak as its maker gives it, of which then the shares are told. `--scale tiny` is for adapters in
 * software: it shows that all of it runs, and its times say nothing. Takes about ten minutes on a GPU.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describeAdapter, openGpu } from "../../src/gpu/mod.ts";
import { ROOT } from "../support/bottega.ts";

const { values: options, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    peak: { type: "string", default: "" },
    scale: { type: "string", default: "full" },
    out: { type: "string", default: "" },
  },
});

const PEERS = positionals.slice(0, 1);
const ALL = "bottega webgpu,pytorch cuda,jax-js webgpu,tfjs webgpu";
const TWO = "bottega webgpu,pytorch cuda";
/** Apart from the others: where it cannot compile they are measured all the same. */
const COMPILED = "bottega webgpu,pytorch compiled";

/** 25.2 and 100.7 million parameters. */
const MODELS = {
  "25M": "C384,L12,H6,KV2,F1024,V16384,T512,B8",
  "100M": "C768,L12,H12,KV4,F2048,V32768,T1024,B4",
};

const train = (size: string, steps: number, programs: string) => [
  ...["test/bench/train.bench.ts", ...PEERS, "--size", size, "--steps", `${steps}`],
  ...["--programs", programs],
];
const matmul = (size: number, programs: string) => [
  ...["test/bench/matmul.bench.ts", ...PEERS, "--size", `${size}`, "--programs", programs],
];
const attention = (times: string) => ["test/bench/attention.bench.ts", "--times", times];
const generate = (config: string, tokens: number, weights = "f32") => [
  ...["src/cli/main.ts", "bench", "generate", "--config", config],
  ...["--prompt", "32", "--tokens", `${tokens}`, "--weights", weights],
];

/** Programs with their arguments, by the name of what they measure. */
const SECTIONS: Record<string, Record<string, string[]>> = {
  full: {
    "train M": train("M", 20, ALL),
    "train 25M": train(MODELS["25M"], 12, TWO),
    "train 25M, compiled": train(MODELS["25M"], 12, COMPILED),
    "train 100M": train(MODELS["100M"], 12, TWO),
    "train 100M, compiled": train(MODELS["100M"], 12, COMPILED),
    "matmul 512": matmul(512, ALL),
    "matmul 2048": matmul(2048, ALL),
    "attention": attention("2048,4096,8192"),
    "generate M": generate("C128,L4,H4,KV2,F384,V1024,T512,B1", 256),
    "generate 100M": generate("C768,L12,H12,KV4,F2048,V32768,T1024,B1", 128),
    "generate 100M, halves": generate("C768,L12,H12,KV4,F2048,V32768,T1024,B1", 128, "f16"),
  },
  tiny: {
    "train": train("C32,L1,H2,KV1,F64,V64,T32,B2", 4, "bottega webgpu,pytorch cpu"),
    "matmul 64": matmul(64, "bottega webgpu,pytorch cpu"),
    "attention": attention("64,128,256"),
    "generate": generate("C32,L1,H2,KV1,F64,V64,T64,B1", 8),
  },
};

const sections = SECTIONS[options.scale];
if (!sections) throw new Error(`--scale is one of ${Object.keys(SECTIONS)}, not ${options.scale}`);
const peakGigaflops = options.peak === "" ? null : 1000 * Number(options.peak);

using gpu = await openGpu();
const adapter = gpu.description;
const report = {
  adapter,
  scale: options.scale,
  peakGigaflops,
  runtime: `Deno ${Deno.version.deno}`,
  device: await describeAdapter(),
  measured: {} as Record<string, unknown>,
};
for (const [name, args] of Object.entries(sections)) {
  console.error(name);
  report.measured[name] = withShares(await run([...args, "--json"]));
}
const file = options.out ||
  fileURLToPath(new URL(`results/${slug(adapter)}.json`, import.meta.url));
await Deno.writeTextFile(file, `${JSON.stringify(report, null, 2)}\n`);
console.log(file);

/** The document that a program prints; why there is none, where it fails. */
async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-check", ...args],
    cwd: ROOT,
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  if (success) return JSON.parse(text.decode(stdout));
  const told = text.decode(stderr).trim();
  console.error(told);
  return { error: /^error: .*$/m.exec(told)?.[0] ?? "it ended without a word" };
}

/** Rows with the share of the peak that they reach. */
function withShares(measured: Record<string, unknown>): Record<string, unknown> {
  const { rows } = measured;
  if (peakGigaflops === null || !Array.isArray(rows)) return measured;
  return {
    ...measured,
    rows: rows.map((row) => ({ ...row, shareOfPeak: row.gigaflops / peakGigaflops })),
  };
}

function slug(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_|_$/g, "");
}
