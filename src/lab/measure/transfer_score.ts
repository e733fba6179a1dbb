/**
 * How a model does on the transfer benchmarks, asked in the way that files are written for it.
 *
 * @module
 */
import { catN, openEnvironment } from "../../agent/mod.ts";
import { answerByLikelihood, openModelLikelihood, passesHumanEval } from "../../evaluate/mod.ts";
import type { Gpu, Job } from "../../gpu/mod.ts";
import type { OpenModel } from "../open_model.ts";
import { shortFile } from "../short_turns.ts";
import { encodeSegments, type TurnFormat } from "../turns.ts";
import type { TransferBenchmark } from "./transfer_benchmark.ts";

/** Where a model computes, and how files are written for it. */
export interface TransferOptions extends Pick<Job, "signal"> {
  readonly gpu: Gpu | null;
  readonly format: TurnFormat;
}

/** Of each problem and each question whether it was solved. */
export interface TransferOutcome {
  readonly humanEval: readonly boolean[];
  readonly choices: readonly boolean[];
}

/** Completes each problem once by the likeliest tokens, and chooses the likeliest answers by byte. */
export async function transferScore(
  benchmark: TransferBenchmark,
  model: OpenModel,
  options: TransferOptions,
): Promise<TransferOutcome> {
  return {
    humanEval: await solvedProblems(benchmark, model, options),
    choices: await rightChoices(benchmark, model, options),
  };
}

async function solvedProblems(
  { problems }: TransferBenchmark,
  { generator, tokenizer }: OpenModel,
  { format, signal }: TransferOptions,
): Promise<boolean[]> {
  const solved: boolean[] = [];
  for (let first = 0; first < problems.length; first += generator.batch) {
    const group = problems.slice(first, first + generator.batch);
    const solutions = group.map(({ prompt, canonical_solution = "" }) =>
      encodeFile(prompt + canonical_solution, format, tokenizer).length -
      encodeFile(prompt, format, tokenizer).length
    );
    const prompts = group.map(({ prompt }) => encodeFile(prompt, format, tokenizer));
    const fits = prompts.map(({ length }) => length < generator.context);
    const written = await generator.generate({
      prompts: prompts.map((prompt, i) => fits[i] ? prompt : Uint32Array.of(0)),
      maxTokens: 2 * Math.max(...solutions),
      stopTokens: [tokenizer.endOfText ?? -1],
      signal,
    });
    for (const [i, problem] of group.entries()) {
      const completion = functionEnd(tokenizer.decode(written[i]?.tokens ?? []), format);
      const limits = { open: openEnvironment, timeoutMs: 1000, signal };
      solved.push(fits[i] === true && await passesHumanEval(problem, completion, limits));
    }
  }
  return solved;
}

async function rightChoices(
  { questions }: TransferBenchmark,
  { config, parameters, tokenizer }: OpenModel,
  { gpu, format, signal }: TransferOptions,
): Promise<boolean[]> {
  const batch = Math.max(...questions.map(({ choices }) => choices.length));
  using model = openModelLikelihood(gpu, config, parameters, tokenizer, { batch });
  const right: boolean[] = [];
  for (const question of questions) {
    const before = `${fileText(question.question, format)}\n`;
    const answered = await answerByLikelihood([question], (_context, choices, job) => {
      const codes = choices.map((choice) => afterHead(question.question, choice.trim(), format));
      return model.logLikelihood(before, codes, job);
    }, { signal });
    right.push(answered[0]?.correctPerByte === true);
  }
  return right;
}

/** A place that no repository has. */
const PATH = "src/x.js";

/** A file's text as a model reads it, without its last line end. */
function fileText(text: string, format: TurnFormat): string {
  return (format === "short" ? shortFile(PATH, text) : catN(text.trimEnd(), PATH)).trimEnd();
}

/** What of a file comes after its head. */
function afterHead(head: string, rest: string, format: TurnFormat): string {
  return fileText(`${head}\n${rest}`, format).slice(fileText(head, format).length + 1);
}

function encodeFile(text: string, format: TurnFormat, tokenizer: OpenModel["tokenizer"]) {
  return encodeSegments(tokenizer, [{ role: "file", text: `${fileText(text, format)}\n` }]);
}

/** What a model wrote up to the end of the function that it was in, without line numbers. */
function functionEnd(written: string, format: TurnFormat): string {
  const text = written.replace(/^ *\d+\t/gm, "");
  const end = format === "short" ? /\n(?=\/\/|function |export )/ : /(?<=^|\n)\}\n/;
  const found = end.exec(text);
  return found === null ? text : text.slice(0, found.index + found[0].length);
}
