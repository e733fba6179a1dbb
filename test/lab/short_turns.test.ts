/** The short format: what it leaves out, and that nothing which matters is among it. */
import { describe, expect, test } from "vitest";
import {
  makeMiniSwe,
  openEnvironment,
  rollOut,
  SHORT_PROMPT,
  teacherPolicy,
} from "../../src/agent/mod.ts";
import {
  readShortTurn,
  shortObservation,
  shortProblem,
  shortTurn,
  tight,
} from "../../src/lab/short_turns.ts";
import { conversation, readTurn } from "../../src/lab/turns.ts";
import { loadTokenizer, trainTokenizer } from "../../src/tokenizer/mod.ts";

describe("code without spaces", () => {
  test.each([
    [
      "  const next = tags.filter((tag) => tag.length >= 4);",
      "const next=tags.filter((tag)=>tag.length>=4);",
    ],
    ["export function sum(a, b) {\n\n  return a + b;\n}", "function sum(a,b){\nreturn a+b;\n}"],
    ['return words.join(", ") + "  x";', 'return words.join(", ")+"  x";'],
    ["return `${a} and ${b}`;", "return `${a} and ${b}`;"],
    ["x = a - -b + +c;", "x=a- -b+ +c;"],
    ["for (const x of xs) total += x;", "for(const x of xs)total+=x;"],
  ])("%j", (code, short) => expect(tight(code)).toBe(short));

  test("does what it did: the tests of repositories pass with it", async () => {
    for await (const { tasks } of makeMiniSwe({ seed: 11, count: 8 })) {
      for (const task of tasks) {
        await using environment = await openEnvironment(task);
        await environment.applyPatch(task.patch);
        const before = await environment.runTests();
        for (const path of await environment.list("src")) {
          const text = new TextDecoder().decode(await environment.readFile(path));
          // The short form leaves `export` out, since the tool that takes it puts it back.
          await environment.writeFile(
            path,
            tight(text).replaceAll(/^function /gm, "export function "),
          );
        }
        const after = await environment.runTests();
        expect(after.passed).toEqual(before.passed);
        expect(after.passed.length).toBeGreaterThan(2);
      }
    }
  });
});

describe("turns", () => {
  test("every call of a teacher is read as the call that it was, and every answer is short", async () => {
    let calls = 0;
    for await (const { tasks: [task] } of makeMiniSwe({ seed: 12, count: 8 })) {
      if (!task) continue;
      const policy = teacherPolicy(task, { wrongTurns: 0, wrongFixes: 1 });
      const options = { task, run: 1, policy, open: openEnvironment, prompt: SHORT_PROMPT };
      const { trajectory: { steps } } = await rollOut(options);
      for (const step of steps) {
        const [call] = step.calls;
        const [read, ...others] = readShortTurn(shortTurn(step)).calls;
        expect(others).toEqual([]);
        if (call?.name === "rewrite_function") {
          const code = String(call.arguments["new_code"]);
          expect(read).toMatchObject({
            name: "rewrite_function",
            arguments: { path: call.arguments["path"], new_code: tight(code) },
          });
        } else if (call?.name === "str_replace_editor" && call.arguments["path"] === ".") {
          expect(read?.name).toBe("find_file");
        } else {
          expect(read).toMatchObject({ name: call?.name, arguments: call?.arguments ?? {} });
        }
        if (call?.name !== "submit") expect(shortObservation(step)).not.toMatch(/^error$| {2}|`/);
        calls++;
      }
      const texts = conversation(task.problem, steps, "short").map(({ text }) => text).join("");
      const full = conversation(task.problem, steps, "swe-agent").map(({ text }) => text).join("");
      expect(texts.length).toBeLessThan(full.length / 2);
    }
    expect(calls).toBeGreaterThan(8);
  });

  test.each([
    "",
    "look at it",
    "view a b",
    "edit stable",
    "search",
    "<function=submit>",
  ])(
    "%j is no call, or one that the tools refuse, and is told as an error",
    (text) => {
      const { calls, thought } = readShortTurn(text);
      if (calls.length > 0) expect(text).toBe("search");
      else {
        expect(thought).toBe(text);
        const step = { thought, calls: [], observations: [{ text: "Your last output …" }] };
        expect(shortObservation(step)).toBe("error");
        expect(shortTurn(step)).toBe(text);
      }
    },
  );

  test("failing tests come with what they gave and what was expected, two of them at most", () => {
    const text = ["a", "b", "c"].map((name) =>
      `not ok test/x.test.js > ${name} of 3 tags\n  AssertionError: Expected values to be strictly ` +
      `deep-equal: [1, 2] !== [3, 4]\n  at <anonymous> (test/x.test.js:10:15)\n`
    ).join("");
    const calls = [{ name: "run_tests", arguments: {}, text: "" }];
    const told = (text: string) =>
      shortObservation({ thought: "", calls, observations: [{ text }] });
    expect(told(`${text}5 tests: 2 passed, 3 failed\n`)).toBe(
      "fail a[1,2]want[3,4]\nfail b[1,2]want[3,4]",
    );
    expect(told("5 tests: 5 passed, 0 failed\n")).toBe("pass");
    expect(told("the run was stopped")).toBe("error");
  });

  test("a problem loses its marks, the full format nothing", () => {
    expect(shortProblem("`sum(1, 2)` gives 4.")).toBe("sum(1,2)gives 4.");
    const text = "Look.\n<function=submit>\n</function>";
    expect(readTurn(text, "swe-agent").calls[0]?.name).toBe("submit");
  });
});

test("a vocabulary of words has the same tokens for a name whatever stands around it", async () => {
  const text = "trim Ships(counts,12);trimShips is wrong: view trimShips\n";
  const texts = Array.from({ length: 9 }, () => text);
  const trained = await trainTokenizer(texts, { vocabularySize: 330, split: "words", workers: 1 });
  const tokenizer = await loadTokenizer({ ...trained, name: "words" });
  const pieces = (text: string) =>
    [...tokenizer.encode(text)].map((token) => tokenizer.tokenText(token));
  for (const around of ["trimShips", "(trimShips)", "view trimShips\n", ":trimShips is"]) {
    expect(pieces(around).join("|")).toMatch(/(^|\|)trim\|Ships(\||$)/);
  }
  // Between words a space belongs to the first; a number is one token.
  expect(pieces("view trim12")).toEqual(["view ", "trim", "12"]);
});
