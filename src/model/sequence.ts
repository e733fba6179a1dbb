/**
 * One sequence while it is generated: what has been drawn, and whether it has ended.
 *
 * @module
 */

import type { DecoderConfig } from "./config.ts";
import { ModelError } from "./model_error.ts";

/** What is generated, and how. */
export interface GenerateOptions {
  /** Token ids, each at least one; of any lengths. */
  readonly prompts: readonly ArrayLike<number>[];
  /** The most tokens that follow a prompt. */
  readonly maxTokens: number;
  /** What logits are divided by; 0, the default, takes the likeliest token. */
  readonly temperature?: number;
  /** Only the k likeliest tokens may be drawn; 0, the default, for all. */
  readonly topK?: number;
  /** Only the fewest tokens whose probabilities reach p; 1, the default, for all. */
  readonly topP?: number;
  /** Decides every draw, with the number of the prompt and the position. */
  readonly seed?: number;
  /** Tokens that end a sequence; they are no part of it. */
  readonly stopTokens?: readonly number[];
  /** Asked after each token: true ends the sequence. */
  readonly stop?: (sequence: number, tokens: readonly number[]) => boolean;
  /** Told each token as it is read, a few at a time. */
  readonly onToken?: (sequence: number, token: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What follows a prompt. */
export interface Generated {
  readonly tokens: readonly number[];
  /** A stop token or `stop`; `maxTokens`; the end of the context. */
  readonly reason: "stop" | "length" | "context";
}

/** The state of one prompt's continuation. */
export class Sequence {
  readonly tokens: number[] = [];
  reason: Generated["reason"] | null = null;
  /** The most tokens that may follow. */
  readonly most: number;

  constructor(
    readonly prompt: readonly number[],
    private readonly index: number,
    private readonly context: number,
    private readonly options: GenerateOptions,
  ) {
    this.most = Math.min(options.maxTokens, context - prompt.length);
    if (this.most === 0) this.reason = options.maxTokens === 0 ? "length" : "context";
  }

  /** Takes the next token, unless the sequence has ended. */
  accept(token: number): void {
    if (this.reason !== null) return;
    const { stopTokens = [], stop, onToken, maxTokens } = this.options;
    if (stopTokens.includes(token)) {
      this.reason = "stop";
      return;
    }
    this.tokens.push(token);
    onToken?.(this.index, token);
    if (stop?.(this.index, this.tokens)) this.reason = "stop";
    else if (this.tokens.length >= maxTokens) this.reason = "length";
    else if (this.prompt.length + this.tokens.length >= this.context) this.reason = "context";
  }
}

/** @throws {ModelError} "data", naming the prompt or the option. */
export function checkPrompts(
  { prompts, maxTokens, temperature = 0, topK = 0, topP = 1, seed = 0 }: GenerateOptions,
  { vocabularySize }: DecoderConfig,
  context: number,
): void {
  for (const [i, prompt] of prompts.entries()) {
    if (prompt.length === 0) {
      throw new ModelError(
        "data",
        `Prompt ${i} is empty: begin with a token, such as end of text.`,
      );
    }
    if (prompt.length > context) {
      throw new ModelError(
        "data",
        `Prompt ${i} has ${prompt.length} tokens, and the context is ${context}.`,
      );
    }
    const token = Array.from(prompt).find((token) => !(token >= 0 && token < vocabularySize));
    if (token === undefined) continue;
    throw new ModelError(
      "data",
      `Prompt ${i} has token ${token}, and the model's vocabulary has ${vocabularySize}: is it ` +
        "another model's tokeniser?",
    );
  }
  const whole = (value: number) => Number.isSafeInteger(value) && value >= 0 && value < 2 ** 32;
  const ranges: [name: string, value: number, holds: boolean, rule: string][] = [
    ["maxTokens", maxTokens, whole(maxTokens), "a whole number from 0"],
    ["temperature", temperature, temperature >= 0 && temperature < Infinity, "0 or more"],
    ["topK", topK, whole(topK), "a whole number from 0"],
    ["topP", topP, topP > 0 && topP <= 1, "above 0 and at most 1"],
    ["seed", seed, whole(seed), "a whole number from 0 to 2³² - 1"],
  ];
  for (const [name, value, holds, rule] of ranges) {
    if (!holds) throw new ModelError("data", `${name} is ${value}: it must be ${rule}.`);
  }
}
