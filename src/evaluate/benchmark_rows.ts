/**
 * Files of benchmarks: JSONL, one problem or question a line.
 *
 * @module
 */
import { EvaluateError } from "./evaluate_error.ts";

/**
 * Reads each line that is not empty. `parse` is told the line's number among them, from 0.
 *
 * @throws {EvaluateError} `bad-item`, with the line, for what `parse` refuses, what is no JSON, and for
 * a file without lines.
 * @example
 * ```ts
 * import { parseBenchmark, parseMultipleChoice } from "bottega";
 * const text = '{"question": "1 + 1?", "choices": ["2", "3"], "answer": "A"}\n';
 * const questions = parseBenchmark(text, parseMultipleChoice);
 * ```
 */
export function parseBenchmark<T>(text: string, parse: (row: unknown, number: number) => T): T[] {
  const lines = text.split("\n").map((line, at) => ({ line, place: `line ${at + 1}` }))
    .filter(({ line }) => line.trim() !== "");
  if (lines.length === 0) throw new EvaluateError("bad-item", "there is no line in it");
  return lines.map(({ line, place }, number) => {
    try {
      return parse(JSON.parse(line), number);
    } catch (error) {
      if (error instanceof SyntaxError) {
        const quoted = JSON.stringify(line.slice(0, 60));
        throw new EvaluateError("bad-item", `${place} is no JSON: ${quoted}`, { cause: error });
      }
      if (!(error instanceof EvaluateError)) throw error;
      throw new EvaluateError(error.code, `${place}: ${error.message}`, { cause: error });
    }
  });
}
