/** The works `evaluate` and `rollout` on a worker: tasks that are sent, graded by their tests there. */
import { afterAll, expect, test } from "vitest";
import { makeMiniSwe, parseJournal, writeTask } from "../../src/agent/mod.ts";
import type { EvaluateOutcome, RolloutOutcome } from "../../src/remote/mod.ts";
import { openWorker } from "./open_worker.ts";

const worker = await openWorker({ device: "cpu" });
afterAll(() => worker[Symbol.asyncDispose]());
const { runs } = worker.workbench;

const repositories = await Array.fromAsync(makeMiniSwe({ seed: 3, count: 2 }));
const tasks = repositories.flatMap(({ tasks }) => tasks).slice(0, 2);
const rows = tasks.map((task) => JSON.stringify(writeTask(task))).join("\n");
const source = {
  name: "tasks.jsonl",
  blob: await runs.data.write(new TextEncoder().encode(`${rows}\n`)),
};

test("evaluate: the fix resolves, an empty patch does not", async () => {
  const [fixed, left] = tasks;
  const predictions = [fixed, left].map((task) => ({
    instance_id: task?.id,
    model_name_or_path: "by hand",
    model_patch: task === fixed ? task?.patch : "",
  }));
  const id = await runs.submit({ work: "evaluate", request: { tasks: source, predictions } });
  const { rate, report, outcomes } = await runs.result(id) as EvaluateOutcome;
  expect(rate).toMatchObject({ resolved: 1, total: 2 });
  expect(report.resolved_ids).toEqual([fixed?.id]);
  expect(report.empty_patch_ids).toEqual([left?.id]);
  expect(outcomes).toHaveLength(2);
});

test("evaluate: what is evaluated is said once, and of tasks that there are", async () => {
  const refused = async (request: Record<string, unknown>) =>
    await expect(
      runs.submit({ work: "evaluate", request: { tasks: source, ...request } })
        .then((id) => runs.result(id)),
    ).rejects.toMatchObject({ code: "bad-request" });
  await refused({});
  await refused({ model: {}, predictions: [] });
  await refused({ predictions: [], split: "none such" });
});

test("rollout: each run of each task is told once, and lies in the journal", async () => {
  const request = { tasks: source, steps: 30, seed: 1 };
  const id = await runs.submit({ work: "rollout", request });
  const outcome = await runs.result(id) as RolloutOutcome;
  const journal = parseJournal(new TextDecoder().decode(await runs.data.read(outcome.journal)));
  const ids = tasks.map((task) => `${task.id}.run-1`);
  expect(journal.map(({ trajectory }) => trajectory.id)).toEqual(ids);
  const resolved = journal.filter(({ trajectory }) => trajectory.outcome.resolved);
  expect(outcome).toMatchObject({ rollouts: 2, passed: resolved.length, dropped: 0 });
  const told = await Array.fromAsync(runs.events(id), ({ event }) => event as { id: string });
  expect(told.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  // Teachers who are never wrong resolve all.
  const right = { ...request, limit: 1, runs: 2, wrongFixes: 0 };
  expect(await runs.result(await runs.submit({ work: "rollout", request: right })))
    .toMatchObject({ rollouts: 2, passed: 2 });
});
