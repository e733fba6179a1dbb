/**
 * Calls as text, and text as calls, in both message formats.
 *
 * @module
 */
import { parseTurn, type Step, type ToolCall } from "../trajectory/mod.ts";
import type { Decision, MessageFormat } from "./policies/policy.ts";

/**
 * A call as the format writes it: `<function=…>` with its parameters, those of several lines on lines
 * of their own; or the JSON of a native call.
 *
 * @example
 * ```ts
 * import { writeCall } from "bottega";
 * writeCall("function", "bash", { command: "ls" }).text;
 * // <function=bash>
 * // <parameter=command>ls</parameter>
 * // </function>
 * ```
 */
export function writeCall(
  format: MessageFormat,
  name: string,
  args: Readonly<Record<string, unknown>>,
  id?: string,
): ToolCall {
  const withId = id === undefined ? {} : { id };
  if (format === "chat") {
    const text = `{"name": ${JSON.stringify(name)}, "arguments": ${JSON.stringify(args)}}`;
    return { name, arguments: args, text, ...withId };
  }
  const written = Object.entries(args).map(([key, value]) =>
    [key, typeof value === "string" ? value : JSON.stringify(value)] as const
  );
  const parameters = written.map(([key, value]) =>
    `<parameter=${key}>${value.includes("\n") ? `\n${value}\n` : value}</parameter>\n`
  );
  const text = `<function=${name}>\n${parameters.join("")}</function>`;
  return { name, arguments: Object.fromEntries(written), text };
}

/** What a model that calls by text has decided. */
export function parseDecision(text: string): Decision {
  const { thought, calls } = parseTurn(text);
  return { thought, calls, text };
}

/** The decision that a recorded step came from. */
export function decisionOf({ thought, calls }: Step, format: MessageFormat): Decision {
  if (format === "chat") return { thought, calls, text: thought };
  return { thought, calls, text: thought + calls.map(({ text }) => text).join("") };
}
