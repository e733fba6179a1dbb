/**
 * What a decoder is: its architecture and its sizes.
 *
 * @module
 */

import { ModelError } from "./model_error.ts";

/** The decoders that there are, by the names that Hugging Face's `config.json` has for them. */
export const ARCHITECTURES = ["Qwen2ForCausalLM", "LlamaForCausalLM", "GPT2LMHeadModel"] as const;

export type Architecture = typeof ARCHITECTURES[number];

/** Everything that decides a decoder's graph and the shapes of its parameters. */
export interface DecoderConfig {
  readonly architecture: Architecture;
  /** V. */
  readonly vocabularySize: number;
  /** C. */
  readonly channels: number;
  /** L. */
  readonly layers: number;
  /** H query heads. */
  readonly heads: number;
  /** KV key and value heads, which divide H; H for GPT-2. */
  readonly kvHeads: number;
  /** D, a multiple of 4 up to 128. C / H for GPT-2. */
  readonly headSize: number;
  /** F. */
  readonly feedForward: number;
  /** The most tokens that the model was made for. GPT-2 has no positions beyond. */
  readonly context: number;
  /** Base of the rotary frequencies; unused by GPT-2, whose positions are learned. */
  readonly ropeTheta: number;
  readonly normEpsilon: number;
  /** One table for embedding and logits. */
  readonly tiedEmbeddings: boolean;
  /** Of queries, keys and values: always in Qwen2 and GPT-2. In Llama also of the output. */
  readonly attentionBias: boolean;
}

/**
 * Checks that sizes fit each other and the architecture.
 *
 * @throws {ModelError} "config" with the name and the value.
 */
export function checkConfig(config: DecoderConfig): void {
  if (!ARCHITECTURES.includes(config.architecture)) {
    refuse("architecture", config.architecture, `one of ${ARCHITECTURES.join(", ")}`);
  }
  for (const [name, most] of Object.entries(LARGEST)) {
    const value = config[name as keyof typeof LARGEST];
    if (!(Number.isSafeInteger(value) && value >= 1 && value <= most)) {
      refuse(name, value, `a whole number from 1 to ${most}`);
    }
  }
  const { architecture, channels, heads, kvHeads, headSize, ropeTheta, normEpsilon } = config;
  if (headSize % 4 !== 0) refuse("headSize", headSize, "a multiple of 4");
  if (heads % kvHeads !== 0) refuse("kvHeads", kvHeads, `a divisor of heads, ${heads}`);
  if (!(normEpsilon > 0 && normEpsilon < 1)) refuse("normEpsilon", normEpsilon, "from 0 to 1");
  if (architecture === "GPT2LMHeadModel") {
    if (kvHeads !== heads) refuse("kvHeads", kvHeads, `heads, ${heads}, for GPT-2`);
    if (heads * headSize !== channels) {
      refuse("headSize", headSize, `channels / heads, ${channels / heads}, for GPT-2`);
    }
  } else if (!(ropeTheta > 0 && ropeTheta < Infinity)) {
    refuse("ropeTheta", ropeTheta, "a number above 0");
  }
  if (architecture !== "LlamaForCausalLM" && !config.attentionBias) {
    refuse(
      "attentionBias",
      false,
      `true for ${architecture}; a decoder without it is a LlamaForCausalLM`,
    );
  }
}

/** The most of each, far above every published model: what a hostile file may make us try. */
const LARGEST = {
  vocabularySize: 2 ** 24,
  channels: 2 ** 20,
  layers: 1024,
  heads: 2 ** 16,
  kvHeads: 2 ** 16,
  headSize: 128,
  feedForward: 2 ** 22,
  context: 2 ** 30,
} as const;

function refuse(name: string, value: unknown, rule: string): never {
  throw new ModelError("config", `${name} is ${JSON.stringify(value)}: it must be ${rule}.`);
}
