/**
 * `find_file` and `search_dir`: where a file is, and where a word occurs.
 *
 * @module
 */
import type { Environment } from "../environment/environment.ts";
import { textOf } from "../environment/patch.ts";
import { repositoryPath, writtenPath } from "./repository_path.ts";
import { textArgument, type Tool } from "./tool.ts";

/** Past so many files or lines the agent is asked to narrow its search. */
const MAX_FILES = 100;
const MAX_LINES = 100;

/** Characters of a line that are shown. */
const MAX_LINE = 300;

/** Finds files by name or pattern. */
export const findFile: Tool = {
  name: "find_file",
  description:
    "finds all files with the given name or pattern in the specified directory using shell-style wildcards. Performs recursive search through all subdirectories and returns the absolute paths of matching files",
  parameters: [
    {
      name: "file_name",
      type: "string",
      description:
        "the name of the file or pattern to search for. supports shell-style wildcards (e.g. *.py)",
      required: true,
    },
    {
      name: "dir",
      type: "string",
      description:
        "the directory to search in (if not provided, searches in the current directory)",
      required: false,
    },
  ],
  async run(args, { environment, root }) {
    const name = textArgument(args, "file_name") ?? "";
    const dir = textArgument(args, "dir") ?? root;
    const files = await visibleFiles(environment, dir);
    if (files === null) return { text: `Directory ${dir} not found` };
    const fits = wildcard(name);
    const found = files.filter((path) => fits.test(path.slice(path.lastIndexOf("/") + 1)));
    if (found.length === 0) return { text: `No matches found for "${name}" in ${dir}` };
    const lines = found.map((path) => writtenPath(path, dir));
    return { text: `Found ${found.length} matches for "${name}" in ${dir}:\n${lines.join("\n")}` };
  },
};

/** Finds the lines that hold a word. */
export const searchDir: Tool = {
  name: "search_dir",
  description:
    "searches for search_term in all files in dir. If dir is not provided, searches in the current directory. Returns: filename:line_number:matching_line for each match, or 'No matches found' message.",
  parameters: [
    {
      name: "search_term",
      type: "string",
      description: "the term to search for",
      required: true,
    },
    {
      name: "dir",
      type: "string",
      description:
        "the directory to search in (if not provided, searches in the current directory)",
      required: false,
    },
  ],
  async run(args, { environment, root }) {
    const term = textArgument(args, "search_term") ?? "";
    const dir = textArgument(args, "dir") ?? root;
    const paths = await visibleFiles(environment, dir);
    if (paths === null) return { text: `Directory ${dir} not found` };
    const found: string[] = [];
    let files = 0;
    for (const path of paths) {
      const text = textOf(await environment.readFile(path));
      if (text === undefined || !text.includes(term)) continue;
      files++;
      for (const [i, line] of text.split("\n").entries()) {
        if (line.includes(term)) {
          found.push(`${writtenPath(path, dir)}:${i + 1}:${line.slice(0, MAX_LINE)}`);
        }
      }
    }
    if (found.length === 0) return { text: `No matches found for "${term}" in ${dir}` };
    if (files > MAX_FILES || found.length > MAX_LINES) {
      const what = files > MAX_FILES ? `${MAX_FILES} files` : `${MAX_LINES} lines`;
      return {
        text: `More than ${what} matched for "${term}" in ${dir}. Please narrow your search.`,
      };
    }
    return {
      text: `Found ${found.length} matches for "${term}" in ${dir}:\n${found.join("\n")}\n` +
        `End of matches for "${term}" in ${dir}`,
    };
  },
};

/** The files below a folder that are not hidden; null if there is no such folder. */
async function visibleFiles(environment: Environment, dir: string): Promise<string[] | null> {
  const folder = repositoryPath(dir);
  if (folder === null) return null;
  const files = await environment.list(folder);
  if (files.length === 0 && folder !== "") return null;
  return files.filter((path) => !path.split("/").some((part) => part.startsWith(".")));
}

/** `*` and `?` as a shell takes them. */
function wildcard(pattern: string): RegExp {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&")
    // Consecutive stars mean one, and would take for ever otherwise.
    .replace(/\*+/g, ".*").replace(/\?/g, ".");
  return new RegExp(`^${source}$`, "s");
}
