/**
 * An ablation as data: base × mid-training × fine-tuning × seeds, in plain JSON that is checked before
 * anything is trained.
 *
 * @module
 */
import * as v from "valibot";
import { LabError } from "./lab_error.ts";

/**
 * The kinds of training data, all of one world: `code` are the files of its repositories, `copy` random
 * names written twice, `factorized` the rival's isolated localise and edit samples, `ctx` the same
 * changes with everything in one sample, `env` an agent's runs with true observations, `strong` those
 * of them that passed, `weak` runs of another, hastier style.
 */
export const DATA_KINDS = ["code", "copy", "factorized", "ctx", "env", "strong", "weak"] as const;

/** One of {@linkcode DATA_KINDS}. */
export type DataKind = typeof DATA_KINDS[number];

const whole = (least: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(least));
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const text = v.pipe(v.string(), v.nonEmpty());

const STAGE = v.strictObject({
  /** Kinds and their shares of the tokens. */
  data: v.pipe(
    v.record(v.picklist(DATA_KINDS), positive),
    v.check((data) => Object.keys(data).length > 0, "names no data"),
  ),
  /** How many tokens are read. */
  tokens: whole(1),
  /** How often each document may be read at most; more tokens than that is an error. */
  epochs: v.optional(positive, 4),
  /** Rows of a step. */
  batch: whole(1),
  learningRate: v.strictObject({
    peak: positive,
    min: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)), 0),
    warmupShare: v.optional(share, 0.1),
    schedule: v.optional(v.picklist(["cosine", "constant"]), "cosine"),
  }),
  /** `all` tokens count, or those alone that the agent would write. */
  mask: v.picklist(["all", "answers"]),
});

const SPEC = v.strictObject({
  name: text,
  /** What it asks, for people. */
  about: v.optional(v.string(), ""),
  /** Each seed is a base model, mid-training and fine-tuning of its own. */
  seeds: v.pipe(v.array(whole(0)), v.minLength(1)),
  world: v.strictObject({
    seed: whole(0),
    /** Tasks of all splits together: three of five are for training. */
    tasks: whole(20),
    /** Runs of the teacher on each task. */
    runs: v.optional(whole(1), 1),
  }),
  tokenizer: v.strictObject({ vocabularySize: whole(300) }),
  /** A Hugging Face `config.json` without the vocabulary's size. */
  model: v.record(v.string(), v.unknown()),
  base: STAGE,
  /** Mid-training recipes by name: stages in order, none for no mid-training. */
  mid: v.record(text, v.array(STAGE)),
  /** Fine-tuning recipes by name. */
  sft: v.record(text, v.array(STAGE)),
  /** `mid / sft` names of the cells to be run; all by default. */
  cells: v.optional(v.pipe(v.array(text), v.minLength(1))),
  /** The share of held-out names that the base must copy exactly before recipes are compared. */
  gate: v.optional(v.nullable(share), 0.99),
  evaluate: v.strictObject({
    /** Tasks by split. */
    test: whole(1),
    "test-hard": v.optional(whole(0), 0),
    /** Turns of the agent. */
    steps: v.optional(whole(1), 12),
    /** Tokens of a turn. */
    maxTokens: v.optional(whole(1), 192),
    /** Agents at work at a time. */
    batch: v.optional(whole(1), 16),
  }),
  /** Pairs of cells that are compared, task by task: fixed before the run. */
  compare: v.optional(v.array(v.strictTuple([text, text])), []),
});

/** An ablation. */
export type AblationSpec = Readonly<v.InferOutput<typeof SPEC>>;

/** One stretch of training. */
export type AblationStage = AblationSpec["base"];

/** A recipe of the matrix: what its cells have in common over seeds. */
export interface Recipe {
  /** `mid / sft`. */
  readonly name: string;
  readonly mid: string;
  readonly sft: string;
}

/**
 * An ablation from a JSON value, with defaults filled in.
 *
 * @throws {LabError} "spec", quoting the key and the value.
 */
export function parseAblation(value: unknown): AblationSpec {
  const result = v.safeParse(SPEC, value, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    const place = v.getDotPath(issue) ?? "the spec";
    if (issue.expected === "never") throw new LabError("spec", `There is no key "${place}".`);
    const given = typeof issue.input === "object" ? "" : ` is ${JSON.stringify(issue.input)}`;
    throw new LabError("spec", `${place}${given}: ${issue.message}.`.slice(0, 400));
  }
  const spec = result.output;
  const known = new Set(recipesOf({ ...spec, cells: undefined }).map(({ name }) => name));
  const asked = [...spec.cells ?? [], ...spec.compare.flat()];
  const unknown = asked.find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new LabError(
      "spec",
      `There is no cell ${JSON.stringify(unknown)}; there are ${[...known].join(", ")}.`,
    );
  }
  return spec;
}

/** The recipes whose cells are run. */
export function recipesOf({ mid, sft, cells }: Pick<AblationSpec, "mid" | "sft" | "cells">) {
  const all = Object.keys(mid).flatMap((mid) =>
    Object.keys(sft).map((sft): Recipe => ({ name: `${mid} / ${sft}`, mid, sft }))
  );
  return cells === undefined ? all : all.filter(({ name }) => cells.includes(name));
}
