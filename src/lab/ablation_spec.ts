/**
 * An ablation as data: base × mid-training × fine-tuning × seeds, in plain JSON that is checked before
 * anything is trained.
 *
 * @module
 */
import * as v from "valibot";
import { FILE_NAMES, SPLITS } from "../agent/mod.ts";
import { LabError } from "./lab_error.ts";
import { TURN_FORMATS } from "./turns.ts";

/**
 * The kinds of training data that a world has: `code` are the files of its repositories, `copy` random
 * names written twice, `factorized` the rival's isolated localise and edit samples, `ctx` the same
 * changes with everything in one sample, `env` an agent's runs with true observations, `strong` those
 * of them that passed, `weak` runs of another, hastier style.
 */
export const WORLD_KINDS = ["code", "copy", "factorized", "ctx", "env", "strong", "weak"] as const;

/** One of {@linkcode WORLD_KINDS}. */
export type WorldKind = typeof WORLD_KINDS[number];

/**
 * The kinds of training data: those of the world, and `corrected`, runs of the model that a stage begins
 * with. It works on the stage's `tasks`; where a test fails after an edit of its own, the teacher goes on,
 * and only what the teacher does is learned.
 */
export const DATA_KINDS = [...WORLD_KINDS, "corrected"] as const;

/** One of {@linkcode DATA_KINDS}. */
export type DataKind = typeof DATA_KINDS[number];

const whole = (least: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(least));
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const text = v.pipe(v.string(), v.nonEmpty());

/** A world's shape, see `WorldShape`. */
const SHAPE = v.strictObject({
  idioms: v.exactOptional(v.nullable(v.array(text))),
  tasksPerRepository: v.exactOptional(whole(1)),
  composed: v.exactOptional(share),
  callee: v.exactOptional(share),
  stages: v.exactOptional(whole(1)),
  callers: v.exactOptional(share),
  severalFiles: v.exactOptional(share),
  concealed: v.exactOptional(share),
  printed: v.exactOptional(share),
  visible: v.exactOptional(share),
  helpers: v.exactOptional(share),
  held: v.exactOptional(share),
  fileNames: v.exactOptional(v.picklist(FILE_NAMES)),
});

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
  /**
   * Documents of so many different tasks at most; of all of them by default. For `corrected` the model
   * works on each of them.
   */
  tasks: v.optional(whole(1)),
});

/** The same stage in several sizes: a fine-tuning recipe for each, `strong 0.1M`. */
const SWEEP = v.strictObject({
  /** Tokens of each. */
  sizes: v.pipe(v.array(whole(1)), v.minLength(2)),
  stage: v.omit(STAGE, ["tokens"]),
});

const SPEC = v.strictObject({
  name: text,
  /** What it asks, for people. */
  about: v.optional(v.string(), ""),
  /** Comments, by the key that they are about. */
  notes: v.optional(v.record(text, v.string()), {}),
  /** Each seed is a base model, mid-training and fine-tuning of its own. */
  seeds: v.pipe(v.array(whole(0)), v.minLength(1)),
  world: v.strictObject({
    seed: whole(0),
    /** Tasks of all splits together: three of five are for training. */
    tasks: whole(20),
    /** Runs of the teacher on each task. */
    runs: v.optional(whole(1), 1),
    /** Files of further code in the world's style, which nothing is wrong with. */
    code: v.optional(whole(0), 0),
    /** The splits of repositories in turn; of five, three are to train on by default. */
    splits: v.exactOptional(v.pipe(v.array(v.picklist(SPLITS)), v.minLength(1))),
    /** What makes the world easier than the benchmark's. */
    shape: v.exactOptional(SHAPE),
    /** How well the teacher of `env` and `strong` works, see `TeacherOptions`. */
    teacher: v.exactOptional(v.strictObject({
      wrongTurns: v.exactOptional(share),
      wrongFixes: v.exactOptional(share),
      looksFirst: v.exactOptional(share),
      careless: v.exactOptional(share),
      givesUp: v.exactOptional(share),
    })),
  }),
  tokenizer: v.strictObject({
    vocabularySize: whole(300),
    /** How text is cut: `words` gives each word one piece, whatever stands before it. */
    split: v.optional(v.picklist(["qwen2", "words"]), "qwen2"),
  }),
  /** How turns are written: as agents of full size do, or in a fifth of the tokens. */
  format: v.optional(v.picklist(TURN_FORMATS), "swe-agent"),
  /** A Hugging Face `config.json` without the vocabulary's size. */
  model: v.record(v.string(), v.unknown()),
  /** What the base begins with: noise, or noise with two heads in it that copy. */
  start: v.optional(v.picklist(["noise", "copying"]), "noise"),
  base: STAGE,
  /** Mid-training recipes by name: stages in order, none for no mid-training. */
  mid: v.record(text, v.array(STAGE)),
  /** Fine-tuning recipes by name: stages, or one stage in several sizes. */
  sft: v.record(text, v.union([v.array(STAGE), SWEEP])),
  /** `mid / sft` names of the cells to be run; all by default. */
  cells: v.optional(v.pipe(v.array(text), v.minLength(1))),
  /** The share of held-out names that the base must copy exactly before recipes are compared. */
  gate: v.optional(v.nullable(share), 0.99),
  evaluate: v.strictObject({
    /** Tasks by split. */
    test: whole(1),
    "test-hard": v.optional(whole(0), 0),
    /** Each seed works on so many tasks of its own, in the order of seeds; by default all on the same. */
    apart: v.exactOptional(v.boolean()),
    /** Turns of the agent. */
    steps: v.optional(whole(1), 12),
    /** Tokens of a turn. */
    maxTokens: v.optional(whole(1), 192),
    /** Agents at work at a time. */
    batch: v.optional(whole(1), 16),
  }),
  /** What else is measured, each of it where it is asked for. */
  measure: v.optional(
    v.strictObject({
      /** Tasks of `test` on whose right conversations each action is compared, part by part. */
      oracle: v.optional(whole(0), 0),
      /** Tasks of `test` on whose conversations the loss is measured by role. */
      heldOut: v.optional(whole(0), 0),
      /** Functions to complete, and questions of multiple choice, of either so many. */
      transfer: v.optional(whole(0), 0),
      /** Resolved rates along mid-training, before any fine-tuning. */
      alongMid: v.optional(v.strictObject({
        /** Of the tokens of all stages of a recipe, ascending. */
        shares: v.pipe(v.array(v.pipe(positive, v.maxValue(1))), v.minLength(1)),
        /** Tasks of `test`. */
        tasks: whole(1),
        /** Recipes by name; all that have a stage by default. */
        mid: v.optional(v.array(text)),
      })),
    }),
    {},
  ),
  /** Pairs of cells that are compared, task by task: fixed before the run. */
  compare: v.optional(v.array(v.strictTuple([text, text])), []),
  /** The one comparison that decides: fixed before the run, as the number of seeds is. */
  primary: v.optional(v.strictObject({
    compare: v.strictTuple([text, text]),
    split: v.optional(v.picklist(["test", "test-hard"]), "test"),
    alpha: v.optional(share, 0.05),
  })),
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
  readonly sftStages: readonly AblationStage[];
  /** The recipe of the spec whose sizes this is one of, or null. */
  readonly sweep: string | null;
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
  const { cells, compare, primary, measure: { alongMid }, mid } = spec;
  const all = recipesOf({ ...spec, cells: undefined }).map(({ name }) => name);
  checkKnown("cell", cells ?? [], all);
  checkCorrected(spec);
  const run = recipesOf(spec).map(({ name }) => name);
  checkKnown("cell", [...compare.flat(), ...primary?.compare ?? []], run);
  checkKnown("mid-training", alongMid?.mid ?? [], Object.keys(mid));
  return spec;
}

/** The recipes whose cells are run, those of a sweep by size. */
export function recipesOf({ mid, sft, cells }: Pick<AblationSpec, "mid" | "sft" | "cells">) {
  const tuned = Object.entries(sft).flatMap(([name, recipe]): Omit<Recipe, "name" | "mid">[] =>
    Array.isArray(recipe) ? [{ sft: name, sftStages: recipe, sweep: null }] : recipe.sizes.map(
      (tokens) => ({
        sft: `${name} ${tokens / 1e6}M`,
        sftStages: [{ ...recipe.stage, tokens }],
        sweep: name,
      }),
    )
  );
  const all = Object.keys(mid).flatMap((mid) =>
    tuned.map((tuned): Recipe => ({ name: `${mid} / ${tuned.sft}`, mid, ...tuned }))
  );
  return cells === undefined ? all : all.filter(({ name }) => cells.includes(name));
}

/** Corrected runs need a loss that leaves out what the model did. */
function checkCorrected(spec: AblationSpec): void {
  const stages = [
    spec.base,
    ...Object.values(spec.mid).flat(),
    ...recipesOf({ ...spec, cells: undefined }).flatMap(({ sftStages }) => sftStages),
  ];
  const wrong = stages.find(({ data, mask }) => "corrected" in data && mask !== "answers");
  if (wrong === undefined) return;
  throw new LabError(
    "spec",
    `mask is "${wrong.mask}" for a stage of "corrected" runs: with any but "answers" the model would ` +
      "learn its own mistakes.",
  );
}

function checkKnown(what: string, asked: readonly string[], known: readonly string[]): void {
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const there = known.join(", ");
  throw new LabError("spec", `There is no ${what} ${JSON.stringify(unknown)}; there are ${there}.`);
}
