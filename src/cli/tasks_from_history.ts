/**
 * `bottega tasks make --from REPOSITORY`: tasks from commits that change source and tests.
 *
 * @module
 */
import { dirname } from "node:path";
import { openEnvironment } from "../agent/headless.ts";
import { historyTasks, type Task, validateTask, writeTask } from "../agent/mod.ts";
import { openRepository } from "../git/mod.ts";
import { parseSource } from "../trajectory/mod.ts";
import { withJob } from "./job.ts";
import { CommandError, note, print, printJson } from "./output.ts";

/** What of the command's options concerns a history. */
export interface HistoryOptions {
  readonly out: string;
  /** How many valid tasks are wanted. */
  readonly count: number;
  readonly name?: string;
  readonly environment: "quickjs" | "bubblewrap";
  readonly testCommand?: string;
  readonly commits?: number;
  readonly timeout?: number;
  readonly json?: boolean;
}

/** Finds tasks, validates each, and writes the valid ones to `file`. */
export async function makeFromHistory(source: string, file: string, options: HistoryOptions) {
  const { count, environment, testCommand, commits, timeout, json } = options;
  if (environment === "bubblewrap" && testCommand === undefined) {
    throw new CommandError("--environment bubblewrap needs a --test-command");
  }
  const tasks: Task[] = [];
  const reasons: string[] = [];
  await withJob(async (job) => {
    const { location, revision } = await parseSource(source, isThere);
    const opened = location.endsWith(".bundle")
      ? { name: location, bundle: await Deno.readFile(location) }
      : location;
    const repository = await openRepository(opened, job);
    try {
      const timeoutMs = timeout === undefined ? undefined : timeout * 1000;
      const name = options.name ?? nameOf(location);
      const found = historyTasks(repository, {
        ...job,
        revision,
        limit: commits,
        name,
        environment,
        testCommand,
        timeoutMs,
        open: openEnvironment,
      });
      for await (const finding of found) {
        if ("reason" in finding) {
          reasons.push(finding.reason);
          continue;
        }
        const { task } = finding;
        const { valid, fault, reason } = await validateTask(task, {
          signal: job.signal,
          timeoutMs,
          open: openEnvironment,
        });
        if (valid) tasks.push(task);
        else {
          reasons.push(fault ?? "");
          note(`${task.id} is set aside: ${reason}`);
        }
        if (tasks.length >= count) break;
      }
    } finally {
      await repository.close();
    }
  });
  await Deno.mkdir(dirname(file), { recursive: true });
  await Deno.writeTextFile(
    file,
    tasks.map((task) => `${JSON.stringify(writeTask(task))}\n`).join(""),
  );
  const others = [...Map.groupBy(reasons, (reason) => reason)]
    .map(([reason, all]) => ({ reason, commits: all.length }))
    .toSorted((a, b) => b.commits - a.commits);
  if (json) {
    printJson({
      out: options.out,
      tasks: tasks.length,
      commits: tasks.length + reasons.length,
      others,
    });
    return;
  }
  print(`${tasks.length} valid tasks of ${tasks.length + reasons.length} commits: ${file}`);
  for (const { reason, commits } of others.slice(0, 10)) print(`${commits} others: ${reason}`);
}

/** The last two parts of a URL or path. */
function nameOf(location: string): string {
  const parts = location.replace(/\.(git|bundle)$/, "").split(/[/\\:]/).filter((part) =>
    part !== ""
  );
  return parts.slice(-2).join("/");
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
