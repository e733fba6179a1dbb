/**
 * Paths as agents write them: absolute below the place where SWE-agent puts a repository, or relative
 * to it.
 *
 * @module
 */
import { checkPath } from "../environment/path.ts";

/** Where SWE-agent puts a repository. */
export const REPOSITORY_ROOT = "/testbed";

/**
 * The path inside the repository that an agent means; null if it leads elsewhere.
 */
export function repositoryPath(written: string): string | null {
  const inside = written === REPOSITORY_ROOT || written.startsWith(`${REPOSITORY_ROOT}/`);
  try {
    return checkPath(inside ? written.slice(REPOSITORY_ROOT.length + 1) : written);
  } catch {
    return null;
  }
}

/** A path of the repository as the agent, who wrote `like`, would write it. */
export function writtenPath(path: string, like: string): string {
  if (!like.startsWith("/")) return path === "" ? "." : path;
  return path === "" ? REPOSITORY_ROOT : `${REPOSITORY_ROOT}/${path}`;
}
