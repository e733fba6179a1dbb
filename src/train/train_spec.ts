/**
 * What a run is told: plain JSON, checked before anything begins.
 *
 * @module
 */
import * as v from "valibot";
import { TrainError } from "./train_error.ts";

const whole = (least: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(least));
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const text = v.pipe(v.string(), v.nonEmpty());

const LEARNING_RATE = v.pipe(
  v.strictObject({
    peak: positive,
    min: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)), 0),
    warmupShare: v.optional(share, 0.05),
    schedule: v.optional(v.picklist(["cosine", "constant"]), "cosine"),
  }),
  v.check(({ peak, min }) => min <= peak, "min is above peak"),
);

const STAGE = v.pipe(
  v.strictObject({
    name: text,
    /** A folder of packed tokens, as the host finds it. */
    data: text,
    /** How long: exactly one of these. */
    steps: v.optional(whole(1)),
    tokens: v.optional(whole(1)),
    epochs: v.optional(positive),
    /** Rows of a micro-batch. */
    batch: whole(1),
    /** Micro-batches of a step. */
    accumulate: v.optional(whole(1), 1),
    learningRate: LEARNING_RATE,
    /** `all` tokens count in the loss, or those alone that were packed as answers. */
    mask: v.optional(v.picklist(["all", "answers"]), "all"),
  }),
  v.check(
    ({ steps, tokens, epochs }) =>
      [steps, tokens, epochs].filter((length) => length !== undefined).length === 1,
    "exactly one of steps, tokens and epochs says how long the stage is",
  ),
);

const SPEC = v.strictObject({
  name: v.optional(text, "run"),
  /** The value of a Hugging Face `config.json`, to start from noise, or the folder of a checkpoint. */
  model: v.union([v.record(v.string(), v.unknown()), text]),
  /** The name of the vocabulary; checked against the data's. */
  tokenizer: v.optional(text),
  stages: v.pipe(v.array(STAGE), v.minLength(1)),
  /** Decides weights and order of data. */
  seed: v.optional(whole(0), 1),
  adamW: v.optional(
    v.strictObject({
      beta1: v.optional(share),
      beta2: v.optional(share),
      epsilon: v.optional(positive),
      weightDecay: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0))),
      clipNorm: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0))),
    }),
    {},
  ),
  evaluate: v.optional(v.strictObject({
    data: text,
    every: whole(1),
    /** Rows at a time; the first stage's batch by default. */
    batch: v.optional(whole(1)),
    /** At most so many rows, from the front; all by default. */
    rows: v.optional(whole(1)),
    mask: v.optional(v.picklist(["all", "answers"]), "all"),
  })),
  /** Text that the model writes as it learns. */
  sample: v.optional(v.strictObject({
    every: whole(1),
    prompts: v.pipe(v.array(text), v.minLength(1), v.maxLength(16)),
    maxTokens: v.optional(whole(1), 64),
    temperature: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)), 0),
  })),
  /** A checkpoint each so many steps, and one at the end; at the end alone by default. */
  checkpointEvery: v.optional(whole(1)),
  /** Checkpoints at these steps too, which stay. */
  checkpointAt: v.optional(v.array(whole(1))),
  /** Of the others so many are kept, the newest. */
  keepCheckpoints: v.optional(whole(1), 3),
  /** Loss and gradient norm are read back, and told, once in so many steps. */
  readEvery: v.optional(whole(1), 10),
});

/** A run. */
export type TrainSpec = Readonly<v.InferOutput<typeof SPEC>>;

/** A run as it is written down: what has a default may be left out. */
export type TrainSpecInput = Readonly<v.InferInput<typeof SPEC>>;

/** One stretch of a run with data, schedule and mask of its own. */
export type TrainStage = TrainSpec["stages"][number];

/** Which tokens the loss counts. */
export type LossMask = TrainStage["mask"];

/**
 * A run from a JSON value, with defaults filled in.
 *
 * @throws {TrainError} "spec", quoting the key and the value.
 * @example
 * ```ts
 * import { parseTrainSpec } from "bottega";
 * const spec = parseTrainSpec({
 *   model: "checkpoints/base",
 *   stages: [{ name: "sft", data: "sft", epochs: 3, batch: 8, learningRate: { peak: 1e-5 } }],
 * });
 * console.log(spec.stages[0]?.learningRate.schedule); // cosine
 * ```
 */
export function parseTrainSpec(value: unknown): TrainSpec {
  const result = v.safeParse(SPEC, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const place = v.getDotPath(issue) ?? "the spec";
  const given = typeof issue.input === "object" ? "" : ` is ${JSON.stringify(issue.input)}`;
  throw new TrainError("spec", `${place}${given}: ${issue.message}.`.slice(0, 400));
}
