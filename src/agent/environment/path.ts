/**
 * Paths inside a repository: relative, with `/`, leading nowhere else.
 *
 * @module
 */
import { AgentError } from "../agent_error.ts";

const MAX_PATH = 1024;

/**
 * The path without `.` parts and doubled slashes; `""` is the repository itself.
 *
 * @throws {AgentError} `bad-path` for an absolute path, one with `..` or NUL, one into `.git`.
 */
export function checkPath(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  const problem = path.startsWith("/")
    ? "is absolute; give it relative to the repository"
    : path.length > MAX_PATH
    ? `is longer than ${MAX_PATH} characters`
    : parts.includes("..")
    ? "leads out of the repository"
    : parts[0] === ".git"
    ? "belongs to version control"
    : path.includes("\0")
    ? "has a NUL character"
    : null;
  if (problem === null) return parts.join("/");
  throw new AgentError("bad-path", `path ${JSON.stringify(path.slice(0, 100))} ${problem}`);
}

/** {@linkcode checkPath} for a file, which the repository itself is not. */
export function checkFilePath(path: string): string {
  const checked = checkPath(path);
  if (checked !== "") return checked;
  throw new AgentError("bad-path", `path ${JSON.stringify(path)} names no file`);
}

/** Whether `path` is `folder` or below it; everything is below `""`. */
export function isBelow(path: string, folder: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}
