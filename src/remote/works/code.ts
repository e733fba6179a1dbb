/**
 * Code that is sent along: only where the owner of the worker allows it.
 *
 * @module
 */
import * as v from "valibot";
import type { Work, WorkContext } from "../work.ts";
import { WorkError } from "../work_error.ts";
import { text } from "./request.ts";

const REQUEST = v.strictObject({
  /** A module of TypeScript; it may import `bottega`. Its default export is called. */
  source: text(),
  /** A JSON value: the first argument. */
  input: v.optional(v.unknown(), null),
});

/** What to run. */
export type CodeOrder = v.InferInput<typeof REQUEST>;

/**
 * Calls the default export of a module with the input and the work's context; what it resolves to, a
 * JSON value, is the result.
 */
export const CODE: Work<v.InferOutput<typeof REQUEST>> = {
  schema: REQUEST,
  async run({ source, input }, context) {
    const bytes = new TextEncoder().encode(source);
    const module = await import(`data:application/typescript;base64,${bytes.toBase64()}`);
    if (typeof module.default === "function") return await call(module.default, input, context);
    throw new WorkError("bad-request", "The code has no function as its default export.");
  },
};

async function call(
  run: (input: unknown, context: WorkContext) => unknown,
  input: unknown,
  context: WorkContext,
): Promise<unknown> {
  return await run(input, context);
}
