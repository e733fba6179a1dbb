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
  type AblationReport,
  type CellRate,
  parseAblation,
} from "../lab/mod.ts";
import { writeReportPage } from "../lab/headless.ts";
import { runFolder } from "../train/headless.ts";
import { readFile } from "./input_file.ts";
import { withJob } from "./job.ts";
import { jsonOption } from "./options.ts";
import { CommandError, note, points, print, printJson, printTable } from "./output.ts";

interface Options {
  readonly json?: boolean;
  readonly out?: string;
  readonly device: DeviceChoice;
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
    .addOption(jsonOption())
    .action(runAblate);
}

async function runAblate(path: string, { json, out, device }: Options) {
  const spec = parseAblation(await readSpec(path));
  const folder = out ?? `${basename(path, ".json")}.ablation`;
  const startMs = performance.now();
  const { gpu: found, note: reason } = await chooseGpu(device);
  if (reason !== undefined) note(`on the processor: ${reason}`);
  using _opened = found;
  // WebGPU in software is right and slow: onnxruntime-web is faster on the same processor.
  const gpu = device === "auto" && found?.software ? null : found;
  const files = runFolder(folder);
  const report = await withJob((job) =>
    ablate(spec, { gpu, files, onEvent: eventNotes(), ...job })
  );
  await writeReportPage(files, report);
  note(`the report is ${folder}/report.html`);
  const seconds = Math.round((performance.now() - startMs) / 100) / 10;
  if (json) printJson({ out: folder, seconds, ...report });
  else printReport(report);
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

function printReport({ cells, comparisons, copied, contamination, parameters }: AblationReport) {
  print(
    `${parameters.toLocaleString("en")} parameters; names copied by the base: ${
      copied.map(percent).join(", ")
    }`,
  );
  const leaked = (what: "names" | "modules" | "functions" | "tasks") =>
    Object.values(contamination.kinds).reduce((sum, counts) => sum + counts[what], 0);
  print(
    `of the evaluated tasks in training: ${leaked("names")} names, ${leaked("modules")} modules, ` +
      `${leaked("functions")} functions, ${leaked("tasks")} tasks by 13-grams`,
  );
  print("");
  printTable(
    ["cell", "resolved", "test-hard", "recovered", "tokens", "run"],
    cells.map((cell) => [
      cell.name,
      rate(cell),
      cell.hard ? rate(cell.hard) : "-",
      cell.recovered ? rate(cell.recovered) : "-",
      cell.tokens,
      cell.run.join(" "),
    ]),
  );
  if (comparisons.length === 0) return;
  print("");
  printTable(
    ["first", "second", "second - first", "p over seeds", "p over tasks"],
    comparisons.map(({ first, second, difference, low, high, pairedT, overTasks }) => [
      first,
      second,
      `${points(difference)} (${points(low)} to ${points(high)})`,
      pairedT ? pairedT.pValue.toFixed(3) : "-",
      overTasks.toFixed(3),
    ]),
  );
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

const rate = ({ resolved, low, high }: CellRate) =>
  `${percent(resolved)} (${percent(low)} to ${percent(high)})`;
