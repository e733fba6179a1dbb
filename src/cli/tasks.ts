/**
 * `bottega tasks make|validate|list`: executable tasks.
 *
 * @module
 */
import { join } from "node:path";
import { type Command, Option } from "commander";
import {
  loadTasks,
  parseTask,
  planMiniSwe,
  SPLITS,
  type Task,
  type Validation,
  writeTask,
} from "../agent/mod.ts";
import { WorkerError } from "../remote/mod.ts";
import { withJob } from "./job.ts";
import { jsonOption, SOURCE, wholeNumber } from "./options.ts";
import { brief, CommandError, note, print, printJson, printTable } from "./output.ts";
import { forAll, openTaskWorkers } from "./task_workers.ts";
import { type HistoryOptions, makeFromHistory } from "./tasks_from_history.ts";

/** Adds the command to `program`. */
export function addTasks(program: Command): void {
  const tasks = program.command("tasks").description("executable tasks: make, validate, list them");
  tasks.command("make")
    .description(
      "make a world of small repositories with mistakes in them (MiniSWE), or find tasks --from a history",
    )
    .requiredOption("--out <folder>", "where tasks.jsonl and repositories/ are written")
    .addOption(
      new Option("--seed <n>", "the same seed gives the same bytes")
        .argParser(wholeNumber(0)).default(1),
    )
    .addOption(
      new Option("--count <n>", "how many tasks, of all splits together")
        .argParser(wholeNumber(1)).default(200),
    )
    .option("--force", "write over tasks that are there")
    .option("--from <repository>", "find tasks in the commits of this repository instead")
    .option("--name <owner/name>", "with --from: the repository's name in the tasks")
    .addOption(
      new Option("--environment <kind>", "with --from: where its tests run")
        .choices(["quickjs", "bubblewrap"]).default("quickjs"),
    )
    .option("--test-command <command>", "with --from and bubblewrap: how its tests run")
    .addOption(
      new Option("--commits <n>", "with --from: how many commits are looked at")
        .argParser(wholeNumber(1)),
    )
    .addOption(timeoutOption())
    .addOption(workersOption())
    .addOption(jsonOption())
    .action(make);
  tasks.command("validate")
    .description("run the tests of each task before and after its gold patch")
    .argument("<tasks>", SOURCE)
    .addOption(
      new Option("--runs <n>", "how often each must give the same")
        .argParser(wholeNumber(1)).default(3),
    )
    .addOption(timeoutOption())
    .option("--out <file>", "write the valid ones; the others are set aside")
    .addOption(workersOption())
    .addOption(jsonOption())
    .action(validate);
  tasks.command("list")
    .description("list tasks of any source: our own, SWE-bench's, SWE-rebench's")
    .argument("<tasks>", SOURCE)
    .addOption(jsonOption())
    .action(list);
}

/** How many workers share the work. */
export function workersOption(): Option {
  return new Option("--workers <n>", "how many at the same time; by default one a processor")
    .argParser(wholeNumber(1, 256));
}

/** How long tests may take. */
export function timeoutOption(): Option {
  return new Option("--timeout <seconds>", "how long a test run may take").argParser(
    wholeNumber(1),
  );
}

/** Reads tasks for a command, telling what could not be read. @throws {CommandError} for none */
export async function readTasks(source: string, signal?: AbortSignal): Promise<Task[]> {
  const { tasks, errors } = await loadTasks(source, { signal });
  for (const { path, row, reason } of errors.slice(0, 20)) {
    note(`${path}${row === undefined ? "" : `, row ${row}`}: ${reason}`);
  }
  if (errors.length > 20) note(`and ${errors.length - 20} more that could not be read`);
  if (tasks.length === 0) throw new CommandError(`no tasks found in ${source}`);
  return [...tasks];
}

interface MakeOptions extends HistoryOptions {
  readonly from?: string;
  readonly seed: number;
  readonly force?: boolean;
  readonly workers?: number;
}

async function make(options: MakeOptions) {
  const { out, from, seed, count, force, workers: size, json } = options;
  const file = join(out, "tasks.jsonl");
  if (!force && await exists(file)) {
    throw new CommandError(`${file} is there already: choose another folder, or add --force`);
  }
  if (from !== undefined) {
    await makeFromHistory(from, file, options);
    return;
  }
  const made = await withJob(async (job) => {
    using workers = openTaskWorkers(size);
    const requests = planMiniSwe({ seed, count });
    return await forAll(
      requests,
      { ...job, size: workers.size, phase: "make" },
      (request) => workers.run("make", request, job),
    );
  });
  for (const split of SPLITS) {
    await Deno.mkdir(join(out, "repositories", split), { recursive: true });
  }
  for (const { name, split, bundle } of made) {
    const path = join(out, "repositories", split, `${name.replace("mini/", "")}.bundle`);
    await Deno.writeFile(path, bundle);
  }
  const rows = made.flatMap(({ tasks }) => tasks);
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  await Deno.writeTextFile(`${file}.partial`, text);
  await Deno.rename(`${file}.partial`, file);
  const tasks = rows.map(parseTask);
  const summary = {
    out,
    seed,
    tasks: tasks.length,
    repositories: made.length,
    splits: countBy(tasks.map(({ split }) => split)),
    tags: Object.fromEntries(
      TOLD_TAGS.map((tag) => [tag, countBy(tasks.map(({ tags }) => tags?.[tag] ?? ""))]),
    ),
    sha256: await sha256(text),
  };
  if (json) {
    printJson(summary);
    return;
  }
  print(`${summary.tasks} tasks in ${summary.repositories} repositories: ${file}`);
  for (const [tag, counts] of Object.entries({ split: summary.splits, ...summary.tags })) {
    print(`${tag}: ${Object.entries(counts).map(([name, n]) => `${name} ${n}`).join(", ")}`);
  }
}

/** The tags whose counts tell what a world is like. */
const TOLD_TAGS = ["bug", "files", "composed", "issue", "revealed_by", "failing_test", "domain"];

interface ValidateOptions {
  readonly runs: number;
  readonly timeout?: number;
  readonly out?: string;
  readonly workers?: number;
  readonly json?: boolean;
}

async function validate(source: string, options: ValidateOptions) {
  const { runs, timeout, out, workers: size, json } = options;
  const startMs = performance.now();
  const { tasks, validations } = await withJob(async (job) => {
    const tasks = await readTasks(source, job.signal);
    using workers = openTaskWorkers(size);
    const timeoutMs = timeout === undefined ? undefined : timeout * 1000;
    const validations = await forAll(
      tasks,
      { ...job, size: workers.size, phase: "validate" },
      async (task): Promise<Validation> => {
        try {
          return await workers.run("validate", { task: writeTask(task), runs, timeoutMs }, job);
        } catch (error) {
          job.signal?.throwIfAborted();
          if (!(error instanceof WorkerError)) throw error;
          // The worker is closed where tests could not be stopped from within.
          const fault = error.code === "worker-closed" ? "timeout" : "environment";
          return { id: task.id, valid: false, fault, reason: error.message };
        }
      },
    );
    return { tasks, validations };
  });
  const invalid = validations.filter(({ valid }) => !valid);
  const valid = tasks.filter((_task, at) => validations[at]?.valid);
  if (out !== undefined) {
    const text = valid.map((task) => `${JSON.stringify(writeTask(task))}\n`).join("");
    await Deno.writeTextFile(out, text);
    note(`${valid.length} valid tasks written to ${out}`);
  }
  const seconds = (performance.now() - startMs) / 1000;
  if (json) {
    printJson({
      total: tasks.length,
      valid: valid.length,
      runs,
      faults: countBy(invalid.map(({ fault }) => fault ?? "")),
      invalid: invalid.map(({ id, fault, reason }) => ({ id, fault, reason })),
      seconds: Number(seconds.toFixed(1)),
    });
  } else {
    if (invalid.length > 0) {
      printTable(
        ["task", "fault", "reason"],
        invalid.map((
          { id, fault, reason },
        ) => [brief(id, 40), fault ?? "", brief(reason ?? "", 100)]),
      );
    }
    print(
      `${valid.length} of ${tasks.length} tasks are valid (${runs} runs, ${seconds.toFixed(1)} s)`,
    );
  }
  if (invalid.length > 0 && out === undefined) {
    throw new CommandError(`${invalid.length} of ${tasks.length} tasks are not valid`);
  }
}

async function list(source: string, { json }: { json?: boolean }) {
  const tasks = await withJob((job) => readTasks(source, job.signal));
  if (json) {
    printJson({
      tasks: tasks.map((
        { id, repo, base, problem, failToPass, passToPass, split, environment, tags },
      ) => ({
        id,
        repo,
        base,
        problem,
        split,
        environment,
        failToPass: failToPass.length,
        passToPass: passToPass.length,
        tags: tags ?? {},
      })),
    });
    return;
  }
  printTable(
    ["id", "split", "environment", "fail to pass", "problem"],
    tasks.map(({ id, split, environment, failToPass, problem }) => [
      brief(id, 40),
      split,
      environment,
      failToPass.length,
      brief(problem.split("\n")[0] ?? "", 80),
    ]),
  );
  note(`${tasks.length} tasks`);
}

/** How often each name occurs, the names in order. */
export function countBy(names: readonly string[]): Record<string, number> {
  const groups = Map.groupBy(names.toSorted(), (name) => name);
  return Object.fromEntries([...groups].map(([name, all]) => [name, all.length]));
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function sha256(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(hash).toHex();
}
