/**
 * Pieces of an ablation as work: a stage that is trained, a model that is measured. What a piece begins
 * with comes by hash, and so does what it made.
 *
 * @module
 */
import * as v from "valibot";
import {
  type AblationSpec,
  type Lab,
  type LabHost,
  type LabWork,
  openLab,
  parseAblation,
  workerIn,
} from "../../lab/mod.ts";
import type { TrainingEvent } from "../../train/mod.ts";
import { SHA256 } from "../blob_store.ts";
import type { Work } from "../work.ts";
import { WorkError } from "../work_error.ts";
import { overGiven, storeFolder } from "./given_files.ts";
import { DEVICE, jsonObject, text, whole } from "./request.ts";
import { tellOnce } from "./tell_once.ts";

const KEY = v.pipe(v.string(), v.regex(/^[0-9a-f]{12}$/, "no key of a stage"));

/** Below the ablation's files: nothing leads out of them. */
const FOLDER = v.pipe(v.string(), v.regex(/^stages\/[0-9a-f]{12}(\/[\w-]+)+$/, "no checkpoint"));

const PLACE = v.strictObject({ step: whole(0), tokens: whole(0), checkpoint: FOLDER });

/** See `TrainedStage`. */
const MODEL = v.strictObject({
  key: KEY,
  adapter: v.exactOptional(text(1000)),
  name: text(200),
  seed: whole(0),
  parent: v.nullable(KEY),
  checkpoint: FOLDER,
  along: v.pipe(v.array(PLACE), v.maxLength(1000)),
  tokens: whole(0),
  lossTokens: whole(0),
  lossNats: v.number(),
  own: jsonObject,
});

const COMMON = {
  /** See `parseAblation`; of a stage it is the base. */
  spec: jsonObject,
  /** What the piece begins with, by path below the ablation's files. */
  files: v.record(
    v.pipe(v.string(), v.regex(/^[\w-]+([/.][\w-]+)*$/, "no path of a file")),
    SHA256,
  ),
  device: DEVICE,
};

const STAGE = v.strictObject({
  name: text(200),
  seed: whole(0),
  parent: v.nullable(MODEL),
  along: v.optional(v.pipe(v.array(whole(0)), v.maxLength(1000)), []),
});

const REQUEST = v.variant("name", [
  v.strictObject({ name: v.literal("stage"), request: STAGE, ...COMMON }),
  v.strictObject({
    name: v.picklist(["cell", "copying"]),
    request: v.strictObject({ model: MODEL }),
    ...COMMON,
  }),
  v.strictObject({
    name: v.literal("mid"),
    request: v.strictObject({ model: MODEL, place: PLACE }),
    ...COMMON,
  }),
]);

/** A piece of an ablation, by plain values. */
export type LabOrder = v.InferInput<typeof REQUEST>;

/** What came of it. */
export interface LabOutcome {
  /** See `LabWorkResult`. */
  readonly result: unknown;
  /** What it made, by path below the ablation's files, without the optimiser's state. */
  readonly files: Readonly<Record<string, string>>;
}

const OUTCOME = v.strictObject({
  result: v.unknown(),
  files: v.record(
    v.pipe(
      v.string(),
      v.regex(/^stages\/[0-9a-f]{12}(\/[\w-]+(\.[\w-]+)*)+$/, "no path of a stage's file"),
    ),
    SHA256,
  ),
});

/**
 * What a worker says has come of a piece, which may be anything.
 *
 * @throws {WorkError} "bad-result", quoting what is not as it should be.
 */
export function parseLabOutcome({ name }: LabWork, outcome: unknown): LabOutcome {
  const { success, output, issues } = v.safeParse(
    name === "stage" ? v.strictObject({ ...OUTCOME.entries, result: MODEL }) : OUTCOME,
    outcome,
  );
  if (success) return output;
  const [{ message, received }] = issues;
  const place = v.getDotPath(issues[0]) ?? "The outcome";
  throw new WorkError("bad-result", `${place} of a worker's ${name}: ${message}: ${received}`);
}

/** Does a piece, and goes on with one that was stopped; events are `TrainingEvent`s. */
export const LAB: Work<v.InferOutput<typeof REQUEST>, LabOutcome> = {
  schema: REQUEST,
  async run({ name, spec: described, request, files: given, device }, context) {
    const { files, data, signal, onProgress } = context;
    const spec = parseAblation(described);
    const { gpu: found } = await context.chooseGpu(device);
    // WebGPU in software is right and slow: onnxruntime-web is faster on the same processor.
    const gpu = device === "auto" && found?.software ? null : found;
    const tell = tellOnce<TrainingEvent>(context, ({ type, step }) => `${type} ${step}`);
    const lab = await labOf(spec, given, {
      gpu,
      files: overGiven(files, given, data),
      signal,
      onProgress,
      onTraining(_, event) {
        // A stage that is stopped goes on one day.
        if (event.type !== "end" || event.reason !== "aborted") tell(event);
      },
    });
    const asked = name === "stage" ? { ...request, stage: spec.base } : request;
    const worker = workerIn(() => Promise.resolve(lab));
    // The schema has seen that the request is the name's.
    const result = await worker({ name, spec, request: asked } as unknown as LabWork, {
      onProgress,
    });
    const skip = (name: string) => name === "optimizer.safetensors";
    return { result, files: await storeFolder(files, "stages", data, skip) };
  },
};

let kept: { readonly key: string; readonly lab: Lab } | null = null;

/** A lab; its world and its encoded documents are those of the piece before, where they are the same. */
async function labOf(
  spec: AblationSpec,
  { "world.json": made, "tokenizer.json": trained }: Readonly<Record<string, string>>,
  host: LabHost,
): Promise<Lab> {
  const { world, tokenizer, format, model, start } = spec;
  const key = JSON.stringify([world, tokenizer, format, model, start, made, trained]);
  const lab = kept?.key === key ? kept.lab : await openLab(spec, host);
  kept = { key, lab };
  return { ...lab, ...host, spec };
}
