import { describe, expect, test } from "vitest";
import { type Decision, openEnvironment, type Policy } from "../../src/agent/mod.ts";
import {
  answerByLikelihood,
  askMultipleChoice,
  completeHumanEval,
  humanEvalTask,
  parseHumanEval,
  parseMultipleChoice,
  passesHumanEval,
} from "../../src/evaluate/mod.ts";

/** A policy that always writes the same. */
const saying = (text: string): Policy => ({
  name: "saying",
  act: () => Promise.resolve({ thought: text, calls: [], text } satisfies Decision),
});

describe("HumanEval-shaped problems", () => {
  const problem = parseHumanEval({
    task_id: "JavaScript/0",
    prompt: "// The sum of all numbers.\nfunction sum(xs) {\n",
    entry_point: "sum",
    canonical_solution: "  return xs.reduce((a, b) => a + b, 0);\n}\n",
    test:
      "function check(candidate) { assert.equal(candidate([1, 2]), 3); assert.equal(candidate([]), 0); }",
  });
  const passes = (completion: string, of = problem) =>
    passesHumanEval(of, completion, { open: openEnvironment });

  test("a right completion passes; as a body, as a whole function, between fences", async () => {
    const body = problem.canonical_solution ?? "";
    expect(await passes(body)).toBe(true);
    expect(await passes(problem.prompt + body)).toBe(true);
    expect(await passes(`Here it is:\n\`\`\`js\n${problem.prompt}${body}\`\`\`\nDone.`)).toBe(true);
  });

  test.each([
    ["wrong", "  return xs.length;\n}\n"],
    ["broken", "  return xs.redu(\n"],
    ["empty", ""],
    ["endless", "  for (;;);\n}\n"],
    ["leaving", "  return 1;\n}\nthrow new Error('no');\n"],
  ])("a completion that is %s does not", async (_name, completion) => {
    expect(await passes(completion)).toBe(false);
  });

  test("tests by console.assert that run themselves count", async () => {
    const other = {
      ...problem,
      test: "const testSum = () => { console.assert(sum([1, 2]) === 3) };\ntestSum();",
    };
    expect(await passes("  return 3;\n}\n", other)).toBe(true);
    expect(await passes("  return 4;\n}\n", other)).toBe(false);
  });

  test("Python's run by python3, with the prompt's imports", () => {
    const python = parseHumanEval({
      task_id: "HumanEval/0",
      prompt: "from typing import List\n\ndef total(xs: List[int]) -> int:\n",
      entry_point: "total",
      test: "def check(candidate):\n    assert candidate([1]) == 1\n",
    });
    const { environment, files = {} } = humanEvalTask(
      python,
      "def total(xs: List[int]):\n    return sum(xs)\n",
    );
    expect(environment).toBe("bubblewrap");
    expect(files["main.py"]).toMatch(/^from typing import List\ndef total/);
    expect(files["main.py"]).toContain("check(total)");
  });

  test("any policy completes them", async () => {
    const completion = await completeHumanEval(saying("  return 3;\n}\n"), problem);
    expect(await passes(completion)).toBe(false);
  });

  test("a row that is none is told", () => {
    expect(() => parseHumanEval({ task_id: "x", prompt: "" })).toThrow("x: entry_point");
    expect(() => parseHumanEval({ ...problem, entry_point: "a b" })).toThrow("must be a name");
  });
});

describe("multiple choice", () => {
  const question = parseMultipleChoice({
    question: "Which is a colour?",
    choices: ["seven", "a very long way of saying red", "no"],
    answer: "B",
  });

  test("is answered by the likeliest choice, in all and for each byte", async () => {
    const asked: string[] = [];
    const [outcome] = await answerByLikelihood([question], (context, continuations) => {
      asked.push(...continuations.map((continuation) => context + continuation));
      return Promise.resolve(continuations.map((each) => each === " no" ? -3 : -10));
    });
    expect(asked[0]).toBe("Question: Which is a colour?\nAnswer: seven");
    expect(outcome).toEqual({
      id: "question-0",
      chosen: 2,
      chosenPerByte: 1,
      correct: false,
      correctPerByte: true,
    });
  });

  test("by a policy without likelihoods: the last letter that it writes", async () => {
    expect(await askMultipleChoice(saying("Not A. I say (B)."), question)).toBe(1);
    expect(await askMultipleChoice(saying("Q"), question)).toBeNull();
    expect(await askMultipleChoice(saying("no idea"), question)).toBeNull();
  });

  test("takes Hugging Face's shape, and refuses an answer that is no choice", () => {
    expect(parseMultipleChoice({ question: "?", choices: { text: ["a", "b"] }, answer: 1 }).choices)
      .toEqual(["a", "b"]);
    for (const answer of ["C", 2, -1, 0.5, "b"]) {
      expect(() => parseMultipleChoice({ question: "?", choices: ["a", "b"], answer }))
        .toThrow("none of 2 choices");
    }
    expect(() => parseMultipleChoice({ choices: [] })).toThrow("question");
  });

  test("stops when it is told to", async () => {
    const stopped = answerByLikelihood([question], () => Promise.resolve([]), {
      signal: AbortSignal.abort(new Error("enough")),
    });
    await expect(stopped).rejects.toThrow("enough");
  });
});
