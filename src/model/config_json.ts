/**
 * A decoder's description as Hugging Face writes it: `config.json`, read and written.
 *
 * @module
 */

import { type Architecture, ARCHITECTURES, checkConfig, type DecoderConfig } from "./config.ts";
import { ModelError } from "./model_error.ts";

/**
 * Reads a parsed `config.json`, of transformers 4 and 5. Keys that are missing have the values that
 * transformers gives them.
 *
 * @throws {ModelError} "config", quoting key and value, for an architecture that is not one of
 * {@linkcode ARCHITECTURES}, sizes that do not fit, and whatever would make the model another one:
 * scaled rotary frequencies, sliding windows, quantised weights, other activations.
 */
export function parseConfig(json: unknown): DecoderConfig {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new ModelError("config", `A config.json is an object, and this is ${quote(json)}.`);
  }
  const keys = json as Readonly<Record<string, unknown>>;
  const architecture = architectureOf(keys);
  expect(keys, "quantization_config", [undefined, null]);
  const config = architecture === "GPT2LMHeadModel"
    ? parseGpt2(keys)
    : parseLlama(keys, architecture);
  checkConfig(config);
  return config;
}

/**
 * `config.json` as an object: what transformers reads with `AutoConfig`.
 *
 * @throws {ModelError} "config".
 */
export function writeConfig(config: DecoderConfig): Record<string, unknown> {
  checkConfig(config);
  const { architecture } = config;
  const common = {
    architectures: [architecture],
    model_type: MODEL_TYPES[architecture],
    vocab_size: config.vocabularySize,
    tie_word_embeddings: config.tiedEmbeddings,
    use_cache: true,
  };
  if (architecture === "GPT2LMHeadModel") {
    return {
      ...common,
      n_embd: config.channels,
      n_layer: config.layers,
      n_head: config.heads,
      n_inner: config.feedForward,
      n_positions: config.context,
      layer_norm_epsilon: config.normEpsilon,
      activation_function: "gelu_new",
    };
  }
  return {
    ...common,
    hidden_size: config.channels,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.headSize,
    intermediate_size: config.feedForward,
    max_position_embeddings: config.context,
    rope_theta: config.ropeTheta,
    rms_norm_eps: config.normEpsilon,
    hidden_act: "silu",
    ...(architecture === "LlamaForCausalLM"
      ? { attention_bias: config.attentionBias, mlp_bias: false }
      : { use_sliding_window: false }),
  };
}

const MODEL_TYPES: Readonly<Record<Architecture, string>> = {
  Qwen2ForCausalLM: "qwen2",
  LlamaForCausalLM: "llama",
  GPT2LMHeadModel: "gpt2",
};

type Keys = Readonly<Record<string, unknown>>;

/** By name, bare models (`GPT2Model`) too; by `model_type` where there is no name. */
function architectureOf(keys: Keys): Architecture {
  const named = Array.isArray(keys["architectures"]) ? keys["architectures"][0] : undefined;
  const [key, value] = named === undefined
    ? ["model_type", keys["model_type"]]
    : ["architectures", named];
  const found = ARCHITECTURES.find((architecture) =>
    named === undefined
      ? MODEL_TYPES[architecture] === value
      : architecture === value || architecture.replace(/ForCausalLM|LMHeadModel/, "Model") === value
  );
  if (found) return found;
  throw new ModelError(
    "config",
    `config.json: ${key} is ${quote(value)}; decoders are ${ARCHITECTURES.join(", ")}.`,
  );
}

function parseLlama(keys: Keys, architecture: Architecture): DecoderConfig {
  const qwen = architecture === "Qwen2ForCausalLM";
  expect(keys, "hidden_act", [undefined, "silu", "swish"]);
  expect(keys, "mlp_bias", [undefined, null, false]);
  expect(keys, "use_sliding_window", [undefined, null, false]);
  if (Array.isArray(keys["layer_types"])) {
    const other = keys["layer_types"].find((type) => type !== "full_attention");
    if (other !== undefined) refuse("layer_types", other, "full_attention");
  }
  const channels = numberOf(keys, "hidden_size");
  const heads = numberOf(keys, "num_attention_heads");
  return {
    architecture,
    vocabularySize: numberOf(keys, "vocab_size"),
    channels,
    layers: numberOf(keys, "num_hidden_layers"),
    heads,
    kvHeads: numberOf(keys, "num_key_value_heads", heads),
    headSize: numberOf(keys, "head_dim", channels / heads),
    feedForward: numberOf(keys, "intermediate_size"),
    context: numberOf(keys, "max_position_embeddings", qwen ? 32_768 : 2048),
    ropeTheta: ropeThetaOf(keys),
    normEpsilon: numberOf(keys, "rms_norm_eps", 1e-6),
    tiedEmbeddings: booleanOf(keys, "tie_word_embeddings", false),
    attentionBias: qwen || booleanOf(keys, "attention_bias", false),
  };
}

function parseGpt2(keys: Keys): DecoderConfig {
  expect(keys, "activation_function", [undefined, "gelu_new", "gelu_pytorch_tanh"]);
  expect(keys, "scale_attn_weights", [undefined, true]);
  expect(keys, "scale_attn_by_inverse_layer_idx", [undefined, false]);
  expect(keys, "add_cross_attention", [undefined, false]);
  const channels = numberOf(keys, "n_embd");
  const heads = numberOf(keys, "n_head");
  return {
    architecture: "GPT2LMHeadModel",
    vocabularySize: numberOf(keys, "vocab_size"),
    channels,
    layers: numberOf(keys, "n_layer"),
    heads,
    kvHeads: heads,
    headSize: channels / heads,
    feedForward: numberOf(keys, "n_inner", 4 * channels),
    context: numberOf(keys, "n_positions", 1024),
    ropeTheta: 0,
    normEpsilon: numberOf(keys, "layer_norm_epsilon", 1e-5),
    tiedEmbeddings: booleanOf(keys, "tie_word_embeddings", true),
    attentionBias: true,
  };
}

/** transformers 5 has `rope_parameters`, 4 has `rope_theta` and `rope_scaling`. */
function ropeThetaOf(keys: Keys): number {
  for (const key of ["rope_scaling", "rope_parameters"]) {
    const scaling = keys[key];
    if (scaling === undefined || scaling === null) continue;
    const { rope_type, type, partial_rotary_factor = 1 } = scaling as Keys;
    const kind = rope_type ?? type ?? "default";
    if (kind !== "default") refuse(key, kind, '"default": other rotary frequencies are not there');
    if (partial_rotary_factor !== 1) refuse("partial_rotary_factor", partial_rotary_factor, "1");
  }
  const parameters = keys["rope_parameters"];
  const nested = typeof parameters === "object" && parameters !== null ? parameters as Keys : {};
  return numberOf(keys, "rope_theta", numberOf(nested, "rope_theta", 10_000));
}

function numberOf(keys: Keys, key: string, otherwise?: number): number {
  const value = keys[key] ?? otherwise;
  if (typeof value === "number") return value;
  refuse(key, value, "a number");
}

function booleanOf(keys: Keys, key: string, otherwise: boolean): boolean {
  const value = keys[key] ?? otherwise;
  if (typeof value === "boolean") return value;
  refuse(key, value, "true or false");
}

function expect(keys: Keys, key: string, allowed: readonly unknown[]): void {
  if (allowed.includes(keys[key])) return;
  refuse(key, keys[key], allowed.filter((value) => value !== undefined).map(quote).join(" or "));
}

function refuse(key: string, value: unknown, rule: string): never {
  throw new ModelError("config", `config.json: ${key} is ${quote(value)}; it must be ${rule}.`);
}

/** Of anything, short enough for a message. */
function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? "missing";
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
