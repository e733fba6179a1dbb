import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import {
  AgentError,
  type Grade,
  gradeOf,
  gradePatch,
  makeMiniSwe,
  openEnvironment,
  type Task,
} from "../../src/agent/mod.ts";
import {
  emptyPredictions,
  evaluatePredictions,
  failureClass,
  failureCounts,
  goldPredictions,
  instanceReport,
  parsePredictions,
  type Prediction,
  ratesByTag,
  resolvedRate,
} from "../../src/evaluate/mod.ts";
import { findRealData } from "../support/read_text.ts";

const tasks = (await Array.fromAsync(makeMiniSwe({ seed: 5, count: 8 })))
  .flatMap((repository) => repository.tasks);

async function grade(task: Task, patch: string): Promise<Grade> {
  await using environment = await openEnvironment(task);
  return await gradePatch(environment, task, patch);
}

const evaluate = (predictions: readonly Prediction[]) =>
  evaluatePredictions(tasks, predictions, { grade, parallel: 2 });

const prediction = (task: Task | undefined, model_patch: string | null): Prediction => ({
  instance_id: task?.id ?? "",
  model_name_or_path: "m",
  model_patch,
});

describe("a run", () => {
  test("of gold patches resolves all, of empty ones none", async () => {
    const gold = await evaluate(goldPredictions(tasks));
    expect(gold.report).toMatchObject({
      total_instances: 8,
      submitted_instances: 8,
      completed_instances: 8,
      resolved_instances: 8,
      unresolved_instances: 0,
      empty_patch_instances: 0,
      error_instances: 0,
    });
    const empty = await evaluate(emptyPredictions(tasks));
    expect(empty.report).toMatchObject({
      completed_instances: 0,
      resolved_instances: 0,
      empty_patch_instances: 8,
    });
    expect(failureCounts(empty.outcomes)).toEqual({ "no-patch": 8 });
  });

  test("is summed up as SWE-bench does: missing, empty, broken, wrong and right ones", async () => {
    const [right, wrong, misfit, none, empty] = tasks;
    const file = /^\+\+\+ b\/(.*)$/m.exec(wrong?.patch ?? "")?.[1] ?? "";
    const useless = `diff --git a/${file}.md b/${file}.md\nnew file mode 100644\n--- /dev/null\n` +
      `+++ b/${file}.md\n@@ -0,0 +1 @@\n+notes\n`;
    const { report, reports, outcomes } = await evaluate([
      prediction(right, right?.patch ?? ""),
      prediction(wrong, useless),
      prediction(misfit, (misfit?.patch ?? "").replaceAll("\n ", "\n  ")),
      prediction(none, null),
      prediction(empty, ""),
    ]);
    const ids = (...of: (Task | undefined)[]) => of.map((task) => task?.id ?? "").toSorted();
    expect(report).toEqual({
      total_instances: 8,
      submitted_instances: 5,
      completed_instances: 2,
      resolved_instances: 1,
      unresolved_instances: 1,
      empty_patch_instances: 2,
      error_instances: 1,
      completed_ids: ids(right, wrong),
      incomplete_ids: ids(...tasks.slice(5)),
      empty_patch_ids: ids(none, empty),
      submitted_ids: ids(...tasks.slice(0, 5)),
      resolved_ids: ids(right),
      unresolved_ids: ids(wrong),
      error_ids: ids(misfit),
      schema_version: 2,
    });
    expect(reports.get(misfit?.id ?? "")).toEqual({
      patch_is_None: false,
      patch_exists: true,
      patch_successfully_applied: false,
      resolved: false,
    });
    expect(reports.get(none?.id ?? "")).toMatchObject({ patch_is_None: true, patch_exists: false });
    expect(outcomes.map(({ failure }) => failure)).toEqual(
      [
        null,
        "tests-fail",
        "does-not-apply",
        "no-patch",
        "no-patch",
        "no-patch",
        "no-patch",
        "no-patch",
      ],
    );
    expect(outcomes[2]?.reason).toContain("does not apply");
  });

  test("goes on where a task cannot be run", async () => {
    const broken = (task: Task, patch: string) =>
      task === tasks[0]
        ? Promise.reject(new AgentError("unavailable", "no engine"))
        : grade(task, patch);
    const { report, outcomes } = await evaluatePredictions(tasks, goldPredictions(tasks), {
      grade: broken,
    });
    expect(report).toMatchObject({ resolved_instances: 7, error_instances: 1 });
    expect(outcomes[0]).toMatchObject({ failure: "error", reason: "no engine" });
  });

  test("stops when it is told to", async () => {
    const controller = new AbortController();
    const stopping = evaluatePredictions(tasks, goldPredictions(tasks), {
      grade,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error("enough")),
    });
    await expect(stopping).rejects.toThrow("enough");
  });
});

test("classes of failures", () => {
  const none = { success: [], failure: [] };
  const good: Grade = {
    applied: true,
    failToPass: none,
    passToPass: none,
    resolved: true,
    found: true,
    timedOut: false,
  };
  const bad = { ...good, resolved: false };
  const one = { success: [], failure: ["t"] };
  expect(failureClass("p", good)).toBeNull();
  expect(failureClass("p", { ...bad, failToPass: one, passToPass: one })).toBe("tests-fail");
  expect(failureClass("p", { ...bad, passToPass: one })).toBe("regressions");
  expect(failureClass("p", { ...bad, timedOut: true })).toBe("timeout");
  expect(failureClass("p", { ...bad, applied: false })).toBe("does-not-apply");
  expect(failureClass("p", { ...bad, error: "no tests" })).toBe("error");
  expect(failureClass(" \n", null)).toBe("no-patch");
  expect(failureClass("", null, "exit_cost")).toBe("limits");
  expect(failureClass(null, null, "LimitsExceeded")).toBe("limits");
});

test("rates by tag have their intervals", async () => {
  const { outcomes } = await evaluate(goldPredictions(tasks).slice(0, 4));
  expect(resolvedRate("all", outcomes)).toMatchObject({
    name: "all",
    resolved: 4,
    total: 8,
    value: 0.5,
  });
  const rates = ratesByTag(outcomes, "issue");
  expect(rates.map(({ name }) => name)).toEqual(rates.map(({ name }) => name).toSorted());
  expect(rates.reduce((sum, { total }) => sum + total, 0)).toBe(8);
  expect(ratesByTag(outcomes, "no such tag")).toEqual([]);
});

describe("predictions", () => {
  const one = { instance_id: "a", model_name_or_path: "m", model_patch: "p" };
  const two = { ...one, instance_id: "b", model_patch: null };

  test("are read from JSONL, a list, and an object by id", () => {
    const lines = `${JSON.stringify(one)}\n\n${JSON.stringify(two)}\n`;
    expect(parsePredictions(lines)).toEqual([one, two]);
    expect(parsePredictions(JSON.stringify([one, two]))).toEqual([one, two]);
    const { instance_id: _a, ...bare } = one;
    expect(parsePredictions(JSON.stringify({ a: bare, b: two }))).toEqual([one, two]);
    expect(parsePredictions(JSON.stringify(one))).toEqual([one]);
    expect(parsePredictions("")).toEqual([]);
  });

  test.each([
    [JSON.stringify([one, one]), 'a second prediction for "a"'],
    [`${JSON.stringify(one)}\n{"instance`, "line 2 is no JSON"],
    [JSON.stringify([{ ...one, model_patch: 3 }]), "model_patch"],
    [JSON.stringify([{ ...one, instance_id: "" }]), "instance_id"],
    ["[3]", "item 0"],
  ])("that are wrong are told: %s", (text, told) => {
    expect(() => parsePredictions(text)).toThrow(told);
  });
});

const data = findRealData();
test.skipIf(data === null)(
  "a report has the fields and the verdict of SWE-smith's own",
  async () => {
    const path = `${data}/swe-smith/pandas-dev__pandas.95280573.pr_53652.report.json`;
    const { model_name_or_path: _model, ...theirs } = JSON.parse(await readFile(path, "utf8"));
    const { FAIL_TO_PASS, PASS_TO_PASS } = theirs.tests_status;
    const all = (
      { success, failure }: { success: string[]; failure: string[] },
    ) => [...success, ...failure];
    const task: Task = {
      ...(tasks[0] as Task),
      failToPass: all(FAIL_TO_PASS),
      passToPass: all(PASS_TO_PASS),
    };
    const passed = [...FAIL_TO_PASS.success, ...PASS_TO_PASS.success];
    const ours = instanceReport(
      "p",
      gradeOf(task, { passed, failed: [], output: "", timedOut: false }, true),
    );
    // SWE-smith leaves `patch_successfully_applied` false beside `resolved`; SWE-bench sets it.
    expect(ours).toEqual({ ...theirs, patch_successfully_applied: true });
    expect(Object.keys(ours)).toEqual(Object.keys(theirs));
    expect(Object.keys(ours.tests_status ?? {})).toEqual(Object.keys(theirs.tests_status));

    const [lost = "", ...rest] = passed;
    const other = gradeOf(task, {
      passed: rest,
      failed: [{ name: lost, message: "" }],
      output: "",
      timedOut: false,
    }, true);
    expect(instanceReport("p", other)).toMatchObject({
      resolved: false,
      tests_status: { FAIL_TO_PASS: { success: FAIL_TO_PASS.success.slice(1), failure: [lost] } },
    });
  },
);
