import { describe, expect, test } from "vitest";
import {
  countTokens,
  defaultFilters,
  editText,
  fileEdits,
  renderEnvironment,
  type Sample,
  unitSamples,
} from "../../src/corpus/mod.ts";
import { makeCorpus } from "../../src/corpus/headless.ts";
import { openRepository } from "../../src/git/mod.ts";
import { loadTokenizer } from "../../src/tokenizer/mod.ts";
import { parseTurn, type Trajectory } from "../../src/trajectory/mod.ts";
import { makeRepository } from "../support/make_repository.ts";
import { findRealData } from "../support/read_text.ts";

const tokenizer = await loadTokenizer();

describe("edits", () => {
  const edit = (before: string, after: string, maxContext?: number) =>
    fileEdits({ before: { path: "a", text: before }, after: { path: "a", text: after } }, {
      maxContext,
    });
  const lines = (...parts: (string | number)[]) =>
    parts.flatMap((part) => typeof part === "number" ? Array(part).fill("same") : [part])
      .map((line) => `${line}\n`).join("");

  test("take three lines around a change, and more until the text is unique", () => {
    const [plain] = edit(
      lines("1", "2", "3", "4", "x", "5", "6", "7", "8"),
      lines("1", "2", "3", "4", "y", "5", "6", "7", "8"),
    );
    expect(plain).toEqual({
      kind: "str_replace",
      path: "a",
      search: "2\n3\n4\nx\n5\n6\n7",
      replace: "2\n3\n4\ny\n5\n6\n7",
    });
    const [grown] = edit(lines("top", 8, "x", 30, "x", 8), lines("top", 8, "y", 30, "x", 8));
    // Nine lines up is the first that only one of them has.
    expect(grown).toMatchObject({ search: lines("top", 8, "x", 9).trim() });
    expect(() => edit(lines(50), lines(25, "other", 24))).toThrow(/Line 26 of "a" .* 20 lines/);
    expect(edit(lines(50), lines(25, "other", 24), 60)).toHaveLength(1);
    expect(edit(lines(50), lines(25, "new", 25))).toEqual([
      { kind: "insert", path: "a", line: 25, text: "new\n" },
    ]);
  });

  test("are worded alike", () => {
    expect(editText({ kind: "insert", path: "a.py", line: 3, text: "x\n" })).toBe(
      "Insert: a.py\nAfter line: 3\nText:\n```\nx\n```\n",
    );
    expect(editText({ kind: "rename", path: "a.py", newPath: "b.py" })).toBe(
      "Rename: a.py\nTo: b.py\n",
    );
    expect(editText({ kind: "str_replace", path: "a", search: "````\n", replace: "" })).toBe(
      "Edit: a\nSearch:\n`````\n````\n\n`````\nReplace:\n```\n```\n",
    );
  });
});

describe("the factorized format", () => {
  test("asks for the files, then for the edits, of the fix and of its tests", async () => {
    await using repository = await makeRepository([
      {
        message: "base",
        files: {
          "pkg/a.py": "def f():\n    return 1\n",
          "pkg/b.py": "",
          "tests/test_a.py": "assert f() == 1\n",
          "README.md": "# A\n",
        },
      },
      {
        message: "Return two\n\nSecret reasons.",
        files: {
          "pkg/a.py": "def f():\n    return 2\n",
          "tests/test_a.py": "assert f() == 2\n",
          "README.md": "# B\n",
        },
      },
    ]);
    const git = await openRepository(repository.path);
    const commit = await git.commit(await git.resolve());
    const { candidates } = await unitSamples(git, {
      key: "#4",
      form: "pull-request",
      repository: { name: "o/r" },
      title: "Return two",
      body: "",
      author: "ada",
      isBot: false,
      createdMs: 0,
      merged: true,
      discussion: [],
      issue: {
        number: 3,
        title: "One is wrong",
        body: "It should be two.",
        author: "eve",
        createdMs: 0,
        comments: [{ author: "cy", body: "The return value is to blame.", createdMs: 0 }],
      },
      base: commit.parents[0] ?? null,
      commits: [commit],
    }, { kind: "factorized", filters: defaultFilters("factorized"), tokenizer });
    await git.close();
    expect(candidates.map(({ id }) => id)).toEqual([
      "o/r#4/fix-localize",
      "o/r#4/fix-edit",
      "o/r#4/test-localize",
      "o/r#4/test-edit",
    ]);
    const [localize, edit, tests] = candidates.map(({ sample }) => sample as Sample);
    expect(localize?.text).toBe(`# Repository
Name: o/r
# Problem
One is wrong
It should be two.
# Repository Structure
\`\`\`
pkg/a.py
pkg/b.py
tests/test_a.py
\`\`\`
Which files have to be edited to solve it? Answer with at most five full paths, one a line, the most important first, between two lines of three backticks.
# Answer
\`\`\`
pkg/a.py
\`\`\`
`);
    const answers = (sample: Sample | undefined) =>
      sample?.segments.filter(({ role }) => ["thought", "action", "edit"].includes(role));
    expect(answers(localize)).toEqual([{ role: "action", text: "```\npkg/a.py\n```\n" }]);
    expect(answers(edit)).toEqual([
      { role: "thought", text: "The return value is to blame.\n" },
      {
        role: "edit",
        text: "```\n### pkg/a.py\n<<<<<<< SEARCH\ndef f():\n    return 1\n=======\n" +
          "def f():\n    return 2\n>>>>>>> REPLACE\n```\n",
      },
    ]);
    expect(edit?.segments.filter(({ role }) => role === "file")).toEqual([
      { role: "file", text: "```\ndef f():\n    return 1\n```\n" },
    ]);
    expect(answers(tests)).toEqual([{ role: "action", text: "```\ntests/test_a.py\n```\n" }]);
    expect(candidates.map(({ sample }) => sample?.text.includes("Secret"))).not.toContain(true);
  });
});

test("a place that cannot be told gives no factorized sample, and the run goes on", async () => {
  const same = "same\n".repeat(60);
  await using repository = await makeRepository([
    { files: { "a.py": same } },
    { files: { "a.py": same.replace(/^(same\n){30}same/, (text) => `${text.slice(0, -4)}other`) } },
  ]);
  const { retention } = await makeCorpus([repository.path], {
    kind: "factorized",
    filters: defaultFilters("factorized"),
    tokenizer,
  });
  expect(retention.dropped["no-factorized-step"]?.units).toBe(2);
});

describe("the environment format", () => {
  const trajectory: Trajectory = {
    id: "t",
    provenance: { path: "t.traj", format: "swe-agent" },
    task: { problem: "Fix it", repository: "o/r", baseCommit: "abc" },
    system: "The scaffold's own words",
    steps: [
      {
        thought: "I look.",
        calls: [{ name: "bash", arguments: { command: "ls" }, text: '{"name": "bash"}' }],
        observations: [{ text: "a.py\n" }],
      },
      {
        thought: "",
        calls: [{
          name: "edit",
          arguments: { text: "x" },
          text: "<function=edit>\n<parameter=text>x</parameter>\n</function>\n",
        }],
        observations: [],
      },
      {
        thought: "",
        calls: [{ name: "python", arguments: {}, text: "python -V" }],
        observations: [],
      },
      { thought: "Done.", calls: [], observations: [] },
    ],
    outcome: { resolved: true },
  };

  test("is a chat with thoughts in <think> and calls as text", () => {
    const sample = renderEnvironment(trajectory);
    const [, ...turns] = sample.text.split("<|im_start|>");
    expect(turns[0]).toMatch(/^system\n(.|\n)*- bash\(command\)\n- edit\(text\)<\|im_end\|>\n$/);
    expect(turns.slice(1)).toEqual([
      "user\nFix it<|im_end|>\n",
      "assistant\n<think>\nI look.\n</think>\n" +
      "<function=bash>\n<parameter=command>ls</parameter>\n</function><|im_end|>\n",
      "user\nOBSERVATION:\na.py<|im_end|>\n",
      "assistant\n<function=edit>\n<parameter=text>x</parameter>\n</function><|im_end|>\n",
      "assistant\n<function=bash>\n<parameter=command>python -V</parameter>\n</function><|im_end|>\n",
      "assistant\n<think>\nDone.\n</think><|im_end|>\n",
    ]);
    expect(sample).toMatchObject({ id: "t", kind: "environment", repo: "o/r", base: "abc" });
    expect(sample.text).not.toContain("scaffold");
  });

  test.skipIf(findRealData() === null)(
    "of real runs keeps every thought, call and answer",
    async () => {
      const samples: Sample[] = [];
      const { retention } = await makeCorpus([findRealData() ?? ""], {
        kind: "environment",
        filters: { ...defaultFilters("environment"), benchmarks: [], maxTokens: null },
        tokenizer,
        onSample: (sample) => samples.push(sample),
      });
      expect(samples.length).toBeGreaterThan(15);
      expect(retention.kept.tokens).toBe(
        samples.reduce((sum, sample) => sum + countTokens(sample, tokenizer), 0),
      );
      for (const { text } of samples) {
        for (const turn of text.split("<|im_start|>assistant\n").slice(1)) {
          const [written = ""] = turn.split("<|im_end|>");
          if (written.includes("<function=")) expect(parseTurn(written).calls).not.toEqual([]);
        }
      }
    },
  );
});
