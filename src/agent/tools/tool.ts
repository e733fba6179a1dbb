/**
 * What a tool is: a name, parameters, and what it does to an environment. Observations are the texts
 * of SWE-agent's own tools, as models were trained on them.
 *
 * @see https://github.com/SWE-agent/SWE-agent/tree/main/tools
 * @module
 */
import type { Environment } from "../environment/environment.ts";

/** A parameter as it is told to a model. */
export interface ToolParameter {
  readonly name: string;
  readonly type: "string" | "integer" | "boolean" | "array";
  readonly description: string;
  readonly required: boolean;
  /** The values that are allowed. */
  readonly enum?: readonly string[];
}

/** What a model is told about a tool. */
export interface ToolDescription {
  readonly name: string;
  readonly description: string;
  readonly parameters: readonly ToolParameter[];
}

/** What tools work with, one for each run of an agent. */
export interface ToolContext {
  readonly environment: Environment;
  /** The repository's folder as agents are told it: `/testbed`, or `.` for short paths. */
  readonly root: string;
  /** How long a command may take, in ms. */
  readonly timeoutMs: number;
  /** The texts of edited files before each edit, the latest last, by path. */
  readonly history: Map<string, (string | null)[]>;
  readonly signal?: AbortSignal | undefined;
}

/** What a tool answers. */
export interface ToolAnswer {
  readonly text: string;
  /** The agent says that it is done. */
  readonly submitted?: boolean;
  /** A command was stopped because its time was over. */
  readonly timedOut?: boolean;
}

/** Arguments as a model wrote them: JSON values, or text where the calls themselves are text. */
export type ToolArguments = Readonly<Record<string, unknown>>;

/** A tool. It answers wrong arguments with text, for the model to read; it throws only when broken. */
export interface Tool extends ToolDescription {
  run(args: ToolArguments, context: ToolContext): Promise<ToolAnswer>;
}

/**
 * What is wrong with a call's arguments, as SWE-agent tells it; null if nothing is.
 */
export function problemWithArguments(tool: ToolDescription, args: ToolArguments): string | null {
  const missing = tool.parameters
    .filter(({ name, required }) => required && args[name] === undefined)
    .map(({ name }) => name);
  if (missing.length > 0) return `Required argument(s) missing: ${missing.join(", ")}`;
  const known = new Set(tool.parameters.map(({ name }) => name));
  const unexpected = Object.keys(args).filter((name) => !known.has(name));
  return unexpected.length > 0 ? `Unexpected argument(s): ${unexpected.join(", ")}` : null;
}

/** A text argument; undefined if it was not given. */
export function textArgument(args: ToolArguments, name: string): string | undefined {
  const value = args[name];
  return value === undefined || value === null ? undefined : String(value);
}

/** A whole number, also where it came as text; undefined if it was not given, NaN if it is none. */
export function integerArgument(args: ToolArguments, name: string): number | undefined {
  const text = textArgument(args, name)?.trim();
  if (text === undefined || text === "") return undefined;
  return /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
}

/** A list, also where it came as JSON text; undefined if it was not given, null if it is none. */
export function listArgument(
  args: ToolArguments,
  name: string,
): readonly unknown[] | null | undefined {
  const value = args[name];
  if (value === undefined || value === null || value === "") return undefined;
  if (Array.isArray(value)) return value;
  try {
    const parsed: unknown = JSON.parse(String(value));
    return Array.isArray(parsed) ? parsed : null;
  } catch {
    return null;
  }
}
