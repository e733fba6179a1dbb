/**
 * `bottega rollout TASKS`: trajectories from environments.
 *
 * @module
 */
import { join } from "node:path";
import { type Command, Option } from "commander";
import {
  DEFAULT_MAX_TOKENS,
  journalLine,
  parseJournal,
  type Rollout,
  rollOut,
  rolloutFiles,
  type RolloutRequest,
  SHORT_PROMPT,
  SWE_AGENT_PROMPT,
  type Task,
  writeTask,
} from "../agent/mod.ts";
import { openEnvironment } from "../agent/headless.ts";
import { loadTokenizer, VOCABULARIES, type VocabularyName } from "../tokenizer/mod.ts";
import { withJob } from "./job.ts";
import { jsonOption, SOURCE, wholeNumber } from "./options.ts";
import { CommandError, note, print, printJson } from "./output.ts";
import { openModelPolicy, POLICIES, type PolicyName } from "./policies.ts";
import { forAll, openTaskWorkers } from "./task_workers.ts";
import { countBy, readTasks, workersOption } from "./tasks.ts";

/** Adds the command to `program`. */
export function addRollout(program: Command): void {
  program.command("rollout")
    .description("let an agent run each task several times; the tests tell which runs passed")
    .argument("<tasks>", SOURCE)
    .requiredOption("--out <folder>", "where the trajectories go; a stopped run goes on there")
    .addOption(new Option("--policy <name>", "who decides").choices(POLICIES).default("teacher"))
    .option(
      "--model <model>",
      "with --policy checkpoint: its folder; with openai: the model's name",
    )
    .option("--base-url <url>", "with --policy openai: a compatible server")
    .addOption(
      new Option("--temperature <percent>", "of a model's choices, 100 is 1")
        .argParser(wholeNumber(0, 1000)),
    )
    .addOption(
      new Option("--runs <n>", "how often each task is run").argParser(wholeNumber(1)).default(4),
    )
    .addOption(new Option("--seed <n>", "other choices").argParser(wholeNumber(0)).default(0))
    .option("--split <name>", "only tasks of this split")
    .addOption(new Option("--limit <n>", "only the first n tasks").argParser(wholeNumber(1)))
    .addOption(
      new Option("--format <format>", "how calls are written").choices(["function", "chat"])
        .default("function"),
    )
    .addOption(
      new Option("--prompt <prompt>", "what an agent is told beside the problem")
        .choices(["short", "swe-agent"]).default("short"),
    )
    .addOption(
      new Option("--steps <n>", "turns of an agent").argParser(wholeNumber(1)).default(100),
    )
    .addOption(
      new Option("--max-tokens <n>", "longer trajectories are dropped").argParser(wholeNumber(1))
        .default(DEFAULT_MAX_TOKENS),
    )
    .addOption(
      new Option("--tokenizer <name>", "what tokens are counted with").choices(VOCABULARIES)
        .default("o200k_base"),
    )
    .addOption(
      new Option("--wrong-fixes <percent>", "how often the teacher's fix is wrong")
        .argParser(wholeNumber(0, 100)),
    )
    .option("--verify", "replay each run and compare what it observed")
    .addOption(workersOption())
    .addOption(jsonOption())
    .action(rollout);
}

interface Options {
  readonly out: string;
  readonly policy: PolicyName;
  readonly model?: string;
  readonly baseUrl?: string;
  readonly temperature?: number;
  readonly runs: number;
  readonly seed: number;
  readonly split?: string;
  readonly limit?: number;
  readonly format: "function" | "chat";
  readonly prompt: "short" | "swe-agent";
  readonly steps: number;
  readonly maxTokens: number;
  readonly tokenizer: VocabularyName;
  readonly wrongFixes?: number;
  readonly verify?: boolean;
  readonly workers?: number;
  readonly json?: boolean;
}

async function rollout(source: string, options: Options) {
  const { out, runs, json } = options;
  const startMs = performance.now();
  const { rollouts, resumed } = await withJob(async (job) => {
    const tasks = chosen(await readTasks(source, job.signal), options);
    await Deno.mkdir(out, { recursive: true });
    await keepSpec(join(out, "spec.json"), specOf(options));
    const done = await readJournal(join(out, "journal.jsonl"));
    const all = tasks.flatMap((task) =>
      Array.from({ length: runs }, (_, n) => ({ task, run: n + 1, id: `${task.id}.run-${n + 1}` }))
    );
    const left = all.filter(({ id }) => !done.has(id));
    await using agents = await openAgents(options);
    using journal = await Deno.open(join(out, "journal.jsonl"), { append: true, create: true });
    const failures: string[] = [];
    const made = await forAll(
      left,
      { ...job, size: agents.parallel, phase: "roll out" },
      async ({ task, run, id }) => {
        try {
          const rollout = await agents.rollOut(task, run, job.signal);
          await writeAll(journal, journalLine(rollout));
          return rollout;
        } catch (error) {
          job.signal?.throwIfAborted();
          failures.push(`${id}: ${error instanceof Error ? error.message : String(error)}`);
          return null;
        }
      },
    );
    for (const failure of failures.slice(0, 10)) note(failure);
    if (failures.length > 0) note(`${failures.length} rollouts failed; run again to retry them`);
    const wanted = new Set(all.map(({ id }) => id));
    const before = [...done.values()].filter(({ trajectory }) => wanted.has(trajectory.id));
    return { rollouts: [...before, ...made.filter((one) => one !== null)], resumed: before.length };
  });
  for await (const { path, content } of rolloutFiles(rollouts)) {
    const to = join(out, path);
    await Deno.mkdir(join(to, ".."), { recursive: true });
    if (typeof content === "string") await Deno.writeTextFile(to, content);
    else await Deno.writeFile(to, content);
  }
  const seconds = (performance.now() - startMs) / 1000;
  const summary = {
    ...summaryOf(rollouts),
    resumed,
    ...speedOf(rollouts.length - resumed, seconds),
  };
  if (json) {
    printJson({ out, ...summary });
    return;
  }
  const { passed, failed, dropped, rolloutsPerMinute } = summary;
  print(
    `${passed} passed, ${failed} failed, ${dropped} dropped: ${join(out, "trajectories.jsonl")}`,
  );
  note(`${resumed} were there before; ${rolloutsPerMinute} rollouts a minute`);
}

/** What runs the rollouts: the teacher's in workers, a model's here, side by side. */
interface Agents extends AsyncDisposable {
  readonly parallel: number;
  rollOut(task: Task, run: number, signal: AbortSignal | undefined): Promise<Rollout>;
}

async function openAgents(options: Options): Promise<Agents> {
  if (options.policy === "teacher") {
    const workers = openTaskWorkers(options.workers);
    return {
      parallel: workers.size,
      rollOut: (task, run, signal) =>
        workers.run("rollOut", requestOf(task, run, options), { signal }),
      [Symbol.asyncDispose]: () => Promise.resolve(workers[Symbol.dispose]()),
    };
  }
  const { temperature = 0, tokenizer: name } = options;
  const tokenizer = await loadTokenizer(name);
  const opened = await openModelPolicy(options.policy, {
    ...options,
    temperature: temperature / 100,
  });
  return {
    parallel: opened.parallel,
    rollOut(task, run, signal) {
      const { shortPrompt, task: _json, teacher: _teacher, tokenizer: _name, ...request } =
        requestOf(task, run, options);
      return rollOut({
        ...request,
        task,
        policy: opened.policy,
        prompt: shortPrompt ? SHORT_PROMPT : SWE_AGENT_PROMPT,
        countTokens: (text) => tokenizer.encode(text).length,
        open: openEnvironment,
        signal,
      });
    },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

function chosen(tasks: readonly Task[], { split, limit }: Options): Task[] {
  const wanted = tasks.filter((task) => split === undefined || task.split === split);
  if (wanted.length === 0) throw new CommandError(`no task is of split "${split}"`);
  return wanted.slice(0, limit);
}

function requestOf(task: Task, run: number, options: Options): RolloutRequest {
  const { seed, format, prompt, steps, maxTokens, tokenizer, wrongFixes, verify = false } = options;
  return {
    task: writeTask(task),
    run,
    teacher: wrongFixes === undefined ? {} : { wrongFixes: wrongFixes / 100 },
    seed,
    format,
    shortPrompt: prompt === "short",
    limits: { steps },
    maxTokens,
    tokenizer,
    verify,
  };
}

/** What decides the content of the rollouts: another one needs another folder. */
function specOf(options: Options) {
  const { policy, seed, format, prompt, steps, maxTokens, tokenizer } = options;
  const { model = null, temperature = null, wrongFixes = null } = options;
  return {
    policy,
    model,
    temperature,
    seed,
    format,
    prompt,
    steps,
    maxTokens,
    tokenizer,
    wrongFixes,
  };
}

/** @throws {CommandError} for a folder that was begun otherwise */
async function keepSpec(path: string, spec: Readonly<Record<string, unknown>>): Promise<void> {
  const before = await readIfThere(path);
  if (before === null) {
    await Deno.writeTextFile(path, `${JSON.stringify(spec, null, 2)}\n`);
    return;
  }
  const known = JSON.parse(before);
  const other = Object.keys(spec).find((key) => known[key] !== spec[key]);
  if (other === undefined) return;
  const told = `${JSON.stringify(known[other])}, not ${JSON.stringify(spec[other])}`;
  throw new CommandError(`${path}: the rollouts there have ${other} ${told}; choose another --out`);
}

async function readJournal(path: string): Promise<Map<string, Rollout>> {
  const text = await readIfThere(path) ?? "";
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  // The next line must not be joined to one that was cut short.
  if (whole !== text) await Deno.writeTextFile(path, whole);
  return new Map(parseJournal(whole).map((rollout) => [rollout.trajectory.id, rollout]));
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function writeAll(file: Deno.FsFile, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  // One call at a time: lines of two workers must not mix.
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
  await file.syncData();
}

function summaryOf(rollouts: readonly Rollout[]) {
  const kept = rollouts.filter(({ dropped }) => !dropped);
  const passed = kept.filter(({ trajectory }) => trajectory.outcome.resolved).length;
  const tokens = kept.map((rollout) => rollout.tokens).toSorted((a, b) => a - b);
  const replayed = rollouts.filter(({ differsAt }) => differsAt !== undefined);
  return {
    rollouts: rollouts.length,
    passed,
    failed: kept.length - passed,
    dropped: rollouts.length - kept.length,
    passShare: Number((passed / Math.max(1, kept.length)).toFixed(4)),
    exitStatuses: countBy(rollouts.map(({ trajectory }) => trajectory.outcome.exitStatus ?? "")),
    tokens: {
      total: tokens.reduce((sum, count) => sum + count, 0),
      median: tokens[Math.floor(tokens.length / 2)] ?? 0,
      p95: tokens[Math.floor(tokens.length * 0.95)] ?? 0,
      max: tokens.at(-1) ?? 0,
    },
    ...(replayed.length > 0 && {
      replayed: replayed.length,
      replaysDiffer: replayed.filter(({ differsAt }) => differsAt !== null).length,
    }),
  };
}

function speedOf(made: number, seconds: number) {
  return {
    seconds: Number(seconds.toFixed(1)),
    rolloutsPerMinute: Math.round(made / Math.max(seconds, 0.001) * 60),
  };
}
