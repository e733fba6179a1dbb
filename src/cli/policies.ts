/**
 * Policies of models for commands that let agents work: a checkpoint of ours, or a server.
 *
 * @module
 */
import { checkpointPolicy, generatorModel, openAiPolicy, type Policy } from "../agent/mod.ts";
import { chooseGpu } from "../gpu/mod.ts";
import { createGenerator, loadParameters } from "../model/mod.ts";
import { checkpointTokenizer, openCheckpoint } from "./checkpoint.ts";
import { codecOf } from "./generate.ts";
import { CommandError, note } from "./output.ts";

/** The policies that commands know by name. */
export const POLICIES = ["teacher", "checkpoint", "openai"] as const;

/** One of {@linkcode POLICIES}. */
export type PolicyName = typeof POLICIES[number];

/** Which model is asked. */
export interface ModelOptions {
  /** A checkpoint's folder, or the server's name of a model. */
  readonly model?: string | undefined;
  /** Of an OpenAI-compatible server. */
  readonly baseUrl?: string | undefined;
  readonly temperature?: number | undefined;
}

/** A policy that is open. */
export interface OpenedPolicy extends AsyncDisposable {
  readonly policy: Policy;
  /** How many agents it serves well at the same time. */
  readonly parallel: number;
}

/**
 * Opens the policy of a model.
 *
 * @throws {CommandError} where the model, or the key of the server, is not named
 */
export async function openModelPolicy(
  name: Exclude<PolicyName, "teacher">,
  options: ModelOptions,
): Promise<OpenedPolicy> {
  const { model, baseUrl, temperature = 0 } = options;
  if (model === undefined) throw new CommandError(`--policy ${name} needs a --model`);
  if (name === "checkpoint") return await openCheckpointPolicy(model, temperature);
  const apiKey = Deno.env.get("OPENAI_API_KEY");
  if (apiKey === undefined && baseUrl === undefined) {
    throw new CommandError("--policy openai needs OPENAI_API_KEY, or a --base-url that takes any");
  }
  const policy = openAiPolicy({
    model,
    temperature,
    apiKey: apiKey ?? "none",
    ...(baseUrl !== undefined && { baseUrl }),
  });
  return { policy, parallel: 8, [Symbol.asyncDispose]: () => Promise.resolve() };
}

/** Agents whose steps are generated together. */
const BATCH = 16;

async function openCheckpointPolicy(path: string, temperature: number): Promise<OpenedPolicy> {
  const open = new DisposableStack();
  const checkpoint = open.use(await openCheckpoint(path));
  const { config } = checkpoint.model;
  const tokenizer = await checkpointTokenizer(checkpoint, undefined);
  const { gpu, note: reason } = await chooseGpu("auto");
  if (reason !== undefined) note(`generated on the processor: ${reason}`);
  if (gpu) open.use(gpu);
  const parameters = open.use(await loadParameters(gpu, checkpoint.model));
  const generator = open.use(
    await createGenerator(gpu, config, parameters, { batch: BATCH, context: config.context }),
  );
  const model = generatorModel(generator, codecOf(tokenizer), { temperature });
  const policy = checkpointPolicy({ name: checkpoint.path, model, batch: BATCH });
  return {
    policy,
    parallel: BATCH,
    [Symbol.asyncDispose]: () => Promise.resolve(open.dispose()),
  };
}
