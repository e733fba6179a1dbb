/**
 * A model behind an OpenAI-compatible server, by the official client: hosted ones, vLLM, llama.cpp,
 * Ollama and the like.
 *
 * @module
 */
import type { OpenAI } from "openai";
import type { ToolCall, Usage } from "../../trajectory/mod.ts";
import { AgentError } from "../agent_error.ts";
import { parseDecision } from "../call_text.ts";
import type { ToolDescription } from "../tools/tool.ts";
import type { Conversation, Decision, Message, Policy } from "./policy.ts";

/** Which model is asked, and how. */
export interface OpenAiOptions {
  /** For example `http://127.0.0.1:8000/v1`; default: OpenAI's own. */
  readonly baseUrl?: string;
  readonly apiKey: string;
  readonly model: string;
  /** Default 0. */
  readonly temperature?: number;
  /** Tokens of one answer at most; default: the server's. */
  readonly maxTokens?: number;
  /** How often a request that failed is sent again: 429, 5xx, broken off, stalled; default 4. */
  readonly retries?: number;
  /** How long a server may say nothing, before its answer and within it; default 120,000. */
  readonly stallMs?: number;
  /** What a million tokens cost, in US dollars; without it the cost is not known. */
  readonly price?: { readonly inputUsd: number; readonly outputUsd: number };
  /** Told as the answer comes in. */
  readonly onText?: (text: string) => void;
}

/**
 * A policy that asks a model. With the format `chat` it uses native tool calls, with `function` text.
 *
 * Its errors become exit statuses: `context-window` where the server says that the conversation is too
 * long, `api` for all else that retries did not help against.
 */
export function openAiPolicy(options: OpenAiOptions): Policy {
  const { model, retries = 4 } = options;
  let client: Promise<OpenAI> | undefined;
  return {
    name: model,
    async act(conversation, { signal, seed }) {
      const opened = await (client ??= openClient(options));
      for (let attempt = 0;; attempt++) {
        try {
          const answer = await ask(opened, conversation, options, signal, seed);
          return decisionFrom(answer, conversation, options);
        } catch (error) {
          signal?.throwIfAborted();
          const told = toAgentError(error, options);
          if (told.code !== "api" || attempt >= retries || !isWorthRetrying(error)) throw told;
          await pause(backoffMs(attempt, error), signal);
        }
      }
    },
  };
}

async function openClient({ baseUrl, apiKey }: OpenAiOptions): Promise<OpenAI> {
  const { OpenAI } = await import("openai");
  return new OpenAI({
    apiKey,
    baseURL: baseUrl,
    // Retries are ours: the client's own do not cover an answer that breaks off.
    maxRetries: 0,
    // In a page the key is the reader's own, given by hand.
    dangerouslyAllowBrowser: true,
  });
}

interface Answer {
  content: string;
  readonly calls: { id: string; name: string; json: string }[];
  usage?: OpenAI.CompletionUsage;
}

/** The server said nothing for too long. */
class Stall extends Error {}

async function ask(
  client: OpenAI,
  conversation: Conversation,
  options: OpenAiOptions,
  signal: AbortSignal | undefined,
  seed: number | undefined,
): Promise<Answer> {
  const { model, temperature = 0, maxTokens, stallMs = 120_000, onText } = options;
  const controller = new AbortController();
  const stop = () => controller.abort(signal?.reason);
  const stall = () => controller.abort(new Stall(`the server said nothing for ${stallMs} ms`));
  let timer = setTimeout(stall, stallMs);
  signal?.addEventListener("abort", stop);
  try {
    const stream = await client.chat.completions.create({
      model,
      temperature,
      messages: conversation.messages.map(toParam),
      stream: true,
      stream_options: { include_usage: true },
      ...(seed !== undefined && { seed }),
      ...(maxTokens !== undefined && { max_tokens: maxTokens }),
      ...(conversation.format === "chat" && { tools: conversation.tools.map(toFunction) }),
    }, { signal: controller.signal });
    const answer: Answer = { content: "", calls: [] };
    let finished = false;
    for await (const { choices, usage } of stream) {
      clearTimeout(timer);
      timer = setTimeout(stall, stallMs);
      if (usage) answer.usage = usage;
      const choice = choices?.[0];
      if (!choice) continue;
      if (choice.finish_reason) finished = true;
      const { content, tool_calls: parts } = choice.delta ?? {};
      if (content) {
        answer.content += content;
        onText?.(content);
      }
      for (const part of parts ?? []) addPart(answer.calls, part);
    }
    controller.signal.throwIfAborted();
    if (!finished) throw new Stall("the answer broke off");
    return answer;
  } catch (error) {
    controller.signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

/** Calls come in pieces, told apart by their index. */
function addPart(
  calls: Answer["calls"],
  part: OpenAI.ChatCompletionChunk.Choice.Delta.ToolCall,
): void {
  const index = part.index ?? calls.length;
  // A hostile index must not make a list of that length.
  if (index > calls.length) return;
  const call = calls[index] ??= { id: "", name: "", json: "" };
  if (part.id) call.id = part.id;
  call.name += part.function?.name ?? "";
  call.json += part.function?.arguments ?? "";
}

function decisionFrom(
  answer: Answer,
  conversation: Conversation,
  options: OpenAiOptions,
): Decision {
  const usage = usageOf(answer, options);
  if (conversation.format === "function") return { ...parseDecision(answer.content), usage };
  const calls = answer.calls.map(({ id, name, json }, i): ToolCall => ({
    name,
    arguments: parseObject(json),
    text: `{"name": ${JSON.stringify(name)}, "arguments": ${json === "" ? "{}" : json}}`,
    id: id === "" ? `call_${conversation.steps.length + 1}_${i + 1}` : id,
  }));
  return { thought: answer.content, calls, text: answer.content, usage };
}

/** The arguments of a call; none where they are broken, which the scaffold tells the model. */
function parseObject(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value))
      : {};
  } catch {
    return {};
  }
}

function usageOf({ usage }: Answer, { price }: OpenAiOptions): Usage {
  const input = usage?.prompt_tokens;
  const output = usage?.completion_tokens;
  const cost = price && ((input ?? 0) * price.inputUsd + (output ?? 0) * price.outputUsd) / 1e6;
  return {
    calls: 1,
    ...(input !== undefined && { inputTokens: input }),
    ...(output !== undefined && { outputTokens: output }),
    ...(cost !== undefined && { costUsd: cost }),
  };
}

function toParam({ role, text, calls, callId }: Message): OpenAI.ChatCompletionMessageParam {
  if (role === "tool") return { role, content: text, tool_call_id: callId ?? "" };
  if (role !== "assistant" || calls === undefined) return { role, content: text };
  return {
    role,
    content: text,
    tool_calls: calls.map((call) => ({
      id: call.id ?? "",
      type: "function",
      function: { name: call.name, arguments: JSON.stringify(call.arguments) },
    })),
  };
}

function toFunction({ name, description, parameters }: ToolDescription): OpenAI.ChatCompletionTool {
  const properties = Object.fromEntries(parameters.map((parameter) => [parameter.name, {
    type: parameter.type,
    description: parameter.description,
    ...(parameter.enum && { enum: parameter.enum }),
    ...(parameter.type === "array" && { items: {} }),
  }]));
  const required = parameters.filter((parameter) => parameter.required).map(({ name }) => name);
  return {
    type: "function",
    function: { name, description, parameters: { type: "object", properties, required } },
  };
}

function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && "status" in error ? error.status : undefined;
  return typeof status === "number" ? status : undefined;
}

/** Too many requests, the server's own failures, and connections that broke or stalled. */
function isWorthRetrying(error: unknown): boolean {
  const status = statusOf(error);
  return status === undefined || status === 408 || status === 409 || status === 429 ||
    status >= 500;
}

function toAgentError(error: unknown, { model, baseUrl }: OpenAiOptions): AgentError {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const tooLong = statusOf(error) === 400 &&
    /context_length_exceeded|context (length|window)|maximum context|too many tokens/i
      .test(`${code} ${message}`);
  const where = baseUrl === undefined ? "the server" : new URL(baseUrl).host;
  return new AgentError(
    tooLong ? "context-window" : "api",
    `model "${model}" at ${where}: ${message.slice(0, 500)}`,
    { cause: error },
  );
}

/** What the server asks for, at most a minute; else twice as long after each failure. */
function backoffMs(attempt: number, error: unknown): number {
  const headers = error instanceof Error && "headers" in error ? error.headers : undefined;
  const asked = headers instanceof Headers ? Number(headers.get("retry-after") ?? NaN) : NaN;
  return Math.min(Number.isFinite(asked) ? asked * 1000 : 500 * 2 ** attempt, 60_000);
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop);
  });
}
