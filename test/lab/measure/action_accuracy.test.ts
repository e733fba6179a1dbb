/** Right actions are told from wrong ones, part by part: models that know the teacher's conversations. */
import { beforeAll, describe, expect, test } from "vitest";
import type { AblationReport } from "../../../src/lab/mod.ts";
import { parseAblation } from "../../../src/lab/mod.ts";
import { type Lab, openLab } from "../../../src/lab/lab.ts";
import { actionAccuracy } from "../../../src/lab/measure/action_accuracy.ts";
import { type OracleRun, oracleRuns } from "../../../src/lab/measure/oracle_runs.ts";
import { conversation, encodeSegments } from "../../../src/lab/turns.ts";
import type { TokenGenerator } from "../../../src/model/mod.ts";
import { memoryRunFiles } from "../../../src/train/mod.ts";
import smoke from "../../../notebooks/data/smoke.json" with { type: "json" };

type TokenOptions = Parameters<TokenGenerator["generate"]>[0];

describe.each(["swe-agent", "short"] as const)("accuracy by action, in turns of %s", (format) => {
  let lab: Lab;
  let runs: OracleRun[];

  beforeAll(async () => {
    const world = { seed: 3, tasks: 20 };
    const tokenizer = { vocabularySize: 400 };
    const spec = parseAblation({ ...smoke, format, world, tokenizer });
    lab = await openLab(spec, { gpu: null, files: memoryRunFiles() });
    runs = await oracleRuns(2, lab);
  }, 300_000);

  /** Continues a conversation as the teacher did, but for what `change` makes of it. */
  function modelOf(change: (text: string) => string): TokenGenerator {
    const { tokenizer } = lab;
    const known = runs.map(({ problem, steps }) =>
      encodeSegments(tokenizer, conversation(problem, steps, format))
    );
    return {
      batch: 4,
      context: 100_000,
      generate: ({ prompts, maxTokens, stopTokens: [stop = -1] = [] }: TokenOptions) =>
        Promise.resolve(prompts.map((prompt) => {
          const isPrompt = (tokens: Uint32Array) =>
            Array.from(prompt).every((token, at) => tokens[at] === token);
          const rest = known.find(isPrompt)?.subarray(prompt.length) ?? new Uint32Array();
          const end = Math.min(maxTokens, rest.indexOf(stop));
          return { tokens: tokenizer.encode(change(tokenizer.decode(rest.subarray(0, end)))) };
        })),
    } as unknown as TokenGenerator;
  }

  const accuracyOf = (change: (text: string) => string) =>
    actionAccuracy(runs, { generator: modelOf(change), tokenizer: lab.tokenizer, format });

  test("the teacher's own words are all right", async () => {
    const found = await accuracyOf((text) => text);
    expect(found.tool.of).toBe(runs.flatMap(({ steps }) => steps).length);
    for (const part of ["tool", "view", "path", "name", "body"] as const) {
      expect(found[part].of, part).toBeGreaterThan(0);
      expect(found[part].right, part).toBe(found[part].of);
    }
  });

  test("an edit with other code is wrong in its body, or where it begins, and nowhere else", async () => {
    const found = await accuracyOf((text) => text.replace("return", "retrun"));
    expect(found.body.right).toBe(0);
    for (const part of ["tool", "view", "path", "name"] as const) {
      expect(found[part].right, part).toBe(found[part].of);
    }
  });

  test("a path that goes on where it should end is wrong", async () => {
    const [path = ""] = runs.map(({ fixes: [fix] }) => fix?.path ?? "");
    const name = path.replace(/^src\/|\.js$/g, "");
    const found = await accuracyOf((text) => text.replaceAll(name, `${name}s`));
    expect(found.path.right).toBeLessThan(found.path.of);
    expect(found.tool.right).toBe(found.tool.of);
  });

  test("a model that says nothing has nothing right", async () => {
    const found: AblationReport["cells"][number]["accuracy"] = await accuracyOf(() => "");
    expect(Object.values(found ?? {}).map(({ right }) => right)).toEqual([0, 0, 0, 0, 0]);
  });
});
