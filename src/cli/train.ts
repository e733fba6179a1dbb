/**
 * `bottega train SPEC`: runs a spec into a folder.
 *
 * @module
 */
import { basename, dirname, join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { openPackedFolder } from "../corpus/headless.ts";
import { chooseGpu, type DeviceChoice } from "../gpu/mod.ts";
import { openModelPath } from "../model/headless.ts";
import { tuningFile } from "../tensor/headless.ts";
import { openTuning } from "../tensor/mod.ts";
import { runFolder } from "../train/headless.ts";
import { parseTrainSpec, train, TrainError, type TrainingEvent } from "../train/mod.ts";
import { withJob } from "./job.ts";
import { openTokenizer } from "./open_tokenizer.ts";
import { jsonOption } from "./options.ts";
import { note, print, printJson, printTable } from "./output.ts";

interface Options {
  readonly json?: boolean;
  readonly out?: string;
  readonly resume?: boolean;
  readonly device: DeviceChoice;
}

/** Adds the command to `program`. */
export function addTrain(program: Command): void {
  program.command("train")
    .description("train a model; the run's folder holds events and checkpoints, and can be resumed")
    .argument("<spec>", "JSON file; folders in it are relative to it")
    .option("--out <dir>", "the run's folder; the spec's name without .json by default")
    .option("--resume", "go on with the run in that folder, where there is one")
    .addOption(
      new Option("--device <device>", "where to train").choices(["auto", "gpu", "cpu"])
        .default("auto"),
    )
    .addOption(jsonOption())
    .action(runTrain);
}

async function runTrain(path: string, { json, out, resume, device }: Options) {
  const spec = parseTrainSpec(await readSpec(path));
  const at = (name: string) => resolve(dirname(path), name);
  const folder = out ?? join(dirname(path), basename(path).replace(/\.json$/, "") + ".run");
  const { gpu, note: reason } = await chooseGpu(device);
  if (reason !== undefined) note(`trained on the processor: ${reason}`);
  using _opened = gpu;
  const tuning = await openTuning(tuningFile());
  using folders = new DisposableStack();
  const result = await withJob(async ({ signal }) =>
    await train(spec, {
      gpu,
      files: runFolder(folder),
      resume,
      tuning,
      // On a GPU of its own nobody tells how much there is.
      memoryBytes: !gpu || gpu.software ? Deno.systemMemoryInfo().available : undefined,
      openData: (name) => openPackedFolder(at(name)),
      openModel: async (name) => folders.use(await openModelPath(at(name))),
      codec: spec.sample && spec.tokenizer !== undefined
        ? await openTokenizer(spec.tokenizer)
        : undefined,
      signal,
      onEvent: eventNotes(),
    })
  );
  await tuning.saved().catch((error) => note(`the choice of kernels was not kept: ${error}`));
  if (json) {
    printJson({ run: folder, ...result });
    return;
  }
  print(`${result.step} steps in ${folder}`);
  printTable(["", "nats a token"], [
    ["last step", result.lossNats?.toFixed(4) ?? "-"],
    ...result.heldOutNats === undefined ? [] : [["held out", result.heldOutNats.toFixed(4)]],
  ]);
}

async function readSpec(path: string): Promise<unknown> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof Deno.errors.NotFound)) throw error;
    throw new TrainError("spec", `${path} cannot be read as JSON: ${error.message}.`);
  }
}

/** A line for each event; of steps, one each two seconds. */
function eventNotes(): (event: TrainingEvent) => void {
  let steps = 0;
  let toldAt = -Infinity;
  return (event) => {
    const at = `step ${event.step} of ${steps}`;
    if (event.type === "start") {
      steps = event.steps;
      note(`${event.parameters.toLocaleString("en")} parameters on ${event.adapter}`);
    } else if (event.type === "step" && performance.now() - toldAt > 2000) {
      toldAt = performance.now();
      const speed = `${Math.round(event.tokensPerSecond).toLocaleString("en")} tokens/s`;
      const left = `${Math.ceil(event.leftMs / 1000).toLocaleString("en")} s left`;
      note(`${at}: loss ${event.lossNats.toFixed(4)}, ${speed}, ${left}`);
    } else if (event.type === "evaluation") {
      note(`${at}: ${event.lossNats.toFixed(4)} nats held out`);
    } else if (event.type === "sample") {
      note(`${at}: ${JSON.stringify(event.prompt)} ${JSON.stringify(event.text)}`);
    } else if (event.type === "checkpoint") note(`${at}: saved ${event.folder}`);
  };
}
