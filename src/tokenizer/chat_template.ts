/**
 * Conversations as the text that a model was trained on: the template of `tokenizer_config.json`,
 * in Jinja.
 *
 * @module
 */
import type { Tokenizer } from "./tokenizer.ts";
import { TokenizerError } from "./tokenizer_error.ts";

/** A message as templates take it; they may read further keys, `tool_calls` for one. */
export interface ChatMessage {
  readonly role: string;
  readonly content: string;
  readonly [key: string]: unknown;
}

/** How a conversation is rendered. */
export interface ChatOptions {
  /** Functions that the model may call, in OpenAI's form. */
  readonly tools?: readonly unknown[];
  /** Whether the text ends where the model's answer begins. */
  readonly addGenerationPrompt?: boolean;
  /** Which template, where there are several by name; `default` otherwise. */
  readonly template?: string;
  /** What else the template reads: `enable_thinking`. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

/**
 * The text of a conversation. Encode it with `encodeWithSpecial`.
 *
 * @throws {TokenizerError} `no-template` where the vocabulary came without one, or where the
 *   template refuses the conversation, with its reason.
 * @example
 * ```ts
 * import { loadTokenizer, renderChat } from "bottega";
 * const tokenizer = await loadTokenizer("qwen3");
 * const text = await renderChat(tokenizer, [{ role: "user", content: "Hello" }], {
 *   addGenerationPrompt: true,
 * });
 * tokenizer.encodeWithSpecial(text);
 * ```
 */
export async function renderChat(
  { name, config }: Pick<Tokenizer, "name" | "config">,
  messages: readonly ChatMessage[],
  { tools, addGenerationPrompt = false, template = "default", variables }: ChatOptions = {},
): Promise<string> {
  const source = chatTemplate(config?.["chat_template"], template);
  if (source === null) {
    throw new TokenizerError("no-template", `${name} has no chat template "${template}"`);
  }
  const { Template } = await import("@huggingface/jinja");
  try {
    return new Template(source).render({
      ...specialTokens(config),
      ...variables,
      messages,
      ...(tools && { tools }),
      add_generation_prompt: addGenerationPrompt,
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TokenizerError("no-template", `${name}'s chat template refuses: ${reason}`, {
      cause: error,
    });
  }
}

/** A template stands alone, or in a list of named ones. */
function chatTemplate(json: unknown, name: string): string | null {
  if (typeof json === "string") return name === "default" ? json : null;
  if (!Array.isArray(json)) return null;
  const named = json.find((entry: unknown) => isNamed(entry) && entry.name === name);
  return named?.template ?? null;
}

function isNamed(entry: unknown): entry is { name: string; template: string } {
  return typeof entry === "object" && entry !== null && "name" in entry && "template" in entry &&
    typeof entry.template === "string";
}

/** `bos_token` and its like, as text. */
function specialTokens(config: Tokenizer["config"]): Record<string, string> {
  const tokens: Record<string, string> = {};
  for (const [key, value] of Object.entries(config ?? {})) {
    if (!key.endsWith("_token")) continue;
    if (typeof value === "string") tokens[key] = value;
    else if (typeof value === "object" && value !== null && "content" in value) {
      tokens[key] = String(value.content);
    }
  }
  return tokens;
}
