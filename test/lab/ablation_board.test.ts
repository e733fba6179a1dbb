/** The board of a running ablation: what is told by its events, and how far it is. */
import { expect, test } from "vitest";
import type { AblationEvent } from "../../src/lab/ablate.ts";
import { ablationBoard, plannedTokens } from "../../src/lab/ablation_board.ts";
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

test("shows which cell is trained, what is done, and how far all of it is", () => {
  const board = ablationBoard(spec, { document });
  const rows = () =>
    findAll(board, "tbody tr").map((row) =>
      [...row.children].map(({ textContent }) => textContent)
    );
  expect(rows()[0]).toEqual(["none / none", "waits", "waits"]);

  expect(board.add(training("base", 400))).toEqual({
    phase: "seed 7: base",
    done: 400,
    total: 3400,
    unit: "tokens",
  });
  expect(rows()[0]).toEqual(["none / none", "base …", "waits"]);
  expect(board.add(trained("base", "a")).done).toBe(1000);
  expect(board.add(cell("none / none", 7, [true, false, false, false], 1)).done).toBe(1000);
  expect(rows()[0]).toEqual(["none / none", "25.0%1 of 4 tasks", "waits"]);
  expect(rows()[1]?.[1]).toBe("begins …");

  expect(board.add(training("mid ctx 1", 150)).done).toBe(1150);
  expect(board.add(trained("mid ctx 1", "b")).done).toBe(1300);
  // The same stage again, for another cell, is not read again.
  expect(board.add(trained("mid ctx 1", "b")).done).toBe(1300);
  expect(findAll(board, "figure.bottega-chart")).toHaveLength(1);
});

function training(name: string, tokens: number): AblationEvent {
  const step = { step: 1, stage: name, lossNats: 3, gradientNorm: 1, learningRate: 1, tokens };
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
