/**
 * What a tool is: a name, parameters, and what it does to an environment. Observations are the text
 * that SWE-agent's own tools give, as models were trained on it.
 *
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

/** What a tool works with. */
export interface ToolContext {
  readonly environment: Environment;
  readonly signal?: AbortSignal | undefined;
}

/** What a tool answers. */
export interface ToolAnswer {
  readonly text: string;
  /** The agent says that it is done. */
  readonly submitted?: boolean;
}

/** A tool. It answers wrong arguments with text, for the model to read; it throws only when broken. */
export interface Tool extends ToolDescription {
  run(args: Readonly<Record<string, unknown>>, context: ToolContext): Promise<ToolAnswer>;
}
