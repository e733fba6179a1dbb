/**
 * What an ablation found, as plain JSON: a resolved rate for each cell with its interval, what its
 * model is otherwise worth, the comparisons that the spec fixed before the run, and for each figure the
 * stages, the spec and the seed that it comes from.
 *
 * @module
 */
import type { AblationSpec, DataKind } from "./ablation_spec.ts";

/** Where the truth is in 95 of 100 cases. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** So many of so many. */
export interface Count {
  readonly right: number;
  readonly of: number;
}

/** A share of tasks, the mean over seeds. */
export interface CellRate extends Interval {
  readonly resolved: number;
  /** Different tasks; each was worked on once with each seed, or where they have their own with its seed. */
  readonly tasks: number;
}

/** A share of tasks with one seed, by Wilson's interval, and the run that it was measured on. */
export interface SeedRate extends CellRate {
  readonly seed: number;
  /** The key of the last stage: its run is the folder `stages/KEY`. */
  readonly run: string;
}

/**
 * What is compared between the teacher's action and the one that a model writes in its place. `tool`
 * is over all steps; `view` over those that look at a file, right if its path is; `path`, `name` and
 * `body` are of edits, each written after everything of the right action that comes before it.
 */
export const ACTION_PARTS = ["tool", "view", "path", "name", "body"] as const;

/** One of {@linkcode ACTION_PARTS}. */
export type ActionPart = typeof ACTION_PARTS[number];

/** How well held-out text of a role is foretold. */
export interface RoleLoss {
  /** The mean over tokens and seeds. */
  readonly lossNats: number;
  /** Tokens of one seed. */
  readonly tokens: number;
}

/** A cell over all seeds. */
export interface CellReport extends CellRate {
  /** `mid / sft`. */
  readonly name: string;
  readonly mid: string;
  readonly sft: string;
  /** Student's t over seeds; null for one seed. `low` and `high` are the wider of this and `overTasks`. */
  readonly overSeeds: Interval | null;
  /** Wilson's interval for as many different tasks as there are. */
  readonly overTasks: Interval;
  readonly seeds: readonly SeedRate[];
  /** The key of each seed's last stage. */
  readonly run: readonly string[];
  /** Read in training, base and all; of that, by mid-training, and by fine-tuning. */
  readonly tokens: number;
  readonly midTokens: number;
  readonly sftTokens: number;
  /** Of `tokens` those that the loss counted, and of them those of mid-training. Mean over seeds. */
  readonly lossTokens: number;
  readonly midLossTokens: number;
  /** Different tasks of which something was read in mid-training and fine-tuning. Mean over seeds. */
  readonly distinctTasks: number;
  /** Of tasks of `test-hard`; null where none is evaluated. */
  readonly hard: CellRate | null;
  /** Of the tasks in which a test run failed after the first edit, those resolved all the same: all seeds together. */
  readonly recovered: CellRate | null;
  /**
   * The same by tag and value, as `byTag`: `bug` tells of which mistakes. Missing in reports of before
   * it was counted.
   */
  readonly recoveredByTag?: Readonly<Record<string, Readonly<Record<string, Count>>>>;
  readonly exits: Readonly<Record<string, number>>;
  /** Resolved of `test` by tag and value, over all seeds: `bug`, `issue` (direct or caller) … */
  readonly byTag: Readonly<Record<string, Readonly<Record<string, Count>>>>;
  /** On the teacher's conversations, over all seeds; null where the spec asks for none. */
  readonly accuracy: Readonly<Record<ActionPart, Count>> | null;
  /** On held-out conversations, by role; `all` is over all of them. Null as above. */
  readonly heldOut: Readonly<Record<string, RoleLoss>> | null;
  /** Further benchmarks; null as above. */
  readonly transfer: TransferRates | null;
  /**
   * Points (0 to 100) that a million tokens of mid-training add to the cell with the same fine-tuning
   * and none; null for that cell, and where it is not run.
   */
  readonly pointsPerMillionTokens: number | null;
}

/** Functions to complete, and multiple choice, of functions that no training saw. */
export interface TransferRates {
  readonly humanEval: CellRate;
  readonly choices: CellRate;
}

/** A comparison of one seed, task by task: McNemar's exact test. */
export interface SeedComparison {
  readonly seed: number;
  readonly both: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly neither: number;
  /** The second's rate minus the first's. */
  readonly difference: number;
  readonly standardError: number;
  readonly pValue: number;
}

/** A comparison that was planned: the second cell against the first. */
export interface CellComparison extends Interval {
  readonly first: string;
  readonly second: string;
  readonly split: "test" | "test-hard";
  /** The second's rate minus the first's, the mean over seeds; `low` and `high` as of cells. */
  readonly difference: number;
  readonly seeds: readonly SeedComparison[];
  /** Student's t of the seeds' differences; null for one seed, or where all differences are the same. */
  readonly pairedT:
    | { readonly t: number; readonly degrees: number; readonly pValue: number }
    | null;
  /** Two-sided, exact: signs of the seeds' differences turned in all ways; at least 2^(1-seeds). */
  readonly signFlip: number;
  /** The same over tasks, whose differences are means over seeds: says nothing about other seeds. */
  readonly overTasks: number;
}

/** The comparison that decides, as the spec names it. */
export interface PrimaryResult {
  readonly comparison: CellComparison;
  readonly alpha: number;
  /** `pairedT`'s for several seeds, McNemar's for one. */
  readonly pValue: number;
  readonly test: "paired t over seeds" | "exact McNemar";
  readonly decided: "first" | "second" | "neither";
}

/** A stage that was trained. */
export interface StageReport {
  readonly key: string;
  /** `base`, `mid ctx+env 1`, `sft strong 1`. */
  readonly name: string;
  readonly seed: number;
  /** What it was trained on; missing in reports of before it was written down. */
  readonly adapter?: string;
  /** Null for a base. */
  readonly parent: string | null;
  /** Read by this stage alone, and of them those that the loss counted: both counted as it read. */
  readonly tokens: number;
  readonly lossTokens: number;
  /** How often it went through its rows. */
  readonly epochs: number;
  /** Different tasks of which it read something. */
  readonly tasks: number;
  readonly lossNats: number;
  readonly sources: readonly {
    readonly kind: DataKind;
    readonly documents: number;
    readonly tokens: number;
    /** How often each document is in the rows. */
    readonly repeats: number;
  }[];
}

/** A resolved rate at a checkpoint of mid-training. */
export interface MidPoint extends CellRate {
  /** Of the tokens of all stages of mid-training. */
  readonly share: number;
  /** Read by mid-training up to there. */
  readonly tokens: number;
  readonly seeds: readonly SeedRate[];
}

/** A straight line over the logarithm of tokens, by least squares. */
export interface LogLinearFit {
  /** How much the rate grows with ten times the tokens. */
  readonly slope: number;
  /** The rate at one token. */
  readonly intercept: number;
  /** The share of the variance that it explains. */
  readonly r2: number;
}

/** Without fine-tuning, along a recipe's mid-training: the paper's figure 4. */
export interface MidCurve {
  readonly mid: string;
  readonly points: readonly MidPoint[];
  /** Of the points' means over seeds; null for fewer than three. */
  readonly fit: LogLinearFit | null;
}

/** How many tokens of fine-tuning it takes to resolve a half. */
export interface TokensNeeded {
  /** `never`: more than the largest size; `always`: fewer than the smallest. */
  readonly reached: "within" | "never" | "always";
  /** Interpolated in the logarithm; where it is not within, the size that is the bound. */
  readonly tokens: number;
}

/** Cells that differ in how much they were fine-tuned. */
export interface SftSweep {
  readonly mid: string;
  /** The recipe of the spec that has the sizes. */
  readonly sft: string;
  readonly points: readonly (CellRate & { readonly cell: string; readonly tokens: number })[];
  /** Of the mean over seeds, and of each seed. */
  readonly half: TokensNeeded;
  readonly halfBySeed: readonly (TokensNeeded & { readonly seed: number })[];
}

/** What is looked for in training data: see `contaminationOf`. All that is found should be zero. */
export interface Contamination {
  /** What was counted, in words. */
  readonly method: string;
  readonly kinds: Readonly<Partial<Record<DataKind, KindContamination>>>;
  /** Tasks of which too few 13-grams are their own to tell whether they are in the data. */
  readonly common: number;
  /** The worst, with what they have in common. */
  readonly leaks: readonly {
    readonly kind: DataKind;
    readonly task: string;
    readonly what: "name" | "module" | "function" | "13-grams";
    readonly text: string;
  }[];
}

/** What of the evaluated tasks is in the data of a kind. */
export interface KindContamination {
  readonly documents: number;
  /** Names of modules and functions. */
  readonly names: number;
  /** Whole sources. */
  readonly modules: number;
  readonly functions: number;
  /** Tasks of whose own 13-grams a half or more, and five at least, occur in one document. */
  readonly tasks: number;
  /** The largest such share; 0 where it is of fewer than five. */
  readonly worstShare: number;
}

/** The tables of an ablation. */
export interface AblationReport {
  readonly name: string;
  readonly about: string;
  /** All settings: the same spec gives the same report. */
  readonly spec: AblationSpec;
  /** Its hash. */
  readonly specKey: string;
  readonly seeds: readonly number[];
  /** Numbers in the model. */
  readonly parameters: number;
  /** The share of held-out names that each seed's base copies. */
  readonly copied: readonly number[];
  readonly contamination: Contamination;
  readonly cells: readonly CellReport[];
  /** Null where the spec names none. */
  readonly primary: PrimaryResult | null;
  readonly comparisons: readonly CellComparison[];
  readonly sweeps: readonly SftSweep[];
  readonly midCurves: readonly MidCurve[];
  /** Every stage once. */
  readonly stages: readonly StageReport[];
}
