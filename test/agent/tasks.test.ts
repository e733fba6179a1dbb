import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, test } from "vitest";
import {
  gradePatch,
  loadTasks,
  openEnvironment,
  parseTask,
  type Task,
  validateTask,
  writeTask,
} from "../../src/agent/mod.ts";
import { diffFiles } from "../../src/agent/environment/patch.ts";
import { findRealTasks } from "../support/real_tasks.ts";

const SUM = "export const sum = (a, b) => a - b;\n";
const FIXED = "export const sum = (a, b) => a + b;\n";

/** A test file with these tests of `sum`. */
const testFile = (...bodies: readonly string[]) =>
  'import assert from "node:assert/strict";\nimport test from "node:test";\n' +
  'import { sum } from "../src/sum.js";\n' +
  bodies.map((body, at) => `test("t${at + 1}", () => { ${body} });\n`).join("");

const GOOD = testFile("assert.equal(sum(2, 2), 4);", "assert.equal(sum(2, 0), 2);");

function makeTask(change: Partial<Task> = {}): Task {
  return {
    id: "sum-1",
    repo: "mini/sum",
    base: null,
    problem: "sum subtracts",
    patch: diffFiles(new Map([["src/sum.js", SUM]]), new Map([["src/sum.js", FIXED]])),
    testPatch: "",
    failToPass: ["test/sum.test.js > t1"],
    passToPass: ["test/sum.test.js > t2"],
    split: "train",
    environment: "quickjs",
    files: { "src/sum.js": SUM, "test/sum.test.js": GOOD },
    ...change,
  };
}

const withTests = (tests: string): Partial<Task> => ({
  files: { "src/sum.js": SUM, "test/sum.test.js": tests },
});

const grade = async (task: Task, patch: string) => {
  await using environment = await openEnvironment(task);
  return await gradePatch(environment, task, patch);
};

const validate = (task: Task) => validateTask(task, { open: openEnvironment });

describe("a patch", () => {
  test("resolves a task when all named tests pass", async () => {
    const task = makeTask();
    expect(await grade(task, task.patch)).toEqual({
      applied: true,
      failToPass: { success: ["test/sum.test.js > t1"], failure: [] },
      passToPass: { success: ["test/sum.test.js > t2"], failure: [] },
      resolved: true,
      found: true,
      timedOut: false,
    });
    const empty = await grade(task, "");
    expect(empty).toMatchObject({ applied: false, resolved: false });
    expect(empty.failToPass.failure).toEqual(["test/sum.test.js > t1"]);
  });

  test("that breaks what worked is no solution", async () => {
    const broken = "export const sum = () => 4;\n";
    const task = makeTask();
    const patch = diffFiles(new Map([["src/sum.js", SUM]]), new Map([["src/sum.js", broken]]));
    const graded = await grade(task, patch);
    expect(graded).toMatchObject({ applied: true, resolved: false });
    expect(graded.passToPass.failure).toEqual(["test/sum.test.js > t2"]);
  });

  test("cannot pass by changing the tests, or by removing them", async () => {
    const task = makeTask();
    const tests = new Map([["test/sum.test.js", GOOD]]);
    const easy = new Map([["test/sum.test.js", testFile("", "")]]);
    for (const after of [easy, new Map()]) {
      expect(await grade(task, diffFiles(tests, after))).toMatchObject({
        applied: true,
        resolved: false,
      });
    }
  });

  test("is graded with tests that come with the solution, wherever it put its own", async () => {
    const later = testFile("assert.equal(sum(2, 2), 4);", "assert.equal(sum(2, 0), 2);", "sum();");
    const testPatch = diffFiles(
      new Map([["test/sum.test.js", GOOD]]),
      new Map([["test/sum.test.js", later], ["test/new.test.js", testFile("sum();")]]),
    );
    const task = makeTask({
      testPatch,
      failToPass: ["test/sum.test.js > t1", "test/new.test.js > t1"],
    });
    const own = diffFiles(new Map(), new Map([["test/new.test.js", "throw 1;\n"]]));
    expect(await grade(task, task.patch + own)).toMatchObject({ resolved: true });
  });

  test("that does not fit says why, and leaves the environment at its base", async () => {
    const task = makeTask();
    await using environment = await openEnvironment(task);
    const misfit = task.patch.replace("a - b", "a * b");
    const graded = await gradePatch(environment, task, misfit);
    expect(graded).toMatchObject({ applied: false, resolved: false });
    expect(graded.error).toContain("src/sum.js");
    await gradePatch(environment, task, task.patch);
    expect(await environment.diff()).toBe("");
    expect(await grade(task, "no patch at all")).toMatchObject({ applied: false });
  });
});

describe("validation", () => {
  test("finds a task valid that fails before and passes after", async () => {
    expect(await validate(makeTask())).toEqual({ id: "sum-1", valid: true });
  });

  test.each([
    ["no test named", makeTask({ failToPass: [] }), "no-tests", "no test fails before"],
    [
      "a repository without tests",
      makeTask({ files: { "src/sum.js": SUM } }),
      "no-tests",
      "was run",
    ],
    [
      "a patch that does not apply",
      makeTask({ files: { "src/sum.js": FIXED, "test/sum.test.js": GOOD } }),
      "does-not-apply",
      "src/sum.js",
    ],
    ["an empty gold patch", makeTask({ patch: "" }), "does-not-apply", "empty"],
    [
      "tests' own patch that does not apply",
      makeTask({ testPatch: makeTask().patch.replaceAll("sum.js", "no.js") }),
      "does-not-apply",
      "test patch",
    ],
    [
      "a test that passes before",
      makeTask({ failToPass: ["test/sum.test.js > t2"], passToPass: [] }),
      "passes-before",
      "t2",
    ],
    [
      "a test that fails before as well",
      makeTask({ passToPass: ["test/sum.test.js > t1"] }),
      "broken-before",
      "t1",
    ],
    [
      "a test that fails after",
      makeTask({ failToPass: ["test/sum.test.js > t9"] }),
      "fails-after",
      "t9",
    ],
    [
      "tests that never end",
      makeTask(withTests(testFile("for (;;);", ""))),
      "timeout",
      "tests do not end, before the patch",
    ],
    ["a task without files", makeTask({ files: {} }), "environment", "no files"],
  ])("sets aside %s", async (_name, task, fault, told) => {
    const validation = await validate(task);
    expect(validation).toMatchObject({ valid: false, fault });
    expect(validation.reason).toContain(told);
  });

  test("sets aside a flaky one, by repetition", async () => {
    const flaky = testFile("assert.equal(sum(2, 2), 4);", "assert.ok(Math.random() < 0.5);");
    const found = await Promise.all(
      Array.from({ length: 6 }, (_, at) =>
        validateTask(makeTask(withTests(flaky)), {
          runs: 8,
          open: (task, { seed }) => openEnvironment(task, { seed: seed + 100 * at }),
        })),
    );
    expect(found.filter(({ valid }) => valid)).toEqual([]);
    expect(found.map(({ fault }) => fault)).toContain("flaky");
  });
});

describe("reading", () => {
  test("JSON, JSONL and Parquet give the same tasks", async () => {
    const folder = await mkdtemp(join(tmpdir(), "bottega-tasks-"));
    const all = [makeTask(), makeTask({ id: "sum-2" })];
    const rows = all.map(writeTask);
    await writeFile(join(folder, "a.json"), JSON.stringify(rows));
    await writeFile(join(folder, "b.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
    const column = (name: string) => ({
      name,
      data: rows.map((row) => {
        const value = row[name];
        return typeof value === "string" ? value : JSON.stringify(value);
      }),
    });
    // As Hugging Face's SWE-bench has them: lists as JSON text.
    const names = [
      "instance_id",
      "repo",
      "problem_statement",
      "patch",
      "FAIL_TO_PASS",
      "PASS_TO_PASS",
    ];
    const bytes = parquetWriteBuffer({ columnData: names.map(column) });
    await writeFile(join(folder, "c.parquet"), new Uint8Array(bytes));
    for (const name of ["a.json", "b.jsonl"]) {
      expect(await loadTasks(join(folder, name))).toEqual({ tasks: all, errors: [] });
    }
    const { tasks } = await loadTasks(join(folder, "c.parquet"));
    expect(tasks.map(({ id, failToPass, patch }) => [id, failToPass, patch]))
      .toEqual(all.map(({ id, failToPass, patch }) => [id, failToPass, patch]));
    await rm(folder, { recursive: true });
  });

  test("a broken record is told; the others are read; a second one of an id is not", async () => {
    const folder = await mkdtemp(join(tmpdir(), "bottega-tasks-"));
    const row = JSON.stringify(writeTask(makeTask()));
    const bad = JSON.stringify({ ...writeTask(makeTask({ id: "x" })), FAIL_TO_PASS: 3 });
    await writeFile(join(folder, "a.jsonl"), `${row}\n${bad}\n${row}\n`);
    const { tasks, errors } = await loadTasks(folder);
    expect(tasks.map(({ id }) => id)).toEqual(["sum-1"]);
    expect(errors.map(({ reason }) => reason)).toEqual([
      expect.stringContaining("FAIL_TO_PASS"),
      'a second task "sum-1"',
    ]);
    await rm(folder, { recursive: true });
  });

  const real = findRealTasks();
  test.skipIf(real === null)("an instance of SWE-rebench, which needs a container", async () => {
    const { tasks, errors } = await loadTasks(real ?? "");
    expect(errors).toEqual([]);
    expect(tasks[0]).toMatchObject({ id: "unidata__netcdf-c-1925", environment: "container" });
    expect(tasks[0]?.image).toMatch(/^docker\.io/);
    expect(tasks[0]?.failToPass).toContain("tst_filter.sh");
    const validation = await validate(parseTask(writeTask(tasks[0] as Task)));
    expect(validation).toMatchObject({ valid: false, fault: "environment" });
  });
});
