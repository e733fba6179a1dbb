/**
 * Opens a task where it can run, in a page as well as on a host.
 *
 * @module
 */
import { AgentError } from "../agent_error.ts";
import type { Task } from "../task.ts";
import type { Environment } from "./environment.ts";
import { openQuickjs, type QuickjsOptions } from "./quickjs.ts";

/** How an environment is opened. */
export type EnvironmentOptions = QuickjsOptions;

/**
 * Opens the environment that a task asks for. Here that is quickjs; bubblewrap and containers need a
 * host, and are opened by the function of the same name in `agent/headless.ts`.
 *
 * @throws {AgentError} `unsupported` for any other environment.
 */
// deno-lint-ignore require-await -- opening takes time in other environments
export async function openEnvironment(
  task: Task,
  options: EnvironmentOptions = {},
): Promise<Environment> {
  if (task.environment === "quickjs") return openQuickjs(task, options);
  throw new AgentError(
    "unsupported",
    `task "${task.id}" runs in ${task.environment}, which a page does not have: use the command line`,
  );
}
