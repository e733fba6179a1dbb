/** Runs that a model begins and the teacher brings to their end: made, learned from, refused. */
import { beforeAll, describe, expect, test } from "vitest";
import { goldFixes, makeMiniSwe, seededRandom, type Task } from "../../src/agent/mod.ts";
import { guess } from "../../src/agent/policies/teacher_fixes.ts";
import { openPackedDataset, packSamples } from "../../src/corpus/mod.ts";
import {
  ablate,
  labDocuments,
  LabError,
  parseAblation,
  specOfWork,
  type World,
} from "../../src/lab/mod.ts";
import { correctedDocument } from "../../src/lab/corrected_documents.ts";
import { CORRECTED_FILE, type Corrections, correctRuns } from "../../src/lab/corrected_runs.ts";
import type { TokenGenerator } from "../../src/model/mod.ts";
import { readJson, writeJson } from "../../src/lab/json_file.ts";
import { shortEdit, shortPath } from "../../src/lab/short_turns.ts";
import { conversation, SPECIAL_TOKENS } from "../../src/lab/turns.ts";
import { loadTokenizer, type Tokenizer, trainTokenizer } from "../../src/tokenizer/mod.ts";
import { memoryRunFiles } from "../../src/train/mod.ts";
import smoke from "../../notebooks/data/smoke.json" with { type: "json" };

const shape = { ...smoke.world.shape, fileNames: "pairs" as const, printed: 1 };
let tasks: Task[];
let tokenizer: Tokenizer;

beforeAll(async () => {
  const made = await Array.fromAsync(makeMiniSwe({ seed: 3, count: 8, shape, splits: ["train"] }));
  tasks = made.flatMap(({ tasks }) => tasks);
  const world: World = { tasks, runs: [], seed: 3, shape, code: 40, format: "short" };
  const texts = (await labDocuments("ctx", world)).concat(await labDocuments("code", world))
    .flatMap(({ segments }) => segments.map(({ text }) => text));
  const options = { vocabularySize: 500, specialTokens: [...SPECIAL_TOKENS], workers: 1 };
  tokenizer = await loadTokenizer({ ...await trainTokenizer(texts, options), name: "test" });
});

/** How a scripted model behaves. */
type Habit = "guesses and tests" | "submits at once" | "is right";

/** A model that finds its task by the function that the problem names, and follows a script. */
async function model(habit: Habit, batch = 3) {
  const asked: string[] = [];
  const known = await Promise.all(tasks.map(async (task) => {
    const [fix] = await goldFixes(task);
    if (!fix) throw new Error(`${task.id} has no fix`);
    const wrong = guess(fix, seededRandom(task.id)) ?? "";
    return { task, fix, turns: [`view ${shortPath(fix.path)}`, edit(habit, fix, wrong), "test"] };
  }));
  const answer = (prompt: string): string => {
    const found = known.find(({ task }) => prompt.includes(`${task.tags?.["function"]}(`));
    if (!found) throw new Error(`No task in ${prompt}`);
    const turn = prompt.split("<|im_start|>").length - 2;
    if (turn === 0) asked.push(found.task.id);
    return habit === "submits at once" ? "submit" : found.turns[turn] ?? "submit";
  };
  const generator: TokenGenerator = {
    batch,
    context: 4000,
    dispatches: 0,
    generate: ({ prompts }) =>
      Promise.resolve(prompts.map((prompt) => {
        const tokens = tokenizer.encode(answer(tokenizer.decode(Array.from(prompt))));
        return { tokens: [...tokens], reason: "stop" as const };
      })),
    [Symbol.dispose]() {},
  };
  return { asked, open: () => Promise.resolve({ generator, tokenizer, [Symbol.dispose]() {} }) };
}

function edit(habit: Habit, { path, after }: { path: string; after: string }, wrong: string) {
  return shortEdit(path, habit === "is right" ? after : wrong);
}

const how = { format: "short" as const, steps: 8, maxTokens: 200 };

const files = memoryRunFiles();
let made: Corrections;
beforeAll(async () => {
  const { open } = await model("guesses and tests");
  made = await correctRuns({ ...how, tasks, files, open });
});

describe("correctRuns", () => {
  test("goes on from the model's own failure and resolves the task", async () => {
    expect(made).toMatchObject({ done: 8, failed: 8 });
    expect(made.runs.map(({ task }) => task)).toEqual(tasks.map(({ id }) => id));
    for (const { steps, own } of made.runs) {
      const tools = steps.map(({ calls: [call] }) => call?.name);
      expect(tools.slice(0, own)).toEqual(["str_replace_editor", "rewrite_function", "run_tests"]);
      expect(tools.slice(own)).toEqual(["rewrite_function", "run_tests", "submit"]);
      expect(steps[own - 1]?.observations[0]?.text).toMatch(/\d+ !== \d+/);
      expect(steps[own + 1]?.observations[0]?.text).toMatch(/ 0 failed/);
    }
    expect(await readJson(files, CORRECTED_FILE)).toEqual(made);
  });

  test("corrects nothing where the model was right, or did not test", async () => {
    for (const habit of ["is right", "submits at once"] as const) {
      const { open } = await model(habit);
      const made = await correctRuns({ ...how, tasks, files: memoryRunFiles(), open });
      expect(made, habit).toEqual({ done: 8, failed: 0, runs: [] });
    }
  });

  test("stopped and started again, it works on the tasks that are left, and ends the same", async () => {
    const files = memoryRunFiles();
    const controller = new AbortController();
    const first = await model("guesses and tests");
    const stopped = correctRuns({
      ...how,
      tasks,
      files,
      open: first.open,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error("enough")),
    });
    await expect(stopped).rejects.toThrow("enough");
    const second = await model("guesses and tests");
    const { runs } = await correctRuns({ ...how, tasks, files, open: second.open });
    expect(runs).toEqual(made.runs);
    expect(first.asked).toEqual(tasks.slice(0, 3).map(({ id }) => id));
    expect(second.asked).toEqual(tasks.slice(3).map(({ id }) => id));
  });
});

describe("a corrected run as a document", () => {
  test("is the conversation, and the loss counts what the teacher did alone", async () => {
    for (const run of made.runs) {
      const made = correctedDocument(run, "short");
      const textOf = (segments: readonly { text: string }[]) =>
        segments.map(({ text }) => text).join("");
      expect(textOf(made.segments)).toBe(textOf(conversation(run.problem, run.steps, "short")));
      const { learned, all } = await packed([made]);
      expect(all).toBe(textOf(made.segments));
      const [fix] = await goldFixes(tasks.find(({ id }) => id === run.task) as Task);
      const right = shortEdit(fix?.path ?? "", fix?.after ?? "");
      const end = "<|im_end|>";
      expect(learned).toBe(`${right}${end}test${end}submit${end}`);
    }
  });
});

describe("a stage of corrected runs", () => {
  const stage = (data: Record<string, number>, more = {}) => ({
    data,
    tokens: 1500,
    epochs: 500,
    batch: 2,
    learningRate: { peak: 1e-3 },
    mask: "answers",
    ...more,
  });
  const tiny = (data: Record<string, number>, more = {}) => ({
    ...smoke,
    world: { ...smoke.world, tasks: 24, code: 40, shape },
    tokenizer: { vocabularySize: 400, split: "words" },
    model: { ...smoke.model, hidden_size: 16, num_attention_heads: 2, intermediate_size: 32 },
    start: "noise",
    base: stage({ code: 1 }, { mask: "all" }),
    mid: { none: [] },
    sft: { corrected: [stage(data, { tasks: 1000, ...more })] },
    evaluate: { test: 2, steps: 2, maxTokens: 12, batch: 3 },
    measure: {},
    compare: [],
  });

  test("is sent to a worker with all that it depends on", () => {
    const spec = parseAblation(tiny({ corrected: 1 }));
    const [first] = Array.isArray(spec.sft["corrected"]) ? spec.sft["corrected"] : [];
    if (!first) return expect.fail("the spec has the stage");
    const request = { stage: first, name: "sft corrected 1", seed: 1, parent: null };
    const sent = specOfWork({ name: "stage", spec, request });
    expect(parseAblation(JSON.parse(JSON.stringify(sent)))).toMatchObject({ base: first });
    expect(sent.evaluate).toMatchObject({ steps: 2, maxTokens: 12, batch: 3 });
    const longer = { ...spec, evaluate: { ...spec.evaluate, steps: 5 } };
    expect(specOfWork({ name: "stage", spec: longer, request })).not.toEqual(sent);
  });

  test("needs a model that acts, and a mask", async () => {
    const base = parseAblation({ ...tiny({ corrected: 1 }), base: stage({ corrected: 1 }) });
    await expect(ablate(base, { gpu: null, files: memoryRunFiles() })).rejects
      .toThrow(/base.data: there is no model yet whose runs could be "corrected"/);
    expect(() => parseAblation(tiny({ corrected: 1 }, { mask: "all" })))
      .toThrow(/mask is "all" for a stage of "corrected" runs/);
    expect(parseAblation(tiny({ corrected: 1 })).sft["corrected"]).toHaveLength(1);
  });

  test(
    "works on tasks of training alone, says so where that gives nothing, and learns what there is",
    async () => {
      const files = memoryRunFiles();
      const spec = parseAblation(tiny({ corrected: 1, strong: 1 }));
      const refused = await ablate(spec, { gpu: null, files }).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(LabError);
      expect(refused).toMatchObject({
        code: "data",
        message: expect.stringMatching(
          /^No run of "base" could be corrected: it worked on 18 tasks, a test failed .* in 0 of them/,
        ),
      });

      // The same stage with runs of a model that can act, as if it had made them before it was stopped.
      const [key] = (await Promise.all(
        (await files.list("stages")).map(async (key) =>
          await readJson(files, `stages/${key}/${CORRECTED_FILE}`) ? key : ""
        ),
      )).filter((key) => key !== "");
      const { runs } = made;
      await writeJson(files, `stages/${key}/${CORRECTED_FILE}`, { done: 18, failed: 8, runs });
      const report = await ablate(spec, { gpu: null, files });
      const trained = report.stages.find(({ name }) => name === "sft corrected 1");
      expect(trained?.key).toBe(key);
      expect(trained?.sources.find(({ kind }) => kind === "corrected")).toMatchObject({
        documents: runs.length,
      });
      expect(report.contamination.kinds.corrected).toMatchObject({
        documents: runs.length,
        names: 0,
        modules: 0,
        functions: 0,
        tasks: 0,
      });
      expect(report.cells[0]?.recoveredByTag).toBeDefined();
    },
    300_000,
  );
});

/** The text of documents as training reads it, and of it what counts in the loss. */
async function packed(documents: ReturnType<typeof correctedDocument>[]) {
  const shards = new Map<string, Uint8Array<ArrayBuffer>>();
  const manifest = await packSamples([{ name: "corrected", weight: 1, documents }], {
    tokenizer,
    context: 2000,
    mask: "answers",
    seed: 1,
    writeShard: (file, bytes) => void shards.set(file, bytes),
  });
  const { readRows } = openPackedDataset({
    manifest,
    readShard: (file) => Promise.resolve(shards.get(file) ?? new Uint8Array()),
  });
  const { tokens, flags } = await readRows(0, 1);
  const isText = (_: number, at: number) => at < manifest.tokens;
  return {
    all: tokenizer.decode(tokens.filter(isText)),
    learned: tokenizer.decode(tokens.filter((token, at) => isText(token, at) && flags[at]! & 1)),
  };
}
