/**
 * `bottega evaluate CHECKPOINT --humaneval FILE` and `--choices FILE`: benchmarks beside tasks.
 *
 * @module
 */
import { openEnvironment } from "../agent/headless.ts";
import { AgentError } from "../agent/mod.ts";
import {
  answerByLikelihood,
  type Estimate,
  EvaluateError,
  HUMAN_EVAL_STOPS,
  type HumanEvalProblem,
  openModelLikelihood,
  parseBenchmark,
  parseHumanEval,
  parseMultipleChoice,
  passesHumanEval,
  wilsonInterval,
} from "../evaluate/mod.ts";
import { chooseGpu, type DeviceChoice, type Job } from "../gpu/mod.ts";
import { createGenerator, generateText, loadParameters } from "../model/mod.ts";
import { checkpointTokenizer, openCheckpoint } from "./checkpoint.ts";
import { codecOf } from "./generate.ts";
import { withJob } from "./job.ts";
import { CommandError, note, points, print, printJson } from "./output.ts";
import { forAll } from "./task_workers.ts";

/** What both benchmarks are told. */
export interface BenchmarkOptions {
  readonly device: DeviceChoice;
  readonly tokenizer?: string;
  /** Seconds for the test of one completion. */
  readonly timeout?: number;
  readonly workers?: number;
  readonly json?: boolean;
}

/** Completes each problem once, by the likeliest tokens, and runs its test: pass@1. */
export async function evaluateHumanEval(what: string, file: string, options: BenchmarkOptions) {
  const problems = await readBenchmark(file, parseHumanEval);
  const { workers: size = navigator.hardwareConcurrency, timeout, json } = options;
  const timeoutMs = timeout === undefined ? undefined : timeout * 1000;
  const outcomes = await withJob(async (job) => {
    const completions = await completionsOf(what, problems, options, job);
    return await forAll(
      [...problems.entries()],
      { ...job, size, phase: "test" },
      async ([at, problem]) => {
        const completion = completions[at] ?? "";
        const limits = { open: openEnvironment, timeoutMs, signal: job.signal };
        try {
          const passed = await passesHumanEval(problem, completion, limits);
          return { task_id: problem.task_id, passed, completion };
        } catch (error) {
          if (!(error instanceof AgentError && error.code === "unavailable")) throw error;
          throw new CommandError(
            `${problem.task_id} is in Python, which runs in bubblewrap on Linux: ${error.message}`,
          );
        }
      },
    );
  });
  const passed = outcomes.filter((outcome) => outcome.passed).length;
  const passAt1 = wilsonInterval(passed, outcomes.length);
  if (json) printJson({ what, file, problems: outcomes.length, passed, passAt1, outcomes });
  else print(`${what}: ${told(passAt1, "pass")}, ${outcomes.length} problems`);
}

/** Chooses the likeliest answer of each question. */
export async function evaluateChoices(path: string, file: string, options: BenchmarkOptions) {
  const questions = await readBenchmark(file, parseMultipleChoice);
  const batch = Math.min(32, Math.max(...questions.map(({ choices }) => choices.length)));
  let cut = 0;
  const { outcomes, adapter } = await withJob(async (job) => {
    using opened = await openModel(path, options, job);
    const { gpu, model: { config }, parameters, tokenizer, adapter } = opened;
    const onCut = () => cut++;
    using model = openModelLikelihood(gpu, config, parameters, tokenizer, { batch, onCut });
    return { outcomes: await answerByLikelihood(questions, model.logLikelihood, job), adapter };
  });
  const share = (key: "correct" | "correctPerByte") =>
    wilsonInterval(outcomes.filter((outcome) => outcome[key]).length, outcomes.length);
  const [accuracy, accuracyPerByte] = [share("correct"), share("correctPerByte")];
  if (options.json) {
    const total = outcomes.length;
    const result = { what: path, file, adapter, questions: total, cut, accuracy, accuracyPerByte };
    printJson({ ...result, outcomes });
    return;
  }
  print(`${path}: ${told(accuracy, "right")}, ${outcomes.length} questions`);
  print(`by likelihood for each byte: ${told(accuracyPerByte, "right")}`);
  if (cut > 0) note(`${cut} questions are longer than the model's context: their beginning is cut`);
  note(`computed on ${adapter}`);
}

async function readBenchmark<T>(
  file: string,
  parse: (row: unknown, number: number) => T,
): Promise<T[]> {
  try {
    return parseBenchmark(await Deno.readTextFile(file), parse);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new CommandError(`There is no "${file}".`);
    if (!(error instanceof EvaluateError)) throw error;
    throw new CommandError(`${file}: ${error.message}`);
  }
}

async function completionsOf(
  what: string,
  problems: readonly HumanEvalProblem[],
  options: BenchmarkOptions,
  job: Job,
): Promise<string[]> {
  if (what === "empty") return problems.map(() => "");
  if (what !== "gold") return await completionsOfModel(what, problems, options, job);
  return problems.map(({ task_id, canonical_solution }) => {
    if (canonical_solution !== undefined) return canonical_solution;
    throw new CommandError(`${task_id} has no canonical_solution, which gold is made of`);
  });
}

/** Problems that are completed together. */
const BATCH = 16;

/** As many as most solutions need, several times over. */
const MAX_TOKENS = 512;

/** Where a prompt does not fit into the model's context the completion is empty, and so fails. */
async function completionsOfModel(
  path: string,
  problems: readonly HumanEvalProblem[],
  options: BenchmarkOptions,
  job: Job,
): Promise<string[]> {
  using opened = await openModel(path, options, job);
  const { gpu, model, parameters, tokenizer } = opened;
  const codec = codecOf(tokenizer);
  const prompts = problems.map(({ prompt }, at) => ({
    at,
    prompt,
    tokens: codec.encode(prompt).length,
  })).filter(({ tokens }) => tokens < model.config.context);
  const left = problems.length - prompts.length;
  if (left > 0) note(`${left} prompts are longer than the model's context, and count as failed`);
  const completions = problems.map(() => "");
  if (prompts.length === 0) return completions;
  const longest = Math.max(...prompts.map(({ tokens }) => tokens));
  const context = Math.min(model.config.context, longest + MAX_TOKENS);
  const batch = Math.min(BATCH, prompts.length);
  using generator = await createGenerator(gpu, model.config, parameters, { batch, context });
  for (let first = 0; first < prompts.length; first += batch) {
    const group = prompts.slice(first, first + batch);
    const texts = await generateText(generator, codec, {
      prompts: group.map(({ prompt }) => prompt),
      maxTokens: MAX_TOKENS,
      stop: HUMAN_EVAL_STOPS,
      stopTokens: model.endTokens.length > 0 ? model.endTokens : [tokenizer.endOfText ?? -1],
      signal: job.signal,
    });
    for (const [i, { at }] of group.entries()) completions[at] = texts[i]?.text ?? "";
    const done = first + group.length;
    job.onProgress?.({ phase: "complete", done, total: prompts.length, unit: "tasks" });
  }
  return completions;
}

/** A checkpoint with its weights where it computes. */
async function openModel(path: string, { device, tokenizer: named }: BenchmarkOptions, job: Job) {
  using open = new DisposableStack();
  const checkpoint = open.use(await openCheckpoint(path));
  const { model } = checkpoint;
  const tokenizer = await checkpointTokenizer(checkpoint, named);
  const { gpu, note: reason } = await chooseGpu(device);
  if (reason !== undefined) note(`computed on the processor: ${reason}`);
  if (gpu) open.use(gpu);
  const parameters = open.use(await loadParameters(gpu, model, job));
  const adapter = gpu?.description ?? "the processor, by onnxruntime-web";
  const opened = open.move();
  return {
    model,
    tokenizer,
    gpu,
    adapter,
    parameters,
    [Symbol.dispose]: () => opened.dispose(),
  };
}

function told({ value, low, high }: Estimate, verb: string): string {
  return `${points(value)} % ${verb} (${points(low)} to ${points(high)}; 95 %)`;
}
