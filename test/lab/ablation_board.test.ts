/** The board of a running ablation, and how far it is: what is told by its events. */
import { expect, test } from "vitest";
import type { AblationEvent } from "../../src/lab/ablate.ts";
import { ablationBoard } from "../../src/lab/ablation_board.ts";
import { countTokens, plannedTokens } from "../../src/lab/ablation_progress.ts";
import { parseAblation } from "../../src/lab/ablation_spec.ts";
import { findAll, headlessDocument } from "../support/plot.ts";

const document = headlessDocument();
const stage = (tokens: number) => ({
  data: { code: 1 },
  tokens,
  batch: 1,
  learningRate: { peak: 1e-3 },
  mask: "all",
});
const spec = parseAblation({
  name: "board",
  seeds: [7, 8],
  world: { seed: 1, tasks: 20 },
  tokenizer: { vocabularySize: 400 },
  model: {},
  base: stage(1000),
  mid: { none: [], ctx: [stage(300), stage(200)] },
  sft: { none: [], strong: [stage(100)] },
  evaluate: { test: 4 },
});

test("counts what cells share once", () => {
  // Base, one mid-training, and fine-tuning after it and without it; for two seeds.
  expect(plannedTokens(spec)).toBe(2 * (1000 + 500 + 2 * 100));
});

test("tells how far all stages together are, a stage that is asked for again no further", () => {
  const told: number[] = [];
  const count = countTokens(spec, ({ phase, done, total, unit }) => {
    expect({ phase, total, unit }).toEqual({
      phase: "train and evaluate",
      total: 3400,
      unit: "tokens",
    });
    told.push(done);
  });
  count("base of seed 7", 400);
  count("base of seed 8", 500);
  count("base of seed 7", 1000);
  count("base of seed 7", 1000);
  // The last row of a stage is read as a whole.
  count("mid", 3000);
  expect(told).toEqual([400, 900, 1500, 1500, 3400]);
});

test("shows which cell is trained, and what is done", () => {
  const board = ablationBoard(spec, { document });
  const rows = () =>
    findAll(board, "tbody tr").map((row) =>
      [...row.children].map(({ textContent }) => textContent)
    );
  expect(rows()[0]).toEqual(["none / none", "waits", "waits"]);

  board.add(training("base"));
  expect(rows()[0]).toEqual(["none / none", "base …", "waits"]);
  board.add(trained("base", "a"));
  expect(rows()[0]?.[1]).toBe("agents at work …");
  board.add(cell("none / none", 7, [true, false, false, false], 1));
  expect(rows()[0]).toEqual(["none / none", "25.0%1 of 4 tasks", "waits"]);
  expect(rows()[1]?.[1]).toBe("agents at work …");

  board.add(training("mid ctx 1"));
  expect(rows()[1]?.[1]).toBe("mid ctx 1 …");
  expect(findAll(board, "figure.bottega-chart")).toHaveLength(1);
});

function training(name: string): AblationEvent {
  const step = { step: 1, stage: name, lossNats: 3, gradientNorm: 1, learningRate: 1, tokens: 400 };
  return {
    type: "training",
    name,
    event: { type: "step", ...step, tokensPerSecond: 1, utilization: 0, leftMs: 0 },
  };
}

function trained(name: string, key: string): AblationEvent {
  return { type: "stage", name, seed: 7, stage: { key } } as unknown as AblationEvent;
}

function cell(name: string, seed: number, resolved: boolean[], done: number): AblationEvent {
  const outcomes = resolved.map((resolved) => ({ split: "test", resolved }));
  const run = { recipe: { name }, seed, outcomes };
  return { type: "cell", run, done, total: 8 } as unknown as AblationEvent;
}
