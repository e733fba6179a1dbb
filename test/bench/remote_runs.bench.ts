/**
 * What a remote worker on loopback costs, by the clock and in processor time of both processes and all
 * that they start: the same training here and there, turn about, and bytes that travel into its store of
 * blobs, beside a plain file of the same folder.
 *
 *     deno run -A test/bench/remote_runs.bench.ts [--steps N] [--rounds N] [--mib N] [--device D]
 *
 * The worker is a process of its own; no rounds leave training out. Refuses to tell a time unless the
 * losses are the same to the bit, and the bytes, verified by both sides, are there.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { connect, sha256Of } from "../../src/remote/mod.ts";
import type { StepEvent, TrainingEvent } from "../../src/train/mod.ts";
import { countingRows, packedFiles, TINY_MODEL } from "../train/packed.ts";
import { processorSeconds } from "./remote_time.ts";

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

  const pids = [Deno.pid, worker.pid];
  const now = () => ({ ms: performance.now(), seconds: processorSeconds(pids) });
  const train = async (workbench: Pick<typeof local, "train">, seed: number) => {
    await idle(worker.pid);
    const steps: number[] = [];
    const begin = now();
    let began = begin;
    let ended = begin;
    await workbench.train({
      model,
      seed,
      readEvery: 10,
      stages: [{ ...stage, steps: Number(options.steps) }],
    }, {
      data,
      device,
      onEvent(event: TrainingEvent) {
        if (event.type === "start") began = now();
        if (event.type === "step") steps.push((event as StepEvent).lossNats);
        else if (event.type === "end") ended = now();
      },
    });
    return { steps, whole: passed(begin, now()), inSteps: passed(began, ended) };
  };

  const rounds = Number(options.rounds);
  if (rounds > 0) {
    await train(local, 100);
    await train(remote, 100);
  }
  const whole: Ratio[] = [];
  const inSteps: Ratio[] = [];
  for (let round = 0; round < rounds; round++) {
    const first = round % 2 === 0;
    const a = await train(first ? local : remote, round);
    const b = await train(first ? remote : local, round);
    const [here, there] = first ? [a, b] : [b, a];
    if (JSON.stringify(here.steps) !== JSON.stringify(there.steps)) {
      throw new Error(`the losses of round ${round} differ`);
    }
    whole.push(ratioOf(there.whole, here.whole));
    inSteps.push(ratioOf(there.inSteps, here.inSteps));
    console.error(
      `round ${round}: local ${told(here.whole)}, remote ${told(there.whole)}; ` +
        `steps alone ${told(here.inSteps)}, ${told(there.inSteps)}`,
    );
  }
  if (rounds > 0) {
    console.log(`training on loopback against here, whole call: ${median(whole)}`);
    console.log(`                    from first to last event: ${median(inSteps)}`);
  }

  const bytes = new Uint8Array(Number(options.mib) * 2 ** 20);
  for (let at = 0; at < bytes.length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  const sha256 = await sha256Of(bytes);
  const plain = now();
  await Deno.writeFile(`${folder}/plain`, bytes);
  console.log(`${options.mib} MiB into a plain file: ${rate(bytes.length, passed(plain, now()))}`);
  await Deno.remove(`${folder}/plain`);
  const begin = now();
  await remote.runs.data.send(new Map([[sha256, bytes]]));
  const sent = passed(begin, now());
  if (!await remote.runs.data.has(sha256)) throw new Error("the bytes are not there");
  console.log(`${options.mib} MiB into the store, hashed there: ${rate(bytes.length, sent)}`);
  const again = now();
  await remote.runs.data.send(new Map([[sha256, bytes]]));
  console.log(`the same again: ${passed(again, now()).ms.toFixed(1)} ms`);
  const back = now();
  await remote.runs.data.read(sha256);
  console.log(`and back, hashed here: ${rate(bytes.length, passed(back, now()))}`);
  remote.close();
  local.close();
} finally {
  worker.kill("SIGTERM");
  await worker.status;
  await Deno.remove(folder, { recursive: true });
}
Deno.exit(0);

/** What something took: by the clock, and of the processor. */
interface Taken {
  readonly ms: number;
  readonly seconds: number;
}

/** How many times as much. */
interface Ratio {
  readonly clock: number;
  readonly processor: number;
}

function passed(from: Taken, to: Taken): Taken {
  return { ms: to.ms - from.ms, seconds: to.seconds - from.seconds };
}

function ratioOf(there: Taken, here: Taken): Ratio {
  return { clock: there.ms / here.ms, processor: there.seconds / here.seconds };
}

/** Waits until a worker has got its next process ready: that is part of no run. */
async function idle(pid: number): Promise<void> {
  for (let before = -1, seconds = 0; seconds - before > 0.02;) {
    before = processorSeconds([pid]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    seconds = processorSeconds([pid]);
  }
}

function told({ ms, seconds }: Taken): string {
  return `${(ms / 1000).toFixed(2)} s (processor ${seconds.toFixed(2)} s)`;
}

function median(ratios: readonly Ratio[]): string {
  const more = (key: keyof Ratio) => {
    const sorted = ratios.map((ratio) => ratio[key]).toSorted((a, b) => a - b);
    return `${(((sorted[sorted.length >> 1] ?? NaN) - 1) * 100).toFixed(1)} %`;
  };
  const runs = `at the median of ${ratios.length}`;
  return `${more("clock")} more by the clock, ${more("processor")} of the processor, ${runs}`;
}

function rate(sizeBytes: number, { ms, seconds }: Taken): string {
  const perGigabyte = (seconds * 1e9 / sizeBytes).toFixed(2);
  return `${(sizeBytes / 1e6 / (ms / 1000)).toFixed(0)} MB/s, processor ${perGigabyte} s a GB`;
}
