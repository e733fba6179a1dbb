/** Mistakes whose right number only a failing test tells, and prints. */
import { beforeAll, describe, expect, test } from "vitest";
import {
  goldFixes,
  hashText,
  makeMiniCode,
  makeMiniSwe,
  openEnvironment,
  rollOut,
  SHORT_PROMPT,
  type Task,
  teacherPolicy,
  writeTask,
} from "../../src/agent/mod.ts";
import { AGREED } from "../../src/agent/mini_swe/agreed_numbers.ts";
import { hasNumber } from "../../src/agent/mini_swe/printed_constants.ts";
import { guess } from "../../src/agent/policies/teacher_fixes.ts";
import { seededRandom } from "../../src/agent/mini_swe/seeded_random.ts";
import miniCpu from "../../notebooks/data/mini-cpu.json" with { type: "json" };

const { shape, splits } = miniCpu.world;

/** A task with the number that is to be written and the one that stands in its place. */
interface Printed {
  readonly task: Task;
  readonly right: number;
  readonly wrong: number;
}

let printed: Printed[];
beforeAll(async () => {
  const options = {
    seed: 11,
    count: 80,
    shape: { ...preset(), printed: 1 },
    splits: worldSplits(),
  };
  const tasks = await tasksOf(options);
  printed = await Promise.all(tasks.map(async (task) => {
    const [fix, ...others] = await goldFixes(task);
    if (!fix) throw new Error(`${task.id} has no fix`);
    expect(others).toEqual([]);
    const [wrong, right] = [numbersOf(fix.before), numbersOf(fix.after)];
    const at = right.findIndex((number, i) => number !== wrong[i]);
    // One number changes, in a function that has two of them at least.
    expect(right.filter((number, i) => number !== wrong[i]), fix.after).toHaveLength(1);
    expect(right.filter((number) => number >= AGREED.low).length).toBeGreaterThanOrEqual(2);
    return { task, right: right[at] ?? NaN, wrong: wrong[at] ?? NaN };
  }));
});

describe("a printed constant", () => {
  test("is told by a failing test that an agent can run, in the place of the wrong one", async () => {
    for (const { task, right, wrong } of printed.slice(0, 20)) {
      expect(task.tags).toMatchObject({ bug: "printed-constant", revealed_by: "test" });
      await using environment = await openEnvironment(task);
      const { output } = await environment.runTests();
      expect(output, task.id).toContain(`${wrong} !== ${right}`);
    }
  });

  test("is not met by whatever is small enough: any other number fails", async () => {
    for (const { task, right } of printed.slice(0, 30)) {
      const [fix] = await goldFixes(task);
      if (!fix) throw new Error(`${task.id} has no fix`);
      await using environment = await openEnvironment(task);
      const file = task.files?.[fix.path] ?? "";
      const other = fix.after.replace(new RegExp(`\\b${right}\\b`), "10");
      await environment.writeFile(fix.path, file.replace(fix.before, () => other));
      const { failed } = await environment.runTests();
      expect(failed.length, `${task.id} with 10 for ${right}`).toBe(right === 10 ? 0 : 1);
    }
  });

  test("stands in nothing else that an agent may read before: issue, comments, code", () => {
    for (const { task: { id, problem, files = {} }, right } of printed) {
      expect(hasNumber(problem, right), `${id}: ${problem}`).toBe(false);
      for (const [path, text] of Object.entries(files)) {
        if (path.startsWith("src/")) expect(hasNumber(text, right), `${id} ${path}`).toBe(false);
      }
    }
  });

  test("is not the only number of two digits: the comment tells another, which is right", async () => {
    for (const { task, right } of printed) {
      const [fix] = await goldFixes(task);
      const file = task.files?.[fix?.path ?? ""] ?? "";
      const comment = file.slice(0, file.indexOf(fix?.before ?? "")).split("\n").at(-2) ?? "";
      expect(comment).toContain("the agreed number");
      const told = numbersOf(comment).filter((number) => number >= AGREED.low);
      expect(
        told.some((number) => number !== right && hasNumber(fix?.before ?? "", number)),
        comment,
      )
        .toBe(true);
    }
  });

  test("cannot be foretold from the wrong one, nor by knowing which numbers are usual", () => {
    const near = printed.filter(({ right, wrong }) => Math.abs(right - wrong) <= 3);
    // Of 90 numbers, 6 are that near.
    expect(near.length / printed.length).toBeLessThan(0.2);
    const times = Map.groupBy(printed, ({ right }) => right);
    expect(Math.max(...[...times.values()].map((all) => all.length))).toBeLessThan(8);
    expect(times.size).toBeGreaterThan(40);
  });

  test("is no more than the share that a world asks for, and none by default", async () => {
    const made = { seed: 4, count: 60, splits: worldSplits() };
    const tags = (await tasksOf({ ...made, shape: { ...preset(), printed: 0.5 } })).map((
      { tags },
    ) => tags?.["bug"]);
    const count = tags.filter((bug) => bug === "printed-constant").length;
    expect(count).toBeGreaterThan(15);
    expect(count).toBeLessThan(45);
    const none = await tasksOf({ ...made, shape: preset() });
    expect(none.map(({ tags }) => tags?.["bug"])).not.toContain("printed-constant");
  });

  test("has functions of its kind in the code that a base reads", () => {
    const code = (share: number) =>
      [...makeMiniCode({ seed: 1, count: 60, shape: { ...preset(), printed: share } })]
        .map(({ text }) => text).join("\n");
    expect(code(0.5)).toMatch(/agreed number.*\n.*\n *if \(\w+\.length === 0\) return \d\d;/);
    expect(code(0)).not.toContain("agreed number");
  });
});

describe("the teacher of a printed constant", () => {
  const careful = { wrongTurns: 0, wrongFixes: 0, careless: 0, givesUp: 0 };
  const run = async (task: Task, looksFirst: number) => {
    const policy = teacherPolicy(task, { ...careful, looksFirst });
    const options = { task, run: 1, policy, open: openEnvironment, prompt: SHORT_PROMPT };
    const { trajectory: { steps, outcome } } = await rollOut(options);
    const edits = steps.flatMap(({ calls: [call] }, at) =>
      call?.name === "rewrite_function" ? [{ at, code: String(call.arguments["new_code"]) }] : []
    );
    const firstTest = steps.findIndex(({ calls: [call] }) => call?.name === "run_tests");
    return { edits, firstTest, resolved: outcome.resolved };
  };

  test("guesses without the number, reads it in the failure, writes it", async () => {
    let guessed = 0;
    for (const { task, right } of printed.slice(0, 12)) {
      const { edits, firstTest, resolved } = await run(task, 0);
      expect(resolved, task.id).toBe(true);
      expect(hasNumber(edits.at(-1)?.code ?? "", right)).toBe(true);
      const early = edits.filter(({ at }) => at < firstTest);
      guessed += early.length;
      for (const { code } of early) expect(hasNumber(code, right), task.id).toBe(false);
    }
    expect(guessed).toBeGreaterThan(5);
  });

  test("looks first where it is told to, and is then right at once", async () => {
    for (const { task, right } of printed.slice(0, 6)) {
      const { edits, firstTest, resolved } = await run(task, 1);
      expect(resolved, task.id).toBe(true);
      expect(edits).toHaveLength(1);
      expect(edits[0]?.at).toBeGreaterThan(firstTest);
      expect(hasNumber(edits[0]?.code ?? "", right)).toBe(true);
    }
  });

  test("a guess is of as many digits, and says nothing about the number", async () => {
    const [first] = printed;
    if (!first) throw new Error("there is a task");
    const [fix] = await goldFixes(first.task);
    if (!fix) throw new Error("it has a fix");
    const random = seededRandom("guesses");
    const guesses = Array.from({ length: 200 }, () => {
      const numbers = numbersOf(guess(fix, random) ?? "");
      return numbers.find((number, i) => number !== numbersOf(fix.after)[i]) ?? NaN;
    });
    expect(guesses).not.toContain(first.right);
    expect(guesses.every((number) => number >= 10 && number <= 99)).toBe(true);
    expect(new Set(guesses).size).toBeGreaterThan(60);
  });
});

test("worlds without printed constants are to the byte what they were before there were any", async () => {
  const tasks = await tasksOf({ seed: 1, count: 24, shape: preset(), splits: worldSplits() });
  const standard = await tasksOf({ seed: 2, count: 12 });
  const code = [...makeMiniCode({ seed: 1, count: 100, shape: preset() })];
  const all = JSON.stringify([...tasks.map(writeTask), ...standard.map(writeTask), code]);
  expect(hashText(all)).toBe(WORLD_OF_REPORTS);
});

/** The worlds that the reports of `notebooks/data/results` were made in. */
const WORLD_OF_REPORTS = 1159854777;

function preset() {
  return { ...shape, fileNames: "pairs" as const };
}

function worldSplits() {
  return splits.map((split) => split === "test" ? "test" as const : "train" as const);
}

async function tasksOf(options: Parameters<typeof makeMiniSwe>[0]): Promise<Task[]> {
  const repositories = await Array.fromAsync(makeMiniSwe(options));
  return repositories.flatMap(({ tasks }) => tasks);
}

function numbersOf(code: string): number[] {
  return (code.match(/(?<![\w.])\d+(?!\w)/g) ?? []).map(Number);
}
