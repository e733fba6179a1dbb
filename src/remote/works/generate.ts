/**
 * Generation as work.
 *
 * @module
 */
import * as v from "valibot";
import { createGenerator, type GeneratedText, generateText } from "../../model/mod.ts";
import type { Work, WorkContext } from "../work.ts";
import { openCheckpoint } from "./checkpoint.ts";
import { between, BLOB_FILES, DEVICE, text, whole } from "./request.ts";

const REQUEST = v.strictObject({
  /** The checkpoint's files. */
  model: BLOB_FILES,
  prompts: v.pipe(v.array(text()), v.minLength(1), v.maxLength(256)),
  maxTokens: v.optional(whole(1, 2 ** 20), 256),
  /** 0 takes the likeliest token each time. */
  temperature: v.optional(between(0, 100), 0),
  topK: v.optional(whole(0), 0),
  topP: v.optional(between(1e-6, 1), 1),
  seed: v.optional(whole(0, 2 ** 32 - 1), 0),
  stop: v.optional(v.array(text(1000)), []),
  /** By default the checkpoint's own. */
  tokenizer: v.optional(text(200)),
  device: DEVICE,
});

/** What to go on with. */
export type GenerateOrder = v.InferInput<typeof REQUEST>;

/** What follows each prompt. */
export interface GenerateOutcome {
  readonly texts: readonly GeneratedText[];
  readonly note?: string;
}

/** Lets a checkpoint write; events are `{ sequence, text }`, as text becomes certain. */
export const GENERATE: Work<v.InferOutput<typeof REQUEST>, GenerateOutcome> = {
  schema: REQUEST,
  async run({ model, prompts, tokenizer, device, ...options }, context) {
    using checkpoint = await openCheckpoint(model, { device, tokenizer }, context);
    const { config, codec, gpu, parameters, endTokens, note } = checkpoint;
    const longest = Math.max(...prompts.map((prompt) => codec.encode(prompt).length));
    using generator = await createGenerator(gpu, config, parameters, {
      batch: Math.min(prompts.length, MOST_TOGETHER),
      context: Math.min(config.context, longest + options.maxTokens),
    });
    const texts = await generateText(generator, codec, {
      ...options,
      prompts,
      stopTokens: endTokens,
      signal: context.signal,
      onText: tellRest(context),
    });
    return { texts, ...(note !== undefined && { note }) };
  },
};

const MOST_TOGETHER = 16;

/** Another attempt writes the same texts: what was told of them is not told again. */
function tellRest({ told, emit }: WorkContext): (sequence: number, text: string) => void {
  const known = new Map<number, number>();
  for (const { sequence, text } of told as readonly { sequence: number; text: string }[]) {
    known.set(sequence, (known.get(sequence) ?? 0) + text.length);
  }
  return (sequence, text) => {
    const left = known.get(sequence) ?? 0;
    known.set(sequence, Math.max(0, left - text.length));
    if (text.length > left) emit({ sequence, text: text.slice(left) });
  };
}
