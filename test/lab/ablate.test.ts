/** An ablation from a world of repositories to a table: real training, real agents, real sandboxes. */
import { beforeAll, describe, expect, test } from "vitest";
import {
  ablate,
  type AblationEvent,
  type AblationReport,
  type AblationSpec,
  evaluatedTasks,
  labDocuments,
  labWorker,
  openWorld,
  parseAblation,
  plannedTokens,
  type World,
  WORLD_KINDS,
} from "../../src/lab/mod.ts";
import type { Progress } from "../../src/gpu/mod.ts";
import { memoryRunFiles, type RunFiles } from "../../src/train/mod.ts";
import { TINY_ABLATION, tinyStage } from "../support/tiny_ablation.ts";

const stage = (data: Record<string, number>, mask: "all" | "answers") => ({
  ...tinyStage(data, 3000),
  batch: 2,
  mask,
});

const spec = parseAblation({
  ...TINY_ABLATION,
  tokenizer: { vocabularySize: 400 },
  base: stage({ code: 1, copy: 1 }, "all"),
  mid: { none: [], factorized: [stage({ factorized: 1 }, "answers")] },
  sft: { strong: { sizes: [2000, 4000], stage: withoutTokens(stage({ strong: 1 }, "answers")) } },
  evaluate: { test: 2, "test-hard": 1, steps: 2, maxTokens: 12, batch: 3 },
  measure: { oracle: 1, heldOut: 1, transfer: 2, alongMid: { shares: [0.3, 0.6, 1], tasks: 1 } },
  compare: [["none / strong 0.002M", "factorized / strong 0.002M"]],
  primary: { compare: ["none / strong 0.004M", "factorized / strong 0.004M"] },
});

function withoutTokens({ tokens: _, ...rest }: ReturnType<typeof stage>) {
  return rest;
}

let files: RunFiles;
let world: World;
let report: AblationReport;
const events: AblationEvent[] = [];

beforeAll(async () => {
  files = memoryRunFiles();
  report = await ablate(spec, { gpu: null, files, onEvent: (event) => events.push(event) });
  world = await openWorld(spec, files, {});
}, 600_000);

describe("ablate", () => {
  test("ends with a table: a rate with its interval, tokens and a run for each cell", () => {
    expect(report.cells.map(({ name }) => name)).toEqual([
      "none / strong 0.002M",
      "none / strong 0.004M",
      "factorized / strong 0.002M",
      "factorized / strong 0.004M",
    ]);
    for (const { resolved, low, high, tasks, run, seeds, hard } of report.cells) {
      expect(low).toBeLessThanOrEqual(resolved);
      expect(high).toBeGreaterThan(resolved);
      expect(tasks).toBe(2);
      expect(hard?.tasks).toBe(1);
      expect(run).toEqual([expect.stringMatching(/^[0-9a-f]{12}$/)]);
      expect(seeds).toEqual([expect.objectContaining({ seed: 1, run: run[0] })]);
    }
    expect(report.comparisons).toEqual([
      expect.objectContaining({ second: "factorized / strong 0.002M", pairedT: null }),
    ]);
    expect(report.primary).toMatchObject({ test: "exact McNemar", alpha: 0.05 });
    expect(report.spec).toEqual(spec);
  });

  test("counts the tokens and the tasks that training has read", () => {
    const [none, , factorized] = report.cells;
    const own = Object.fromEntries(report.stages.map((stage) => [stage.name, stage]));
    // Six steps of two rows of 512 are what 6000 tokens are rounded up to, less the padding.
    expect(own.base?.tokens).toBeLessThanOrEqual(3072);
    expect(own.base?.tokens).toBeGreaterThan(2000);
    // Of a base all tokens count but the first of each document, of the others what an agent writes.
    expect(own.base?.lossTokens).toBeGreaterThan(0.9 * (own.base?.tokens ?? 0));
    expect(own["mid factorized 1"]?.lossTokens).toBeLessThan(1500);
    expect(none?.midTokens).toBe(0);
    expect(factorized?.midTokens).toBe(own["mid factorized 1"]?.tokens);
    expect(factorized?.tokens).toBe(
      (own.base?.tokens ?? 0) + (factorized?.midTokens ?? 0) +
        (factorized?.sftTokens ?? 0),
    );
    const taught = world.tasks.filter(({ split }) => split === "train").length;
    for (const cell of [none, factorized]) {
      expect(cell?.distinctTasks).toBeGreaterThan(1);
      expect(cell?.distinctTasks).toBeLessThanOrEqual(taught);
    }
    expect(own["mid factorized 1"]?.sources).toEqual([
      expect.objectContaining({ kind: "factorized", documents: expect.any(Number) }),
    ]);
  });

  test("measures what the spec asks for", () => {
    for (const { accuracy, heldOut, transfer } of report.cells) {
      // An untrained model is right by chance only; the teacher takes a few steps and edits once.
      expect(accuracy?.tool.of).toBeGreaterThan(2);
      expect(accuracy?.body.of).toBeGreaterThan(0);
      expect(Object.keys(heldOut ?? {})).toEqual(
        expect.arrayContaining(["problem", "thought", "action", "observation", "all"]),
      );
      // About what guessing gives, ln 400 = 6.
      expect(heldOut?.all?.lossNats).toBeGreaterThan(3);
      expect(heldOut?.all?.lossNats).toBeLessThan(7);
      expect(transfer).toMatchObject({ humanEval: { tasks: 2 }, choices: { tasks: 2 } });
    }
    const [curve, ...others] = report.midCurves;
    expect(others).toEqual([]);
    expect(curve).toMatchObject({ mid: "factorized", fit: { slope: 0, r2: 1 } });
    expect(curve?.points.map(({ share, tasks }) => [share, tasks])).toEqual([
      [0.3, 1],
      [0.6, 1],
      [1, 1],
    ]);
    const tokens = curve?.points.map(({ tokens }) => tokens) ?? [];
    expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
    expect(tokens.at(-1)).toBe(report.cells[2]?.midTokens);
    expect(report.sweeps).toEqual(
      ["none", "factorized"].map((mid) =>
        expect.objectContaining({ mid, sft: "strong", half: { reached: "never", tokens: 4000 } })
      ),
    );
  });

  test("trains what cells share once", () => {
    const trained = events.flatMap((event) =>
      event.type === "training" && event.event.type === "start" ? [event.name] : []
    );
    expect(trained.sort()).toEqual([
      "base",
      "mid factorized 1",
      "sft strong 0.002M 1",
      "sft strong 0.002M 1",
      "sft strong 0.004M 1",
      "sft strong 0.004M 1",
    ]);
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
      // Elsewhere than here, and several cells at a time: the table is the same.
      const worker = labWorker({ gpu: null, files: other });
      const told: Progress[] = [];
      const onProgress = (progress: Progress) => told.push(progress);
      const host = { gpu: null, files: other, worker, parallel: 3, onProgress };
      expect(await ablate(spec, host)).toEqual(report);
      const tokens = told.filter(({ unit }) => unit === "tokens");
      // More often than the six stages that there are.
      expect(tokens.length).toBeGreaterThan(12);
      expect(tokens.at(-1)).toMatchObject({
        done: plannedTokens(spec),
        total: plannedTokens(spec),
      });
    },
    600_000,
  );

  test(
    "refuses a folder of another ablation, data that are too few, a base that does not copy",
    async () => {
      const more = { ...spec, seeds: [1, 2] };
      await expect(ablate(more, { gpu: null, files })).rejects.toMatchObject({ code: "run" });
      const refused = async (changed: Partial<AblationSpec>, code: string, message: RegExp) => {
        const bare = await copyOf(files);
        const run = ablate({ ...spec, ...changed }, { gpu: null, files: bare });
        await expect(run).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
        // Whatever stage is at fault, none was trained.
        expect(await bare.list("stages")).toEqual([]);
      };
      const [mid] = spec.mid.factorized ?? [];
      if (!mid) throw new Error("the spec has no stage");
      const factorized = (change: Partial<typeof mid>) => ({
        mid: { ...spec.mid, factorized: [{ ...mid, ...change }] },
      });
      await refused(
        factorized({ tokens: 10_000_000 }),
        "data",
        /reads 10000000 tokens of factorized, and there are \d+/,
      );
      await refused(
        factorized({ data: { code: 1 } }),
        "mask",
        /No token of code is an agent's own/,
      );
      const gated = ablate({ ...spec, gate: 0.99 }, { gpu: null, files: await copyOf(files) });
      await expect(gated).rejects.toThrow(/copies 0\.0 % of names .* the gate is 99 %/);
    },
    300_000,
  );
});

describe("the world of an ablation", () => {
  test("keeps every name and every function of evaluated tasks out of training", () => {
    const { kinds, leaks } = report.contamination;
    expect(Object.keys(kinds).sort()).toEqual(["code", "copy", "factorized", "strong"]);
    expect(leaks).toEqual([]);
    const { test, "test-hard": hard } = evaluatedTasks(world, spec);
    expect([test.length, hard.length]).toEqual([2, 1]);
  });

  test("gives seeds tasks of their own where they are asked for, and refuses too few", () => {
    const all = world.tasks.filter(({ split }) => split === "test");
    const evaluate = { ...spec.evaluate, test: 2, "test-hard": 0, apart: true };
    const of = (seed?: number) => evaluatedTasks(world, { evaluate, seeds: [7, 3] }, seed).test;
    expect(of(7)).toEqual(all.slice(0, 2));
    expect(of(3)).toEqual(all.slice(2, 4));
    expect(of()).toEqual(all.slice(0, 4));
    const seeds = [...all.keys()];
    expect(() => evaluatedTasks(world, { evaluate, seeds }, 0)).toThrow(
      `${all.length} seeds with 2 tasks each of test need ${2 * all.length}, and there are`,
    );
  });

  test("has one marker of a file and one edit in all kinds of data", async () => {
    const kinds = await Promise.all(WORLD_KINDS.map((kind) => labDocuments(kind, world)));
    const texts = kinds.map((documents) =>
      documents.map(({ segments }) => segments.map(({ text }) => text).join("")).join("\n")
    );
    const of = Object.fromEntries(WORLD_KINDS.map((kind, i) => [kind, texts[i] ?? ""]));
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
