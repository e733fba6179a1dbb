/**
 * Environments that need a host: bubblewrap and containers. For Deno, with the permission to run their
 * programs.
 *
 * @module
 */
import { openBubblewrap } from "./environment/bubblewrap.ts";
import { openContainer } from "./environment/container.ts";
import type { Environment } from "./environment/environment.ts";
import { openQuickjs, type QuickjsOptions } from "./environment/quickjs.ts";
import type { Task } from "./task.ts";

export { type BubblewrapOptions, openBubblewrap } from "./environment/bubblewrap.ts";
export {
  CONTAINER_ENGINES,
  CONTAINER_LIMITS,
  type ContainerOptions,
  openContainer,
} from "./environment/container.ts";

/**
 * Opens the environment that a task asks for.
 *
 * @throws {AgentError} `unavailable` if this machine does not have it, `bad-task` if the task lacks what
 * it needs.
 */
export async function openEnvironment(
  task: Task,
  options: QuickjsOptions = {},
): Promise<Environment> {
  const { limits } = options;
  if (task.environment === "bubblewrap") return await openBubblewrap(task, { limits });
  if (task.environment === "container") return await openContainer(task, { limits });
  return openQuickjs(task, options);
}
