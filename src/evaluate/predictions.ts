/**
 * Predictions: the patch that a model proposes for each instance, as SWE-bench's harness takes them.
 *
 * @module
 */
import * as v from "valibot";
import type { Task } from "../agent/mod.ts";
import { EvaluateError } from "./evaluate_error.ts";

/** A proposed patch. */
export interface Prediction {
  readonly instance_id: string;
  readonly model_name_or_path: string;
  /** A unified diff; null where the model gave none. */
  readonly model_patch: string | null;
  /** How the run that it came from ended, where it is told. */
  readonly exit_status?: string | undefined;
}

/**
 * Reads predictions: JSONL, a JSON list, or a JSON object by instance id (SWE-agent's `preds.json`).
 *
 * @throws {EvaluateError} `bad-predictions`, quoting the line, or the instance that occurs twice.
 * @example
 * ```ts
 * import { parsePredictions } from "bottega";
 * const line = { instance_id: "a-1", model_name_or_path: "m", model_patch: "" };
 * console.log(parsePredictions(JSON.stringify(line)).length);
 * ```
 */
export function parsePredictions(text: string): Prediction[] {
  const rows = rowsOf(text);
  const seen = new Set<string>();
  return rows.map(({ where, value }) => {
    const parsed = v.safeParse(PredictionJson, value);
    if (!parsed.success) {
      const [issue] = parsed.issues;
      const key = v.getDotPath(issue);
      throw bad(`${where}: ${key === null ? "" : `${key}: `}${issue.message}`);
    }
    const { instance_id } = parsed.output;
    if (seen.has(instance_id)) throw bad(`${where}: a second prediction for "${instance_id}"`);
    seen.add(instance_id);
    return parsed.output;
  });
}

/** The predictions that are right by definition. */
export function goldPredictions(tasks: readonly Task[]): Prediction[] {
  return tasks.map(({ id, patch }) => ({
    instance_id: id,
    model_name_or_path: "gold",
    model_patch: patch,
  }));
}

/** Predictions that propose nothing. */
export function emptyPredictions(tasks: readonly Task[]): Prediction[] {
  return tasks.map(({ id }) => ({
    instance_id: id,
    model_name_or_path: "empty",
    model_patch: "",
  }));
}

const PredictionJson = v.object({
  instance_id: v.pipe(v.string(), v.nonEmpty("must not be empty")),
  model_name_or_path: v.string(),
  model_patch: v.nullable(v.string()),
  exit_status: v.optional(v.string()),
});

interface Row {
  readonly where: string;
  readonly value: unknown;
}

function rowsOf(text: string): Row[] {
  const whole = parseJson(text);
  if (Array.isArray(whole)) return whole.map((value, at) => ({ where: `item ${at}`, value }));
  if (typeof whole === "object" && whole !== null && !("instance_id" in whole)) {
    return Object.entries(whole).map(([id, value]) => ({
      where: `"${id}"`,
      value: typeof value === "object" && value !== null ? { instance_id: id, ...value } : value,
    }));
  }
  if (whole !== undefined) return [{ where: "line 1", value: whole }];
  return text.split("\n").flatMap((line, at) => {
    if (line.trim() === "") return [];
    const value = parseJson(line);
    if (value === undefined) {
      throw bad(`line ${at + 1} is no JSON: ${JSON.stringify(line.slice(0, 60))}`);
    }
    return [{ where: `line ${at + 1}`, value }];
  });
}

/** Undefined for text that is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function bad(problem: string): EvaluateError {
  const shape = '{"instance_id", "model_name_or_path", "model_patch"}';
  return new EvaluateError("bad-predictions", `predictions: ${problem}; each is ${shape}`);
}
