/**
 * `bottega ablate MATRIX`: mid-training recipes, compared by what agents resolve.
 *
 * @module
 */
import { basename } from "node:path";
import { type Command, Option } from "commander";
import { chooseGpu, type DeviceChoice } from "../gpu/mod.ts";
import {
  ablate,
  ABLATION_PRESETS,
  type AblationEvent,
  type AblationHost,
  type AblationReport,
  type AblationSpec,
  parseAblation,
  recipesOf,
} from "../lab/mod.ts";
import { writeReportPage } from "../lab/headless.ts";
import { openLabFleet, openNatsFleet } from "../remote/mod.ts";
import { readCredentials } from "../remote/headless.ts";
import { runFolder } from "../train/headless.ts";
import { printReport } from "./ablation_tables.ts";
import { readFile } from "./input_file.ts";
import { withJob } from "./job.ts";
import { openLabWorkers } from "./lab_workers.ts";
import { jsonOption, wholeNumber } from "./options.ts";
import { CommandError, note, printJson } from "./output.ts";

interface Options {
  readonly json?: boolean;
  readonly out?: string;
  readonly device: DeviceChoice;
  readonly workers: number;
  readonly fleet?: string;
}

/** Adds the command to `program`. */
export function addAblate(program: Command): void {
  program.command("ablate")
    .description(
      "train the cells of an ablation, let them loose on held-out tasks, and compare them",
    )
    .argument("<matrix>", `JSON file, or a preset: ${Object.keys(ABLATION_PRESETS).join(", ")}`)
    .option("--out <folder>", "where everything is kept; a run that was stopped goes on there")
    .addOption(
      new Option("--device <device>", "where to train").choices(["auto", "gpu", "cpu"])
        .default("auto"),
    )
    .addOption(
      new Option(
        "--workers <n>",
        "pieces that are worked on at a time, each in a worker: for a GPU, or many processors",
      ).argParser(wholeNumber(1)).default(1),
    )
    .addOption(
      new Option("--fleet <file>", "let a fleet's workers do the pieces: a submitter's credentials")
        .conflicts("workers"),
    )
    .addOption(jsonOption())
    .action(runAblate);
}

async function runAblate(path: string, options: Options) {
  const { json, out } = options;
  const spec = parseAblation(await readSpec(path));
  const folder = out ?? `${basename(path, ".json")}.ablation`;
  const startMs = performance.now();
  const files = runFolder(folder);
  const report = await withJob((job) => {
    const host = { files, onEvent: eventNotes(), ...job };
    const { fleet } = options;
    return fleet === undefined
      ? ablateHere(spec, host, folder, options)
      : ablateOnFleet(spec, host, fleet, options);
  });
  await writeReportPage(files, report);
  note(`the report is ${folder}/report.html`);
  const seconds = Math.round((performance.now() - startMs) / 100) / 10;
  if (json) printJson({ out: folder, seconds, ...report });
  else printReport(report);
}

type Host = Omit<AblationHost, "gpu">;

async function ablateHere(
  spec: AblationSpec,
  host: Host,
  folder: string,
  { device, workers: size }: Options,
): Promise<AblationReport> {
  const { gpu: found, note: reason } = await chooseGpu(device);
  if (reason !== undefined) note(`on the processor: ${reason}`);
  using _opened = found;
  // WebGPU in software is right and slow: onnxruntime-web is faster on the same processor.
  const gpu = device === "auto" && found?.software ? null : found;
  if (size === 1) return await ablate(spec, { ...host, gpu });
  using workers = openLabWorkers({ size, folder, device, signal: host.signal });
  // A seed begins with one long piece, its base: each worker finds another seed's beside it.
  const parallel = size * recipesOf(spec).length;
  return await ablate(spec, { ...host, gpu, worker: workers.worker, parallel });
}

async function ablateOnFleet(
  spec: AblationSpec,
  host: Host,
  file: string,
  { device }: Options,
): Promise<AblationReport> {
  const credentials = await readCredentials(file);
  await using fleet = await openNatsFleet(credentials.url, { credentials });
  const { files, signal } = host;
  await using pieces = openLabFleet(fleet, { files, device, signal });
  const parallel = spec.seeds.length * recipesOf(spec).length;
  return await ablate(spec, { ...host, gpu: null, worker: pieces.worker, parallel });
}

async function readSpec(path: string): Promise<unknown> {
  const preset = Object.entries(ABLATION_PRESETS).find(([name]) => name === path);
  if (preset) return preset[1];
  const text = new TextDecoder().decode(await readFile(path));
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CommandError(`${path} is no JSON: ${error.message}`);
  }
}

function eventNotes(): (event: AblationEvent) => void {
  return (event) => {
    if (event.type === "stage") {
      const { name, seed, stage } = event;
      note(`seed ${seed}, ${name}: loss ${stage.lossNats.toFixed(3)} after ${stage.tokens} tokens`);
    } else if (event.type === "cell") {
      const { run: { recipe, seed, outcomes }, done, total } = event;
      const resolved = outcomes.filter(({ resolved }) => resolved).length;
      note(
        `${done}/${total} ${recipe.name}, seed ${seed}: ${resolved} of ${outcomes.length} resolved`,
      );
    }
  };
}
