/**
 * A model of ours, or any that generates in batches: the decisions of many agents at once become one
 * batch.
 *
 * @module
 */
import { generateText, type TextCodec, type TokenGenerator } from "../../model/mod.ts";
import { AgentError } from "../agent_error.ts";
import { parseDecision } from "../call_text.ts";
import type { ActOptions, Conversation, Decision, Message, Policy } from "./policy.ts";

/** What continues texts: a checkpoint on the GPU, an ONNX session. */
export interface TextModel {
  /** Whether a prompt leaves room for an answer. */
  fits(prompt: string): boolean;
  /** What follows each prompt, in their order. */
  generate(
    prompts: readonly string[],
    options: { readonly seed: number },
  ): Promise<readonly string[]>;
}

/** How a model is asked. */
export interface CheckpointOptions {
  /** As trajectories name it. */
  readonly name: string;
  readonly model: TextModel;
  /** How a conversation is written for the model; default: {@linkcode plainConversation}. */
  readonly render?: ((messages: readonly Message[]) => string) | undefined;
  /** Agents in one batch at most; default 64. */
  readonly batch?: number | undefined;
}

/** How a generator draws tokens. */
export interface DrawOptions {
  /** Tokens of one answer at most; default 256. */
  readonly maxTokens?: number;
  /** Default 0: the likeliest token. */
  readonly temperature?: number;
  readonly topP?: number;
}

/** What ends an answer, and belongs to it. */
const END_OF_CALL = "</function>";

/** Texts one after the other, each with its line end. */
export function plainConversation(messages: readonly Message[]): string {
  return messages.map(({ text }) => text.endsWith("\n") ? text : `${text}\n`).join("");
}

/** A decoder as a model of texts; each answer ends with its first call. */
export function generatorModel(
  generator: TokenGenerator,
  codec: TextCodec,
  { maxTokens = 256, ...draw }: DrawOptions = {},
): TextModel {
  return {
    fits: (prompt) => codec.encode(prompt).length + maxTokens <= generator.context,
    async generate(prompts, { seed }) {
      const options = { prompts, maxTokens, seed, stop: [END_OF_CALL], ...draw };
      const answers = await generateText(generator, codec, options);
      return answers.map(({ text, reason }) => reason === "stop" ? text + END_OF_CALL : text);
    },
  };
}

/**
 * A policy that continues the conversation with a model. Decisions that are asked for while a batch is
 * being generated wait for the next one, so that agents that run side by side share each step.
 */
export function checkpointPolicy(options: CheckpointOptions): Policy {
  const { name, model, batch = 64, render = plainConversation } = options;
  const waiting: Waiting[] = [];
  let busy = false;

  async function work(): Promise<void> {
    if (busy) return;
    busy = true;
    // All that act in this turn of the event loop come along.
    await new Promise((resolve) => setTimeout(resolve, 0));
    while (waiting.length > 0) await answer(model, waiting.splice(0, batch));
    busy = false;
  }
  return {
    name,
    act({ messages }: Conversation, { signal, seed = 0 }: ActOptions): Promise<Decision> {
      const prompt = render(messages);
      if (!model.fits(prompt)) {
        const problem = `the conversation leaves no room for an answer of "${name}"`;
        return Promise.reject(new AgentError("context-window", problem));
      }
      const { promise, resolve, reject } = Promise.withResolvers<Decision>();
      waiting.push({ prompt, seed, signal, resolve, reject });
      work().catch(reject);
      return promise;
    },
  };
}

interface Waiting {
  readonly prompt: string;
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (decision: Decision) => void;
  readonly reject: (error: unknown) => void;
}

async function answer(model: TextModel, agents: readonly Waiting[]): Promise<void> {
  const still = agents.filter(({ signal, reject }) => {
    if (signal?.aborted) reject(signal.reason);
    return !signal?.aborted;
  });
  const [first] = still;
  if (first === undefined) return;
  try {
    const prompts = still.map(({ prompt }) => prompt);
    // One seed a batch: that of its first agent.
    const answers = await model.generate(prompts, { seed: first.seed });
    for (const [i, { resolve }] of still.entries()) {
      resolve({ ...parseDecision(answers[i] ?? ""), usage: { calls: 1 } });
    }
  } catch (error) {
    for (const { reject } of still) reject(error);
  }
}
