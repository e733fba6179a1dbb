/**
 * Real task instances, which lie beside a checkout on some machines.
 *
 * @module
 */
import { existsSync } from "node:fs";

/** The folder of SWE-rebench's sample; null, and the reason told, where it is not there. */
export function findRealTasks(): string | null {
  const folder = "../shared/tasks/swe-rebench";
  if (existsSync(folder)) return folder;
  console.warn(`skipped: no task instances in ${folder}`);
  return null;
}
