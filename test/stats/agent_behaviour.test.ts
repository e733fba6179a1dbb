/** What agents do: kinds of actions, cycles, sums; on the GPU against the reference. */
import { describe, expect, test } from "vitest";
import {
  type ActionLog,
  actionLog,
  actionOf,
  agentBehaviour,
  agentCycles,
  agentCyclesCpu,
  mergeActionLogs,
} from "../../src/stats/mod.ts";
import { describeGpu } from "../support/gpu.ts";
import { seededRandom } from "../support/random.ts";

const bash = (command: string) => ({ name: "bash", arguments: { command }, text: command });
const editor = (command: string) => ({
  name: "str_replace_editor",
  arguments: { command, path: "/a.py" },
  text: `${command} /a.py`,
});

describe("actionOf", () => {
  test.each<[string, string, string]>([
    ["cd /testbed && python -m pytest tests/ -q 2>&1 | tail -5", "bash pytest", "test"],
    ["python3 -m unittest discover", "bash unittest", "test"],
    ["cd /x && python test_on_reset.py", "bash python", "test"],
    ["DEBUG=1 pytest -x", "bash pytest", "test"],
    ["timeout 60 npm test", "bash npm", "test"],
    ["cargo test --all", "bash cargo", "test"],
    ["make -j4 check", "bash make", "test"],
    ["./run_tests.sh", "bash run_tests.sh", "test"],
    ["npx vitest run", "bash npx", "test"],
    ["python -m pytest --version", "bash pytest", "other"],
    ["grep -n pytest README.md", "bash grep", "other"],
    ["rm test_edge_cases.py", "bash rm", "edit"],
    ["python reproduce_error.py", "bash python", "other"],
    ["find . -name '*.py' | xargs grep -l test", "bash find", "other"],
    ["sed -i 's/a/b/' x.py", "bash sed", "edit"],
    ["sed -n '1,20p' x.py", "bash sed", "other"],
    ["cat > a.py << 'EOF'\nprint(1)\nEOF", "bash cat", "edit"],
    ["echo hello > /dev/null 2>&1", "bash echo", "other"],
    ["python -c 'print(2 > 1)'", "bash python", "other"],
    ["git apply fix.patch", "bash git", "edit"],
    ["", "bash", "other"],
  ])("%s", (command, tool, kind) => {
    expect(actionOf(bash(command))).toEqual({ tool, kind });
  });

  test("tells an editor's commands apart, and takes tools that edit or test by name", () => {
    expect(actionOf(editor("view"))).toEqual({ tool: "str_replace_editor view", kind: "other" });
    expect(actionOf(editor("str_replace")))
      .toEqual({ tool: "str_replace_editor str_replace", kind: "edit" });
    const bare = (name: string, text = name) => actionOf({ name, arguments: {}, text });
    expect(bare("edit", "edit 3:4\nx\nend_of_edit")).toEqual({ tool: "edit", kind: "edit" });
    for (const name of ["rewrite_function", "apply_patch", "write_file", "edit_file", "rm"]) {
      expect(bare(name)).toEqual({ tool: name, kind: "edit" });
    }
    expect(bare("credits").kind).toBe("other");
    expect(bare("run_tests")).toEqual({ tool: "run_tests", kind: "test" });
    expect(bare("python", "python test_main.py\n")).toEqual({ tool: "python", kind: "test" });
    expect(bare("open", "open a.py")).toEqual({ tool: "open", kind: "other" });
    expect(bare("")).toEqual({ tool: "(no name)", kind: "other" });
  });

  test("a hostile command costs no more than a moment", () => {
    const start = performance.now();
    for (
      const text of ["a".repeat(1e6), "python ".repeat(1e5), "-x ".repeat(3e5), "A=1 ".repeat(2e5)]
    ) {
      actionOf(bash(text));
      actionOf(bash(`python ${text}`));
    }
    expect(performance.now() - start).toBeLessThan(30_000);
  });
});

const [look, edit, check] = [editor("view"), editor("insert"), bash("pytest")];

const log = actionLog([
  [look, edit, check, edit, check, check, look, edit],
  [],
  [check, edit, edit],
]);

describe("agentBehaviour", () => {
  test("adds up actions, edits, test runs and cycles, by trajectory and in all", async () => {
    expect(await agentBehaviour(log, null)).toEqual({
      trajectories: 3,
      actions: 11,
      edits: 5,
      testRuns: 4,
      cycles: 2,
      tested: 2,
      revised: 1,
      tools: [
        { tool: "str_replace_editor insert", count: 5 },
        { tool: "bash pytest", count: 4 },
        { tool: "str_replace_editor view", count: 2 },
      ],
      byTrajectory: Uint32Array.of(8, 3, 3, 2, 0, 0, 0, 0, 3, 2, 1, 0),
    });
  });

  test("shards give the log of the whole", () => {
    const parts = [[[look, edit, check, edit, check, check, look, edit]], [[], [
      check,
      edit,
      edit,
    ]]];
    expect(mergeActionLogs(parts.map(actionLog))).toEqual(log);
    expect(() => mergeActionLogs([])).toThrow(expect.objectContaining({ code: "not-mergeable" }));
  });
});

function randomLog(K: number): ActionLog {
  const random = seededRandom(K);
  const offsets = [0];
  for (let k = 0; k < K; k++) offsets.push(offsets.at(-1)! + Math.floor(random() * 40));
  const draw = (limit: number) =>
    Uint32Array.from({ length: offsets.at(-1)! }, () => random() * limit);
  const kinds = draw(3);
  return {
    tools: ["a", "b", "c", "d"],
    toolIds: draw(4),
    kinds,
    offsets: Uint32Array.from(offsets),
  };
}

describeGpu("agentCycles", (gpu) => {
  test.each([0, 1, 63, 64, 65, 70_000])("equals the reference for K = %i", async (K) => {
    const log = randomLog(K);
    expect(await agentCycles(gpu, log)).toEqual(agentCyclesCpu(log));
    expect(await agentBehaviour(log, gpu)).toEqual(await agentBehaviour(log, null));
  });

  test("refuses offsets that do not fit", async () => {
    const wrong = { kinds: new Uint32Array(3), offsets: Uint32Array.of(0, 2) };
    await expect(agentCycles(gpu, wrong)).rejects.toMatchObject({ code: "bad-corpus" });
    expect(() => agentCyclesCpu(wrong)).toThrow(expect.objectContaining({ code: "bad-corpus" }));
  });
});
