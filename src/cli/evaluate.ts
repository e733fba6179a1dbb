/**
 * `bottega evaluate WHAT --tasks TASKS`: resolved rates, in SWE-bench's words; other benchmarks by
 * `--humaneval` and `--choices`.
 *
 * @module
 */
import { join } from "node:path";
import { type Command, Option } from "commander";
import { openEnvironment } from "../agent/headless.ts";
import {
  AgentError,
  type Grade,
  runAgent,
  SHORT_PROMPT,
  type Task,
  writeTask,
} from "../agent/mod.ts";
import {
  bootstrapInterval,
  emptyPredictions,
  evaluatePredictions,
  type Evaluation,
  failureCounts,
  goldPredictions,
  mcNemar,
  meanPassAtK,
  parsePredictions,
  type Prediction,
  ratesByTag,
  resolvedRate,
} from "../evaluate/mod.ts";
import type { Job } from "../gpu/mod.ts";
import { WorkerError } from "../remote/mod.ts";
import { type BenchmarkOptions, evaluateChoices, evaluateHumanEval } from "./benchmarks.ts";
import { tokenizerOption } from "./checkpoint.ts";
import { withJob } from "./job.ts";
import { jsonOption, SOURCE } from "./options.ts";
import { CommandError, note, points, print, printJson, printTable } from "./output.ts";
import { openModelPolicy } from "./policies.ts";
import { forAll, openTaskWorkers, type TaskWorkers } from "./task_workers.ts";
import { readTasks, timeoutOption, workersOption } from "./tasks.ts";

/** Adds the command to `program`. */
export function addEvaluate(program: Command): void {
  program.command("evaluate")
    .description("grade proposed patches by the tests of their tasks, or run another benchmark")
    .argument(
      "<what>",
      '"gold", "empty", a file of predictions (JSONL or JSON), a folder that `bottega rollout` wrote, or a checkpoint',
    )
    .addOption(new Option("--tasks <tasks>", SOURCE).conflicts(["tokenizer", "device"]))
    .addOption(
      new Option(
        "--humaneval <file>",
        'instead of tasks: JSONL in HumanEval\'s shape, for a checkpoint, "gold" or "empty"',
      ).conflicts(["tasks", "choices", ...OF_TASKS]),
    )
    .addOption(
      new Option(
        "--choices <file>",
        "instead of tasks: JSONL of {id, question, choices, answer}, for a checkpoint",
      ).conflicts(["tasks", "humaneval", "timeout", "workers", ...OF_TASKS]),
    )
    .option("--split <name>", "only tasks of this split")
    .option("--compare <what>", "the same for another, and whether they differ (McNemar's test)")
    .option(
      "--out <folder>",
      "write the summary and each instance's report.json, as SWE-bench does",
    )
    .addOption(timeoutOption())
    .addOption(workersOption())
    .addOption(tokenizerOption())
    .addOption(
      new Option("--device <device>", "with --humaneval and --choices: where the model computes")
        .choices(["auto", "gpu", "cpu"]).default("auto"),
    )
    .addOption(jsonOption())
    .action((what: string, options: Options, command: Command) => {
      const { tasks, humaneval, choices } = options;
      if (humaneval !== undefined) return evaluateHumanEval(what, humaneval, options);
      if (choices !== undefined) return evaluateChoices(what, choices, options);
      if (tasks !== undefined) return evaluate(what, { ...options, tasks });
      command.error("error: name a benchmark by --tasks, --humaneval or --choices");
    });
}

/** Options that only tasks have. */
const OF_TASKS = ["split", "compare", "out"];

interface Options extends BenchmarkOptions {
  readonly tasks?: string;
  readonly humaneval?: string;
  readonly choices?: string;
  readonly split?: string;
  readonly compare?: string;
  readonly out?: string;
}

async function evaluate(what: string, options: Options & { readonly tasks: string }) {
  const { split, compare, json } = options;
  const { runs, others } = await withJob(async (job) => {
    const all = await readTasks(options.tasks, job.signal);
    const tasks = all.filter((task) => split === undefined || task.split === split);
    if (tasks.length === 0) throw new CommandError(`no task is of split "${split}"`);
    using workers = openTaskWorkers(options.workers);
    const evaluated = async (what: string) => {
      const runs: Evaluation[] = [];
      for (const predictions of await predictionsOf(what, tasks, job)) {
        runs.push(await evaluateRun(tasks, predictions, workers, options, job));
      }
      return runs;
    };
    return {
      runs: await evaluated(what),
      others: compare === undefined ? [] : await evaluated(compare),
    };
  });
  const [first] = runs;
  if (first === undefined) throw new CommandError(`${what} holds no predictions`);
  const summary = summaryOf(runs);
  const comparison = others[0] && comparisonOf(first, others[0]);
  if (options.out !== undefined) await writeReports(options.out, runs);
  if (json) {
    printJson({
      ...first.report,
      bottega: { ...summary, ...(comparison && { comparison }) },
    });
    return;
  }
  tell(what, first, summary);
  if (comparison) {
    const { onlyFirst, onlySecond, difference, pValue } = comparison;
    print("");
    print(
      `${compare}: ${
        points(difference)
      } points against ${what}; only ${what} resolves ${onlyFirst}, ` +
        `only ${compare} ${onlySecond}, p = ${pValue.toPrecision(2)}`,
    );
  }
}

/** The predictions of each run. */
async function predictionsOf(
  what: string,
  tasks: readonly Task[],
  job: Job,
): Promise<Prediction[][]> {
  if (what === "gold") return [goldPredictions(tasks)];
  if (what === "empty") return [emptyPredictions(tasks)];
  if (await isCheckpoint(what)) return [await predictionsOfModel(what, tasks, job)];
  const wanted = new Set(tasks.map(({ id }) => id));
  const texts = await readPredictionFiles(what);
  return texts.map((text) => {
    const all = parsePredictions(text);
    const ours = all.filter(({ instance_id }) => wanted.has(instance_id));
    const strangers = all.length - ours.length;
    if (strangers > 0) note(`${what}: ${strangers} predictions are for none of the tasks`);
    return ours;
  });
}

/** What a checkpoint proposes, as an agent with a short prompt that takes the likeliest token. */
async function predictionsOfModel(
  model: string,
  tasks: readonly Task[],
  job: Job,
): Promise<Prediction[]> {
  await using opened = await openModelPolicy("checkpoint", { model });
  const { policy, parallel } = opened;
  return await forAll(tasks, { ...job, size: parallel, phase: "work" }, async (task) => {
    await using environment = await openEnvironment(task);
    const { outcome } = await runAgent({
      task,
      environment,
      policy,
      prompt: SHORT_PROMPT,
      signal: job.signal,
    });
    return {
      instance_id: task.id,
      model_name_or_path: model,
      model_patch: outcome.patch ?? null,
      exit_status: outcome.exitStatus,
    };
  });
}

/** Whether it is a model's folder, or that of a run of training. */
async function isCheckpoint(path: string): Promise<boolean> {
  for (const name of ["config.json", "checkpoints"]) {
    try {
      await Deno.stat(join(path, name));
      return true;
    } catch (error) {
      const isNone = error instanceof Deno.errors.NotFound ||
        error instanceof Deno.errors.NotADirectory;
      if (!isNone) throw error;
    }
  }
  return false;
}

async function readPredictionFiles(path: string): Promise<string[]> {
  let info;
  try {
    info = await Deno.stat(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new CommandError(`${path}: there is no such file; give "gold", "empty" or predictions`);
  }
  if (info.isFile) return [await Deno.readTextFile(path)];
  const folder = join(path, "predictions");
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (name.endsWith(".jsonl")) names.push(name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new CommandError(
      `${path}: a folder without predictions/, which \`bottega rollout\` writes`,
    );
  }
  names.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return await Promise.all(names.map((name) => Deno.readTextFile(join(folder, name))));
}

async function evaluateRun(
  tasks: readonly Task[],
  predictions: readonly Prediction[],
  workers: TaskWorkers,
  { timeout }: Options,
  job: Job,
): Promise<Evaluation> {
  const timeoutMs = timeout === undefined ? undefined : timeout * 1000;
  const grade = async (task: Task, patch: string): Promise<Grade> => {
    try {
      return await workers.run("grade", { task: writeTask(task), patch, timeoutMs }, job);
    } catch (error) {
      job.signal?.throwIfAborted();
      // A worker that stalled or died has failed at this task alone.
      if (!(error instanceof WorkerError)) throw error;
      throw new AgentError("unavailable", error.message, { cause: error });
    }
  };
  return await evaluatePredictions(tasks, predictions, { ...job, grade, parallel: workers.size });
}

function summaryOf(runs: readonly Evaluation[]) {
  const outcomes = runs.flatMap(({ outcomes }) => outcomes);
  const byTask = [...Map.groupBy(outcomes, ({ id }) => id).values()];
  const share = (drawn: readonly (typeof outcomes)[]) =>
    drawn.reduce(
      (sum, task) => sum + task.filter(({ resolved }) => resolved).length / task.length,
      0,
    ) /
    drawn.length;
  const counts = byTask.map((task) => ({
    attempts: task.length,
    successes: task.filter(({ resolved }) => resolved).length,
  }));
  const tags = Object.keys(Object.assign({}, ...outcomes.map(({ tags }) => tags)));
  return {
    runs: runs.length,
    // Runs of one task go together: Wilson's interval would count them as so many tasks.
    rate: runs.length === 1 ? resolvedRate("all", outcomes) : bootstrapInterval(byTask, share),
    passAtK: Object.fromEntries(runs.map((_run, k) => [k + 1, meanPassAtK(counts, k + 1)])),
    failures: failureCounts(outcomes),
    by: Object.fromEntries(
      tags.filter((tag) => TOLD_TAGS.includes(tag)).map((tag) => [tag, ratesByTag(outcomes, tag)]),
    ),
  };
}

/** The tags that results are told by. */
const TOLD_TAGS = ["split", "bug", "files", "composed", "issue", "revealed_by", "failing_test"];

function comparisonOf(first: Evaluation, second: Evaluation) {
  const resolved = ({ outcomes }: Evaluation) => outcomes.map((outcome) => outcome.resolved);
  return mcNemar(resolved(first), resolved(second));
}

function tell(what: string, { report }: Evaluation, summary: ReturnType<typeof summaryOf>) {
  const { rate, runs, passAtK, failures, by } = summary;
  const interval = `${points(rate.low)} to ${points(rate.high)}`;
  print(
    `${what}: ${
      points(rate.value)
    } % resolved (${interval}; 95 %), ${report.total_instances} tasks`,
  );
  if (runs > 1) {
    const told = Object.entries(passAtK).map(([k, share]) => `pass@${k} ${points(share)} %`);
    print(`${runs} runs: ${told.join(", ")}`);
  }
  const failed = Object.entries(failures).map(([name, count]) => `${name} ${count}`);
  if (failed.length > 0) print(`not resolved: ${failed.join(", ")}`);
  for (const [tag, rates] of Object.entries(by)) {
    print("");
    printTable(
      [tag, "resolved", "of", "%", "95 %"],
      rates.map(({ name, resolved, total, value, low, high }) => [
        name,
        resolved,
        total,
        points(value),
        `${points(low)} to ${points(high)}`,
      ]),
    );
  }
}

/** `summary.run-N.json` and `run-N/INSTANCE/report.json`. */
async function writeReports(out: string, runs: readonly Evaluation[]): Promise<void> {
  for (const [at, { report, reports }] of runs.entries()) {
    const run = `run-${at + 1}`;
    for (const [id, instance] of reports) {
      const folder = join(out, run, id.replaceAll(/[^\w.-]/g, "_"));
      await Deno.mkdir(folder, { recursive: true });
      const text = JSON.stringify({ [id]: instance }, null, 4);
      await Deno.writeTextFile(join(folder, "report.json"), text);
    }
    await Deno.mkdir(out, { recursive: true });
    await Deno.writeTextFile(join(out, `summary.${run}.json`), JSON.stringify(report, null, 4));
  }
}
