/** bottega evaluate with HumanEval-shaped problems and multiple choice, for a checkpoint and without. */
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBubblewrap } from "../../src/agent/headless.ts";
import { AgentError } from "../../src/agent/mod.ts";
import { humanEvalTask } from "../../src/evaluate/mod.ts";
import { bottega, bottegaJson, ROOT } from "../support/bottega.ts";
import { temporaryFolder } from "../support/make_repository.ts";

const SUM = {
  task_id: "JavaScript/0",
  prompt: "// The sum of all numbers.\nfunction sum(xs) {\n",
  entry_point: "sum",
  canonical_solution: "  return xs.reduce((a, b) => a + b, 0);\n}\n",
  test: "function check(candidate) { assert.equal(candidate([1, 2]), 3); }",
};
const DOUBLE = {
  task_id: "JavaScript/1",
  prompt: "function double(x) {\n",
  entry_point: "double",
  canonical_solution: "  return 3 * x;\n}\n",
  test: "function check(candidate) { assert.equal(candidate(2), 4); }",
};
const PYTHON = {
  task_id: "HumanEval/0",
  prompt: "def total(xs):\n",
  entry_point: "total",
  canonical_solution: "    return sum(xs)\n",
  test: "def check(candidate):\n    assert candidate([1, 2]) == 3\n",
};
const CHOICES = [
  { id: "a", question: "Which?", choices: ["this", "that"], answer: 0 },
  { id: "b", question: "Which?".repeat(120), choices: ["x", "another one"], answer: "B" },
];

const hasBubblewrap = await hasSandbox();

const jsonl = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder("benchmarks");
  await mkdir(`${folder}/model`);
  const tiny = `${ROOT}notebooks/data/tiny-model`;
  await copyFile(`${tiny}.config.json`, `${folder}/model/config.json`);
  await copyFile(`${tiny}.safetensors`, `${folder}/model/model.safetensors`);
  await copyFile(`${tiny}.tokenizer.json`, `${folder}/model/tokenizer.json`);
  await writeFile(`${folder}/problems.jsonl`, jsonl([SUM, DOUBLE]));
  await writeFile(`${folder}/python.jsonl`, jsonl([PYTHON]));
  await writeFile(`${folder}/choices.jsonl`, jsonl(CHOICES));
});
afterAll(() => rm(folder, { recursive: true }));

describe("bottega evaluate --humaneval", () => {
  test("runs canonical solutions, and nothing", async () => {
    const file = `${folder}/problems.jsonl`;
    const gold = await bottegaJson("evaluate", "gold", "--humaneval", file);
    expect(gold).toMatchObject({
      problems: 2,
      passed: 1,
      passAt1: { value: 0.5, low: expect.closeTo(0.0945, 3), high: expect.closeTo(0.9055, 3) },
      outcomes: [{ task_id: "JavaScript/0", passed: true }, { passed: false }],
    });
    const { stdout } = await bottega("evaluate", "empty", "--humaneval", file);
    expect(stdout).toBe("empty: 0.0 % pass (0.0 to 65.8; 95 %), 2 problems\n");
  });

  test("lets a checkpoint complete them", async () => {
    const args = ["--humaneval", `${folder}/problems.jsonl`, "--device", "cpu"];
    const { outcomes } = await bottegaJson("evaluate", `${folder}/model`, ...args) as {
      outcomes: { completion: string; passed: boolean }[];
    };
    expect(outcomes).toHaveLength(2);
    for (const { completion, passed } of outcomes) {
      expect(completion).not.toBe("");
      expect(completion).not.toMatch(/\nfunction /);
      expect(passed).toBe(false);
    }
  });

  test("says what Python's need where it is missing", async () => {
    const command = new Deno.Command(Deno.execPath(), {
      // Without the permission to run the sandbox's programs.
      args: [
        ..."run --quiet --no-prompt --allow-read --allow-env --allow-sys src/cli/main.ts".split(
          " ",
        ),
        ...["evaluate", "gold", "--humaneval", `${folder}/python.jsonl`],
      ],
      cwd: ROOT,
    });
    const { code, stderr } = await command.output();
    expect(`${code} ${new TextDecoder().decode(stderr)}`).toMatch(
      /^1 [^]*HumanEval\/0 is in Python, which runs in bubblewrap on Linux: the program "\w+" /,
    );
  });

  test.skipIf(!hasBubblewrap)("runs Python's in bubblewrap", async () => {
    const file = `${folder}/python.jsonl`;
    const args = ["--humaneval", file, "--timeout", "30"];
    expect(await bottegaJson("evaluate", "gold", ...args)).toMatchObject({ passed: 1 });
  });
});

test("bottega evaluate --choices answers by a checkpoint's likelihoods", async () => {
  const args = ["--choices", `${folder}/choices.jsonl`, "--device", "cpu"];
  expect(await bottegaJson("evaluate", `${folder}/model`, ...args)).toMatchObject({
    questions: 2,
    cut: 1,
    accuracy: { value: expect.any(Number), low: expect.any(Number), high: expect.any(Number) },
    // The longer choice has the lower sum.
    outcomes: [{ id: "a" }, { id: "b", chosen: 0, correct: false }],
  });
});

test("bottega evaluate tells what is wrong in one line", async () => {
  const wrong = `${folder}/wrong.jsonl`;
  await writeFile(wrong, jsonl([CHOICES[0], { question: "?", choices: ["a"], answer: 3 }]));
  const failed = async (...args: string[]) => {
    const { code, stderr, stdout } = await bottega("evaluate", ...args);
    expect(stdout).toBe("");
    return `${code} ${stderr.trim()}`;
  };
  const [place, row, none, checkpoint, usage, both] = await Promise.all([
    failed("gold", "--choices", wrong),
    failed("gold", "--humaneval", `${folder}/choices.jsonl`),
    failed("gold", "--humaneval", `${folder}/none.jsonl`),
    failed("gold", "--choices", `${folder}/choices.jsonl`),
    failed("gold"),
    failed("gold", "--choices", wrong, "--tasks", "x"),
  ]);
  expect(place).toMatch(/^1 bottega: .*wrong\.jsonl: line 2: question-1: answer 3 is none of 1/);
  expect(row).toMatch(/^1 bottega: .*choices\.jsonl: line 1: a problem: task_id/);
  expect(none).toMatch(/^1 bottega: There is no ".*none\.jsonl"\.$/);
  expect(checkpoint).toMatch(/^1 [^]*bottega: There is no "gold"/);
  expect(usage).toMatch(/^2 error: name a benchmark by --tasks/);
  expect(both).toMatch(/^2 error: .*cannot be used with/);
});

/** Whether this machine can hold a sandbox. */
async function hasSandbox(): Promise<boolean> {
  try {
    await using _opened = await openBubblewrap(humanEvalTask(PYTHON, ""));
    return true;
  } catch (error) {
    if (error instanceof AgentError && error.code === "unavailable") return false;
    throw error;
  }
}
