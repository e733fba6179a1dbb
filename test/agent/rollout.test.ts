import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  historyTasks,
  journalLine,
  makeMiniSwe,
  openEnvironment,
  parseJournal,
  type Rollout,
  rollOut,
  rolloutFiles,
  SHORT_PROMPT,
  type Task,
  teacherPolicy,
  validateTask,
  writeTask,
} from "../../src/agent/mod.ts";
import { openRepository, writeHistory } from "../../src/git/mod.ts";
import { loadTrajectories } from "../../src/trajectory/mod.ts";
import { bottega, bottegaJson } from "../support/bottega.ts";

const repositories = await Array.fromAsync(makeMiniSwe({ seed: 3, count: 8 }));
const tasks = repositories.flatMap((repository) => repository.tasks);

let folder: string;
let rollouts: Rollout[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bottega-rollout-"));
  rollouts = [];
  for (const task of tasks) for (const run of [1, 2]) rollouts.push(await teach(task, run));
});
afterAll(() => rm(folder, { recursive: true }));

function teach(task: Task, run: number, change: { maxTokens?: number } = {}): Promise<Rollout> {
  return rollOut({
    task,
    run,
    policy: teacherPolicy(task),
    prompt: SHORT_PROMPT,
    open: openEnvironment,
    verify: true,
    ...change,
  });
}

describe("a rollout", () => {
  test("is labelled by the task's tests; some pass and some fail", () => {
    const passed = rollouts.filter(({ trajectory }) => trajectory.outcome.resolved);
    expect(passed.length).toBeGreaterThan(rollouts.length * 0.3);
    expect(passed.length).toBeLessThan(rollouts.length);
    for (const { trajectory, grade } of rollouts) {
      expect(trajectory.outcome.resolved).toBe(grade.applied && grade.resolved);
      expect(trajectory.steps.length).toBeGreaterThan(1);
    }
    expect(new Set(rollouts.map(({ trajectory }) => trajectory.id)).size).toBe(rollouts.length);
  });

  test("replayed, observes the same to the byte; another run does other things", async () => {
    expect(rollouts.map(({ differsAt }) => differsAt)).toEqual(rollouts.map(() => null));
    const [task] = tasks;
    if (task === undefined) throw new Error("no task");
    const runs = await Promise.all([1, 2, 3, 4].map((run) => teach(task, run)));
    const texts = runs.map(({ trajectory }) => JSON.stringify(trajectory.steps));
    expect(new Set(texts).size).toBeGreaterThan(1);
    expect(JSON.stringify((await teach(task, 2)).trajectory.steps)).toBe(texts[1]);
  });

  test("over the token limit is dropped, and in no file but the journal", async () => {
    const [task] = tasks;
    if (task === undefined) throw new Error("no task");
    const long = await teach(task, 9, { maxTokens: 50 });
    expect(long.dropped).toBe(true);
    const files = await Array.fromAsync(rolloutFiles([long]));
    expect(files.map(({ content }) => content)).toEqual(["", "", ""]);
  });
});

describe("the files", () => {
  test("are the same whatever the order, and are read back from every format", async () => {
    const files = await Array.fromAsync(rolloutFiles(rollouts));
    const again = await Array.fromAsync(rolloutFiles(rollouts.toReversed()));
    expect(again).toEqual(files);
    for (const { path, content } of files) {
      const flat = path.replace("/", "-");
      await writeFile(join(folder, flat), content);
      if (!path.startsWith("r2e-gym") && path !== "trajectories.jsonl") continue;
      const { trajectories, errors } = await loadTrajectories(join(folder, flat));
      expect(errors).toEqual([]);
      const wanted = path.includes("pass") ? true : path.includes("fail") ? false : null;
      const kept = rollouts.filter(({ trajectory: { outcome } }) =>
        wanted === null || outcome.resolved === wanted
      );
      expect(trajectories.length, path).toBe(kept.length);
      const byId = new Map(kept.map(({ trajectory }) => [trajectory.id, trajectory]));
      for (const { id, steps, outcome } of trajectories) {
        expect({ steps, outcome }).toEqual({
          steps: byId.get(id)?.steps,
          outcome: byId.get(id)?.outcome,
        });
      }
    }
    expect(files.filter(({ path }) => path.endsWith(".traj"))).toHaveLength(rollouts.length);
    const bundle = join(folder, "trajectories.bundle");
    const opened = await loadTrajectories(bundle);
    expect(opened.trajectories).toHaveLength(rollouts.length);
    expect(opened.trajectories.map(({ outcome }) => outcome.resolved).toSorted())
      .toEqual(rollouts.map(({ trajectory }) => trajectory.outcome.resolved).toSorted());
  });

  test("a journal is read up to where it was cut", () => {
    const text = rollouts.slice(0, 2).map(journalLine).join("");
    expect(parseJournal(text)).toEqual(rollouts.slice(0, 2));
    expect(parseJournal(text.slice(0, -5))).toEqual(rollouts.slice(0, 1));
    expect(parseJournal("")).toEqual([]);
  });
});

test(
  "the command goes on where it was stopped, and refuses another kind of run there",
  async () => {
    const file = join(folder, "tasks.jsonl");
    const out = join(folder, "out");
    await writeFile(
      file,
      tasks.slice(0, 3).map((task) => `${JSON.stringify(writeTask(task))}\n`).join(""),
    );
    const args = ["rollout", file, "--out", out, "--workers", "2"];
    const first = await bottegaJson(...args, "--runs", "1");
    expect(first).toMatchObject({ rollouts: 3, resumed: 0, dropped: 0 });
    // As a process leaves it that was killed while it wrote.
    const journal = await readFile(join(out, "journal.jsonl"), "utf8");
    await writeFile(join(out, "journal.jsonl"), journal.slice(0, -40));
    const second = await bottegaJson(...args, "--runs", "2", "--verify");
    expect(second).toMatchObject({ rollouts: 6, resumed: 2, replayed: 4, replaysDiffer: 0 });
    const whole = join(folder, "whole");
    await bottegaJson("rollout", file, "--out", whole, "--runs", "2");
    for (const name of ["trajectories.jsonl", "trajectories.bundle", "r2e-gym/pass.jsonl"]) {
      expect(await readFile(join(out, name)), name).toEqual(await readFile(join(whole, name)));
    }
    expect((await readdir(join(out, "swe-agent"))).length).toBe(6);

    const other = await bottega(...args, "--seed", "5");
    expect(other.code).toBe(1);
    expect(other.stderr).toContain("seed 0, not 5");

    const evaluated = await bottegaJson("evaluate", out, "--tasks", file) as Record<
      string,
      unknown
    >;
    expect(evaluated).toMatchObject({ total_instances: 3, bottega: { runs: 2 } });
  },
  300_000,
);

describe("from history", () => {
  test("the tasks of a MiniSWE repository are found in its commits", async () => {
    const [first] = repositories;
    if (first === undefined) throw new Error("no repository");
    const repository = await openRepository({ name: "a", bundle: await first.bundle() });
    const options = { name: "mini/a", environment: "quickjs", open: openEnvironment } as const;
    const found = await Array.fromAsync(historyTasks(repository, options));
    for (const task of first.tasks) {
      const fix = first.commits[first.commits.findIndex(({ oid }) => oid === task.base) + 1];
      const finding = found.find(({ commit }) => commit === fix?.oid);
      if (finding === undefined || !("task" in finding)) throw new Error(`${task.id} is not found`);
      expect(finding.task.base).toBe(task.base);
      expect(finding.task.patch).toBe(task.patch);
      expect(finding.task.failToPass).toEqual(
        expect.arrayContaining(
          task.failToPass.filter((name) => task.files?.[name.split(" > ")[0] ?? ""]),
        ),
      );
      expect(await validateTask(finding.task, { runs: 1, open: openEnvironment }))
        .toMatchObject({ valid: true });
    }
    expect(found.at(-1)).toMatchObject({ reason: "it has no parent" });
    await repository.close();
  });

  test("commits without tests, without source, or whose tests tell nothing are passed over", async () => {
    const author = { name: "A", email: "a@example.org" };
    const good = 'import test from "node:test";\ntest("one", () => {});\n';
    const states = [
      { "src/a.js": "1;\n" },
      { "src/a.js": "2;\n" },
      { "src/a.js": "2;\n", "test/a.test.js": good },
      { "src/a.js": "3;\n", "test/a.test.js": `${good}// more\n` },
      { "src/a.js": "4;\n", "test/a.test.js": `${good}for (;;);\n` },
    ];
    const { bundle } = await writeHistory(
      states.map((files, at) => ({ message: `${at}\n`, files, author, timestamp: 1e9 + at })),
    );
    const repository = await openRepository({ name: "b", bundle: await bundle() });
    const found = await Array.fromAsync(historyTasks(repository, {
      name: "mini/b",
      environment: "quickjs",
      open: openEnvironment,
    }));
    expect(found.map((finding) => "reason" in finding ? finding.reason : finding.task.id)).toEqual([
      "its tests do not end",
      "no test fails before it and passes after it",
      "it changes no source",
      "it changes no tests",
      "it has no parent",
    ]);
    await repository.close();
  });
});
