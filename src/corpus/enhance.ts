/**
 * The words of a language model for those of developers: a summary of a pull request and clearer
 * commit messages, as daVinci-Dev has them written (arXiv 2601.18418, section 3.1 and figure 5),
 * through any server that speaks OpenAI's protocol. What it does not answer stays as it was.
 *
 * @module
 */
import type OpenAI from "openai";
import type { ChangeUnit } from "./change_unit.ts";
import { CorpusError } from "./corpus_error.ts";
import type { NamedPatch } from "./render_general.ts";
import type { UnitTexts } from "./render_python.ts";
import type { Sample } from "./sample.ts";
import { cacheKey, memoryCache, type TextCache } from "./text_cache.ts";

/** What a model is told of a unit. */
export interface EnhanceRequest {
  readonly unit: ChangeUnit;
  /** One list for each commit of the unit. */
  readonly patches: readonly (readonly NamedPatch[])[];
}

/** The words for a unit, and whose they are. */
export type EnhancedTexts = UnitTexts & { readonly texts: NonNullable<Sample["texts"]> };

/** Writes the words for a unit. Never fails but for the signal: the original text is the last resort. */
export type Enhancer = (
  request: EnhanceRequest,
  job?: { readonly signal?: AbortSignal | undefined },
) => Promise<EnhancedTexts>;

/** Which server and model, and how they are asked. */
export interface EnhancerOptions {
  /** Where the API begins, with `/v1` where the server has it. */
  readonly baseUrl: string;
  readonly model: string;
  /** Sent to the server and nowhere else; servers of one's own need none. */
  readonly apiKey?: string | undefined;
  /** Requests at a time; 8 by default. */
  readonly concurrency?: number | undefined;
  /** Sampling; 0.7 and 0.9 by default. */
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  /** Longest answer, tokens: 512 for a summary, 256 for a message by default. */
  readonly summaryTokens?: number | undefined;
  readonly messageTokens?: number | undefined;
  /** One request's time; 120 s by default. */
  readonly timeoutMs?: number | undefined;
  readonly cache?: TextCache | undefined;
  /** Told why an answer could not be had. */
  readonly onFallback?: ((reason: string) => void) | undefined;
}

/** As much of a patch as a model is shown, characters. */
const MOST_PATCH = 2_000;
/** After so many failures in a row nothing more is asked. */
const MOST_FAILURES = 8;

/**
 * A writer that asks a model.
 *
 * @throws {CorpusError} `bad-option` for a `baseUrl` that is no http(s) URL
 */
export async function openEnhancer(options: EnhancerOptions): Promise<Enhancer> {
  const client = await openClient(options);
  const { concurrency = 8, cache = memoryCache(), onFallback, model } = options;
  const { temperature = 0.7, topP = 0.9, summaryTokens = 512, messageTokens = 256 } = options;
  const limited = limiter(concurrency);
  let failures = 0;

  async function ask(prompt: string, maxTokens: number, signal?: AbortSignal) {
    const body = {
      model,
      messages: [{ role: "user" as const, content: prompt }],
      max_tokens: maxTokens,
      temperature,
      top_p: topP,
    };
    const key = await cacheKey(body);
    const known = await cache.get(key);
    if (known !== undefined) return known;
    return await limited(async () => {
      signal?.throwIfAborted();
      if (failures >= MOST_FAILURES) return undefined;
      try {
        const answer = await client.chat.completions.create(body, signal ? { signal } : {});
        const text = withoutThought(answer.choices[0]?.message?.content ?? "");
        if (text === "") throw new Error("the answer is empty");
        failures = 0;
        await cache.set(key, text);
        return text;
      } catch (error) {
        signal?.throwIfAborted();
        failures++;
        const reason = error instanceof Error ? error.message : String(error);
        onFallback?.(failures < MOST_FAILURES ? reason : `${reason}; the model is not asked again`);
        return undefined;
      }
    });
  }

  return async ({ unit, patches }, { signal } = {}) => {
    const summary = await ask(summaryPrompt(unit, patches), summaryTokens, signal);
    const messages = await Promise.all(
      unit.commits.map(({ message }, i) =>
        ask(messagePrompt(summary ?? "", message, patches[i] ?? []), messageTokens, signal)
      ),
    );
    const answers = [summary, ...messages].filter((text) => text !== undefined).length;
    return {
      ...(summary === undefined ? {} : { summary }),
      messages: messages.map((text, i) => text ?? unit.commits[i]?.message ?? ""),
      texts: answers === 0
        ? "original"
        : answers === messages.length + 1
        ? "refined"
        : "partly-refined",
    };
  };
}

async function openClient({ baseUrl, apiKey, timeoutMs = 120_000 }: EnhancerOptions) {
  if (!/^https?:\/\//.test(baseUrl) || !URL.canParse(baseUrl)) {
    throw new CorpusError("bad-option", `${JSON.stringify(baseUrl)} is not the URL of a server.`);
  }
  // Only where it is asked for: it is larger than the rest of this room.
  const { default: Client } = await import("openai");
  return new Client({
    baseURL: baseUrl,
    apiKey: apiKey ?? "none",
    timeout: timeoutMs,
    maxRetries: 2,
    // A page's user gives the key of a server that the page may reach.
    dangerouslyAllowBrowser: true,
  }) as Pick<OpenAI, "chat">;
}

function summaryPrompt(unit: ChangeUnit, patches: EnhanceRequest["patches"]): string {
  const { repository, issue, title, body, commits } = unit;
  const paths = [...new Set(patches.flat().map(({ path }) => path))];
  return [
    "Summarise a pull request for someone who is about to make the same change. In one to four " +
    "clear sentences say what the problem is, what the key changes are, and what matters in how " +
    "they are made. Answer with these sentences only.",
    `Repository: ${repository.name}\n${repository.description ?? ""}`,
    `Pull request: ${title}\n${body}`,
    ...(issue ? [`Issue: ${issue.title}\n${issue.body}`] : []),
    `Changed files:\n${paths.join("\n")}`,
    ...commits.map(({ message }, i) =>
      `Commit ${i + 1}: ${message.trim()}\n${patchText(patches[i] ?? [])}`
    ),
  ].join("\n\n");
}

function messagePrompt(
  summary: string,
  message: string,
  patches: readonly NamedPatch[],
): string {
  return [
    "Rewrite a commit message so that it says clearly what the commit does and why. Begin with a " +
    "subject line. Add nothing to a trivial commit; else add one sentence below a blank line. " +
    "Answer with the message only.",
    ...(summary === "" ? [] : [`The pull request: ${summary}`]),
    `The message: ${message.trim()}`,
    `The changes:\n${patchText(patches)}`,
  ].join("\n\n");
}

function patchText(patches: readonly NamedPatch[]): string {
  return patches.map(({ text }) =>
    text.length > MOST_PATCH ? `${text.slice(0, MOST_PATCH)}\n[…]\n` : text
  ).join("");
}

/** Reasoning models put what they think before their answer. */
function withoutThought(text: string): string {
  return text.replace(/^\s*<think>[\s\S]*?<\/think>/, "").trim();
}

/** Runs at most `most` at a time, in the order of asking. */
function limiter(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    running++;
    try {
      return await work();
    } finally {
      running--;
      waiting.shift()?.();
    }
  };
}
