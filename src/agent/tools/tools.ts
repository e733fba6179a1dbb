/**
 * Which tools an agent has.
 *
 * @module
 */
import type { Environment } from "../environment/environment.ts";
import { bash, runTests, submit } from "./commands.ts";
import { rewriteFunction } from "./rewrite_function.ts";
import { findFile, searchDir } from "./search.ts";
import { strReplaceEditor } from "./str_replace_editor.ts";
import type { Tool } from "./tool.ts";

/** All tools, by name. */
export const TOOLS: ReadonlyMap<string, Tool> = new Map(
  [bash, strReplaceEditor, rewriteFunction, findFile, searchDir, runTests, submit]
    .map((tool) => [tool.name, tool]),
);

/**
 * The tools for an environment: with a shell SWE-agent's own set (`bash`, `str_replace_editor`,
 * `submit`), without one all others.
 */
export function toolsFor(environment: Environment): Tool[] {
  if (environment.bash !== undefined) return [bash, strReplaceEditor, submit];
  return [strReplaceEditor, rewriteFunction, findFile, searchDir, runTests, submit];
}
