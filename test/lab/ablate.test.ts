/** An ablation from a world of repositories to a table: real training, real agents, real sandboxes. */
import { beforeAll, describe, expect, test } from "vitest";
import {
  ablate,
  type AblationEvent,
  type AblationReport,
  DATA_KINDS,
  evaluatedTasks,
  labDocuments,
  openWorld,
  parseAblation,
  type World,
} from "../../src/lab/mod.ts";
import { memoryRunFiles, type RunFiles } from "../../src/train/mod.ts";

const stage = (data: Record<string, number>, mask: "all" | "answers") => ({
  data,
  tokens: 3000,
  epochs: 50,
  batch: 2,
  learningRate: { peak: 1e-3 },
  mask,
});

const spec = parseAblation({
  name: "tiny",
  seeds: [1],
  world: { seed: 3, tasks: 20 },
  tokenizer: { vocabularySize: 400 },
  model: {
    architectures: ["Qwen2ForCausalLM"],
    hidden_size: 16,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    intermediate_size: 32,
    max_position_embeddings: 512,
    tie_word_embeddings: true,
  },
  base: stage({ code: 1, copy: 1 }, "all"),
  mid: { none: [], factorized: [stage({ factorized: 1 }, "answers")] },
  sft: { strong: [stage({ strong: 1 }, "answers")] },
  gate: null,
  evaluate: { test: 2, "test-hard": 1, steps: 2, maxTokens: 12, batch: 3 },
  compare: [["none / strong", "factorized / strong"]],
});

let files: RunFiles;
let world: World;
let report: AblationReport;
const events: AblationEvent[] = [];

beforeAll(async () => {
  files = memoryRunFiles();
  report = await ablate(spec, { gpu: null, files, onEvent: (event) => events.push(event) });
  world = await openWorld(spec, files, {});
}, 180_000);

describe("ablate", () => {
  test("ends with a table: a rate with its interval, tokens and a run for each cell", () => {
    expect(report.cells.map(({ name }) => name)).toEqual(["none / strong", "factorized / strong"]);
    for (const { resolved, low, high, tasks, run, hard } of report.cells) {
      expect(low).toBeLessThanOrEqual(resolved);
      expect(high).toBeGreaterThan(resolved);
      expect(tasks).toBe(2);
      expect(hard?.tasks).toBe(1);
      expect(run).toEqual([expect.stringMatching(/^[0-9a-f]{12}$/)]);
    }
    expect(report.cells.map(({ tokens }) => tokens)).toEqual([6000, 9000]);
    const [first, second] = report.cells.map(({ lossTokens }) => lossTokens);
    // Fine-tuning counts what the agent writes, and so does the factorized stage.
    expect(first).toBeLessThan(6000);
    expect(second).toBeLessThan(9000);
    expect(report.comparisons).toEqual([
      expect.objectContaining({ first: "none / strong", second: "factorized / strong" }),
    ]);
  });

  test("trains what cells share once", () => {
    const trained = events.flatMap((event) =>
      event.type === "training" && event.event.type === "start" ? [event.name] : []
    );
    expect(trained.sort()).toEqual(["base", "mid factorized 1", "sft strong 1", "sft strong 1"]);
  });

  test("does nothing again that is done, and ends with the same table", async () => {
    const again: AblationEvent[] = [];
    const host = { gpu: null, files, onEvent: (event: AblationEvent) => again.push(event) };
    expect(await ablate(spec, host)).toEqual(report);
    expect(again.filter(({ type }) => type === "training")).toEqual([]);
  });

  test(
    "stopped in the middle of a stage and started again, it ends with the same table",
    async () => {
      const other = memoryRunFiles();
      const { signal, ...controller } = abortable();
      const stopped = ablate(spec, {
        gpu: null,
        files: other,
        signal,
        onEvent: (event) => {
          if (event.type === "training" && event.name.startsWith("mid")) controller.abort();
        },
      });
      await expect(stopped).rejects.toThrow("enough");
      expect(await ablate(spec, { gpu: null, files: other })).toEqual(report);
    },
    120_000,
  );

  test(
    "refuses a folder of another ablation, data that are too few, a base that does not copy",
    async () => {
      const more = { ...spec, seeds: [1, 2] };
      await expect(ablate(more, { gpu: null, files })).rejects.toMatchObject({ code: "run" });
      const base = { ...spec.base, tokens: 10_000_000 };
      const greedy = ablate({ ...spec, base }, { gpu: null, files: await copyOf(files) });
      await expect(greedy).rejects.toThrow(
        /reads 10000000 tokens of code, copy, and there are \d+/,
      );
      const gated = ablate({ ...spec, gate: 0.99 }, { gpu: null, files: await copyOf(files) });
      await expect(gated).rejects.toThrow(/copies 0\.0 % of names .* the gate is 99 %/);
    },
    60_000,
  );
});

describe("the world of an ablation", () => {
  test("keeps every name and every function of evaluated tasks out of training", () => {
    expect(report.contamination).toMatchObject({ names: 0, functions: 0 });
    const { test, "test-hard": hard } = evaluatedTasks(world, spec);
    expect([test.length, hard.length]).toEqual([2, 1]);
  });

  test("has one marker of a file and one edit in all kinds of data", async () => {
    const kinds = await Promise.all(DATA_KINDS.map((kind) => labDocuments(kind, world)));
    const texts = kinds.map((documents) =>
      documents.map(({ segments }) => segments.map(({ text }) => text).join("")).join("\n")
    );
    const of = Object.fromEntries(DATA_KINDS.map((kind, i) => [kind, texts[i] ?? ""]));
    for (const kind of ["code", "factorized", "ctx", "env", "strong", "weak"] as const) {
      expect(of[kind], kind).toMatch(/running `cat -n` on src\/\w+\.js:\n {5}1\t/);
    }
    for (const kind of ["factorized", "ctx", "env", "strong", "weak"] as const) {
      expect(of[kind], kind).toMatch(
        /<function=rewrite_function>\n<parameter=path>src\/\w+\.js<\/parameter>\n<parameter=new_code>/,
      );
    }
    // Only the runs of the teacher have true observations.
    expect(of.env).toMatch(/\d+ tests: \d+ passed, 0 failed/);
    expect(of.ctx).not.toMatch(/\d+ tests:/);
    expect(of.strong).not.toContain("That is as far as I get");
  });
});

function abortable(): { signal: AbortSignal; abort(): void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(new Error("enough")) };
}

/** The same world and vocabulary, and nothing else. */
async function copyOf(files: RunFiles): Promise<RunFiles> {
  const copy = memoryRunFiles();
  for (const name of ["world.json", "tokenizer.json"]) {
    const file = await files.read(name);
    if (file) await copy.write(name, [await file.read(0, file.sizeBytes)]);
  }
  return copy;
}
