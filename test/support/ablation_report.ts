/** A report of an ablation, made up, with every kind of result in it. */
import type { AblationReport, CellReport, SeedRate } from "../../src/lab/ablation_report.ts";
import { parseAblation } from "../../src/lab/ablation_spec.ts";

const stage = {
  data: { code: 1 },
  tokens: 1000,
  batch: 1,
  learningRate: { peak: 1e-3 },
  mask: "all",
};

const spec = parseAblation({
  name: "made up",
  about: "Asks <nothing> & shows everything.",
  seeds: [1, 2],
  world: { seed: 1, tasks: 100 },
  tokenizer: { vocabularySize: 400 },
  model: { architectures: ["Qwen2ForCausalLM"] },
  base: stage,
  mid: { none: [], "ctx+env": [stage] },
  sft: { none: [], strong: [stage] },
  evaluate: { test: 20 },
});

/** A cell of two seeds that resolve `first` and `second` of 20 tasks. */
export function cellOf(mid: string, sft: string, first: number, second: number): CellReport {
  const seeds = [first, second].map((right, i): SeedRate => ({
    seed: i + 1,
    run: `${mid}-${sft}-${i + 1}`.replace(/\W/g, "-"),
    resolved: right / 20,
    low: Math.max(0, right / 20 - 0.1),
    high: Math.min(1, right / 20 + 0.1),
    tasks: 20,
  }));
  const resolved = (first + second) / 40;
  const [low, high] = [Math.max(0, resolved - 0.2), Math.min(1, resolved + 0.2)];
  const rate = { resolved, low, high, tasks: 20 };
  return {
    name: `${mid} / ${sft}`,
    mid,
    sft,
    ...rate,
    overSeeds: { low, high },
    overTasks: { low, high },
    seeds,
    run: seeds.map(({ run }) => run),
    tokens: 3_000_000,
    midTokens: mid === "none" ? 0 : 1_500_000,
    sftTokens: sft === "none" ? 0 : 500_000,
    lossTokens: 2_000_000,
    midLossTokens: mid === "none" ? 0 : 1_200_000,
    distinctTasks: 60,
    hard: null,
    recovered: null,
    exits: { submitted: 20 },
    byTag: { bug: { "off-by-one": { right: first, of: 20 }, boundary: { right: second, of: 20 } } },
    accuracy: null,
    heldOut: null,
    transfer: null,
    pointsPerMillionTokens: mid === "none" ? null : 12.5,
  };
}

const rate = (resolved: number) => ({
  resolved,
  low: resolved - 0.1,
  high: resolved + 0.1,
  tasks: 50,
});

const cells: readonly CellReport[] = [
  { ...cellOf("none", "none", 0, 0), transfer: { humanEval: rate(0.2), choices: rate(0.3) } },
  cellOf("none", "strong", 4, 6),
  {
    ...cellOf("ctx+env", "none", 7, 9),
    transfer: { humanEval: rate(0.5), choices: rate(0.28) },
    accuracy: {
      tool: { right: 30, of: 40 },
      view: { right: 9, of: 10 },
      path: { right: 5, of: 10 },
      name: { right: 4, of: 10 },
      body: { right: 0, of: 0 },
    },
    heldOut: {
      all: { lossNats: 1.234, tokens: 1000 },
      action: { lossNats: 0.5, tokens: 200 },
    },
  },
  cellOf("ctx+env", "strong", 12, 14),
];

const comparison = {
  first: "none / strong",
  second: "ctx+env / strong",
  split: "test",
  difference: 0.4,
  low: 0.1,
  high: 0.7,
  seeds: [1, 2].map((seed) => ({
    seed,
    both: 3,
    onlyFirst: 1,
    onlySecond: 9,
    neither: 7,
    difference: 0.4,
    standardError: 0.1,
    pValue: 0.02,
  })),
  pairedT: { t: 8.1, degrees: 1, pValue: 0.04 },
  signFlip: 0.5,
  overTasks: 0.0002,
} as const;

/** Two mid-trainings, two fine-tunings, two seeds; no sweep. */
export const madeUpReport: AblationReport = {
  name: spec.name,
  about: spec.about,
  spec,
  specKey: "0123456789ab",
  seeds: [1, 2],
  parameters: 1_000_000,
  copied: [0.995, 1],
  contamination: {
    method: "Counted by hand.",
    kinds: {
      code: { documents: 60, names: 0, modules: 0, functions: 0, tasks: 0, worstShare: 0.04 },
    },
    common: 0,
    leaks: [],
  },
  cells,
  primary: {
    comparison,
    alpha: 0.05,
    pValue: 0.04,
    test: "paired t over seeds",
    decided: "second",
  },
  comparisons: [comparison, { ...comparison, second: "none / none", difference: -0.25 }],
  sweeps: [],
  midCurves: [{
    mid: "ctx+env",
    points: [0.25, 0.5, 1].map((share) => ({
      share,
      tokens: 1_500_000 * share,
      seeds: cells[2]?.seeds ?? [],
      resolved: 0.4 * share,
      low: 0.3 * share,
      high: 0.5 * share,
      tasks: 20,
    })),
    fit: { slope: 0.5, intercept: -2.69, r2: 0.97 },
  }],
  stages: [
    stageOf("base-1", "base", null),
    ...cells.flatMap(({ name, run }) => run.map((key) => stageOf(key, name, "base-1"))),
  ],
};

function stageOf(key: string, name: string, parent: string | null) {
  return {
    key,
    name,
    seed: 1,
    parent,
    tokens: 1000,
    lossTokens: 800,
    epochs: 1.5,
    tasks: 60,
    lossNats: 1.5,
    sources: [{ kind: "code" as const, documents: 60, tokens: 1000, repeats: 1 }],
  };
}
