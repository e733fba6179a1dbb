/**
 * What a remote worker on loopback costs: the same training here and there, turn about, and bytes that
 * travel into its store of blobs.
 *
 *     deno run -A test/bench/remote_runs.bench.ts [--steps N] [--rounds N] [--mib N] [--device D]
 *
 * The worker is a process of its own; no rounds leave training out. Refuses to tell a time unless the losses are the same to the bit,
 * and the bytes, verified by both sides, are there.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { connect, sha256Of } from "../../src/remote/mod.ts";
import type { StepEvent, TrainingEvent } from "../../src/train/mod.ts";
import { countingRows, packedFiles, TINY_MODEL } from "../train/packed.ts";

const { values: options } = parseArgs({
  args: Deno.args,
  options: {
    steps: { type: "string", default: "200" },
    rounds: { type: "string", default: "5" },
    mib: { type: "string", default: "1024" },
    device: { type: "string", default: "cpu" },
  },
});
const device = options.device === "gpu" ? "gpu" : "cpu";
const folder = await Deno.makeTempDir();
const worker = new Deno.Command(Deno.execPath(), {
  args: [
    ...["run", "-A", "src/cli/main.ts", "worker", "--listen", "127.0.0.1:0", "--data", folder],
    ...["--memory-limit", "4096"],
  ],
  stdout: "piped",
  stderr: "inherit",
}).spawn();
try {
  const lines = worker.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  while (!said.includes("the token")) said += (await lines.read()).value ?? "";
  const url = /listening on (\S+)/.exec(said)?.[1] ?? "";
  const token = (await Deno.readTextFile(`${folder}/token`)).trim();
  const remote = connect(url, { token });
  const local = connect();
  await remote.status();

  // A model of a size that is computed for as long as people compute for, not one that is all overhead.
  const model = {
    ...TINY_MODEL,
    vocab_size: 512,
    hidden_size: 128,
    intermediate_size: 256,
    num_hidden_layers: 4,
  };
  const { manifest, shards } = await packedFiles(countingRows(64, 64, 512), 64, {
    vocabularySize: 512,
  });
  const data = { rows: { manifest, shards: Object.fromEntries(shards) } };
  const stage = { name: "base", data: "rows", batch: 8, learningRate: { peak: 1e-3 } };

  const train = async (workbench: Pick<typeof local, "train">, seed: number) => {
    const steps: number[] = [];
    const begin = performance.now();
    let ended = 0;
    let began = 0;
    await workbench.train({
      model,
      seed,
      readEvery: 10,
      stages: [{ ...stage, steps: Number(options.steps) }],
    }, {
      data,
      device,
      onEvent(event: TrainingEvent) {
        if (event.type === "start") began = performance.now();
        if (event.type === "step") steps.push((event as StepEvent).lossNats);
        ended = performance.now();
      },
    });
    return { steps, wholeMs: performance.now() - begin, stepsMs: ended - began };
  };

  const rounds = Number(options.rounds);
  if (rounds > 0) {
    await train(local, 100);
    await train(remote, 100);
  }
  const whole: number[] = [];
  const inSteps: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const first = round % 2 === 0;
    const a = await train(first ? local : remote, round);
    const b = await train(first ? remote : local, round);
    const [here, there] = first ? [a, b] : [b, a];
    if (JSON.stringify(here.steps) !== JSON.stringify(there.steps)) {
      throw new Error(`the losses of round ${round} differ`);
    }
    whole.push(there.wholeMs / here.wholeMs);
    inSteps.push(there.stepsMs / here.stepsMs);
    console.error(
      `round ${round}: local ${seconds(here.wholeMs)}, remote ${seconds(there.wholeMs)}; ` +
        `steps alone ${seconds(here.stepsMs)}, ${seconds(there.stepsMs)}`,
    );
  }
  if (rounds > 0) {
    console.log(`training on loopback against here, whole call: ${ratio(whole)}`);
    console.log(`                    from first to last event: ${ratio(inSteps)}`);
  }

  const bytes = new Uint8Array(Number(options.mib) * 2 ** 20);
  for (let at = 0; at < bytes.length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  const sha256 = await sha256Of(bytes);
  const begin = performance.now();
  await remote.runs.data.send(new Map([[sha256, bytes]]));
  const sentMs = performance.now() - begin;
  if (!await remote.runs.data.has(sha256)) throw new Error("the bytes are not there");
  console.log(
    `${options.mib} MiB into the store: ${rate(bytes.length, sentMs)} MB/s, hashed there`,
  );
  const again = performance.now();
  await remote.runs.data.send(new Map([[sha256, bytes]]));
  console.log(`the same again: ${(performance.now() - again).toFixed(1)} ms`);
  const back = performance.now();
  await remote.runs.data.read(sha256);
  console.log(`and back: ${rate(bytes.length, performance.now() - back)} MB/s, hashed here`);
  remote.close();
  local.close();
} finally {
  worker.kill("SIGTERM");
  await worker.status;
  await Deno.remove(folder, { recursive: true });
}
Deno.exit(0);

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function ratio(ratios: number[]): string {
  const sorted = ratios.toSorted((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? NaN;
  return `${((median - 1) * 100).toFixed(1)} % more at the median of ${sorted.length}`;
}

function rate(sizeBytes: number, ms: number): string {
  return (sizeBytes / 1e6 / (ms / 1000)).toFixed(0);
}
