/**
 * `str_replace_editor`: views, creates and edits files. Its texts are those of SWE-agent's tool of that
 * name; unlike that one it also takes paths relative to the repository, and leaves tabs as they are.
 *
 * @module
 */
import { AgentError } from "../agent_error.ts";
import { textOf } from "../environment/patch.ts";
import { repositoryPath, writtenPath } from "./repository_path.ts";
import {
  integerArgument,
  listArgument,
  textArgument,
  type Tool,
  type ToolArguments,
  type ToolContext,
} from "./tool.ts";

const COMMANDS = ["view", "create", "str_replace", "insert", "undo_edit"] as const;

/** Lines shown above and below an edit. */
const SNIPPET_LINES = 4;

/** Characters of a file that are shown. */
const MAX_SHOWN = 16_000;

const CLIPPED =
  "<response clipped><NOTE>To save on context only part of this file has been shown " +
  "to you. You should retry this tool after you have searched inside the file with `grep -n` in " +
  "order to find the line numbers of what you are looking for.</NOTE>";

/** The editor. */
export const strReplaceEditor: Tool = {
  name: "str_replace_editor",
  description: `Custom editing tool for viewing, creating and editing files
* State is persistent across command calls and discussions with the user
* If \`path\` is a file, \`view\` displays the result of applying \`cat -n\`. If \`path\` is a directory, \`view\` lists non-hidden files and directories up to 2 levels deep
* The \`create\` command cannot be used if the specified \`path\` already exists as a file
* If a \`command\` generates a long output, it will be truncated and marked with \`<response clipped>\`
* The \`undo_edit\` command will revert the last edit made to the file at \`path\`

Notes for using the \`str_replace\` command:
* The \`old_str\` parameter should match EXACTLY one or more consecutive lines from the original file. Be mindful of whitespaces!
* If the \`old_str\` parameter is not unique in the file, the replacement will not be performed. Make sure to include enough context in \`old_str\` to make it unique
* The \`new_str\` parameter should contain the edited lines that should replace the \`old_str\``,
  parameters: [
    {
      name: "command",
      type: "string",
      description:
        "The commands to run. Allowed options are: `view`, `create`, `str_replace`, `insert`, `undo_edit`.",
      required: true,
      enum: COMMANDS,
    },
    {
      name: "path",
      type: "string",
      description: "Absolute path to file or directory, e.g. `/testbed/file.py` or `/testbed`.",
      required: true,
    },
    {
      name: "file_text",
      type: "string",
      description:
        "Required parameter of `create` command, with the content of the file to be created.",
      required: false,
    },
    {
      name: "old_str",
      type: "string",
      description:
        "Required parameter of `str_replace` command containing the string in `path` to replace.",
      required: false,
    },
    {
      name: "new_str",
      type: "string",
      description:
        "Optional parameter of `str_replace` command containing the new string (if not given, no string will be added). Required parameter of `insert` command containing the string to insert.",
      required: false,
    },
    {
      name: "insert_line",
      type: "integer",
      description:
        "Required parameter of `insert` command. The `new_str` will be inserted AFTER the line `insert_line` of `path`.",
      required: false,
    },
    {
      name: "view_range",
      type: "array",
      description:
        "Optional parameter of `view` command when `path` points to a file. If none is given, the full file is shown. If provided, the file will be shown in the indicated line number range, e.g. [11, 12] will show lines 11 and 12. Indexing at 1 to start. Setting `[start_line, -1]` shows all lines from `start_line` to the end of the file.",
      required: false,
    },
  ],
  async run(args, context) {
    return { text: await edit(args, context) };
  },
};

async function edit(args: ToolArguments, context: ToolContext): Promise<string> {
  const written = textArgument(args, "path") ?? "";
  const command = textArgument(args, "command") ?? "";
  const path = repositoryPath(written);
  const missing = `The path ${written} does not exist. Please provide a valid path.`;
  if (path === null) return missing;

  const below = await context.environment.list(path);
  const isFile = below.length === 1 && below[0] === path;
  const isFolder = path === "" || !isFile && below.length > 0;
  if (command !== "create" && !isFile && !isFolder) return missing;
  if (command === "create" && (isFile || isFolder)) {
    return `File already exists at: ${written}. Cannot overwrite files using command \`create\`.`;
  }
  if (isFolder && command !== "view") {
    return `The path ${written} is a directory and only the \`view\` command can be used on directories`;
  }
  const file: OpenFile = { path, written, context };
  switch (command) {
    case "view":
      return isFolder ? viewFolder(written, path, below, args) : await viewFile(file, args);
    case "create":
      return await create(file, args);
    case "str_replace":
      return await replace(file, args);
    case "insert":
      return await insert(file, args);
    case "undo_edit":
      return await undo(file);
    default:
      return `Unrecognized command ${command}. The allowed commands for the str_replace_editor tool ` +
        `are: ${COMMANDS.map((name) => `"${name}"`).join(", ")}`;
  }
}

interface OpenFile {
  readonly path: string;
  /** As the agent wrote it. */
  readonly written: string;
  readonly context: ToolContext;
}

function viewFolder(
  written: string,
  folder: string,
  files: readonly string[],
  args: ToolArguments,
): string {
  if (listArgument(args, "view_range") !== undefined) {
    return "The `view_range` parameter is not allowed when `path` points to a directory.";
  }
  const shown = new Set([folder]);
  for (const file of files) {
    const parts = (folder === "" ? file : file.slice(folder.length + 1)).split("/");
    for (const depth of [1, 2]) {
      const some = parts.slice(0, depth);
      if (some.length < depth || some.some((part) => part.startsWith("."))) break;
      shown.add([...(folder === "" ? [] : [folder]), ...some].join("/"));
    }
  }
  const lines = [...shown].toSorted().map((path) => writtenPath(path, written));
  return `Here's the files and directories up to 2 levels deep in ${written}, excluding hidden ` +
    `items:\n${lines.join("\n")}\n`;
}

async function viewFile(file: OpenFile, args: ToolArguments): Promise<string> {
  const text = await readText(file);
  const range = listArgument(args, "view_range");
  if (range === undefined) return catN(text, file.written);
  const [first, last] = (range ?? []).map(Number);
  const wrong = "Invalid `view_range`. It should be a list of two integers.";
  if (first === undefined || last === undefined || range?.length !== 2) return wrong;
  if (!Number.isInteger(first) || !Number.isInteger(last)) return wrong;
  const lines = text.split("\n");
  const given = `Invalid \`view_range\`: [${first}, ${last}].`;
  if (first < 1 || first > lines.length) {
    return `${given} Its first element \`${first}\` should be within the range of lines of the ` +
      `file: [1, ${lines.length}]`;
  }
  if (last > lines.length) {
    return `${given} Its second element \`${last}\` should be smaller than the number of lines in ` +
      `the file: \`${lines.length}\``;
  }
  if (last !== -1 && last < first) {
    return `${given} Its second element \`${last}\` should be larger or equal than its first ` +
      `\`${first}\``;
  }
  const shown = lines.slice(first - 1, last === -1 ? undefined : last);
  return catN(shown.join("\n"), file.written, first);
}

async function create(file: OpenFile, args: ToolArguments): Promise<string> {
  const text = textArgument(args, "file_text");
  if (text === undefined) return "Parameter `file_text` is required for command: create";
  const problem = await writeText(file, null, text);
  return problem ?? `File created successfully at: ${file.written}`;
}

async function replace(file: OpenFile, args: ToolArguments): Promise<string> {
  const old = textArgument(args, "old_str");
  const now = textArgument(args, "new_str") ?? "";
  if (old === undefined) return "Parameter `old_str` is required for command: str_replace";
  const text = await readText(file);
  const pieces = old === "" ? [text] : text.split(old);
  const [before = ""] = pieces;
  if (pieces.length === 1) {
    return `No replacement was performed, old_str \`${old}\` did not appear verbatim in ${file.written}.`;
  }
  if (pieces.length > 2) {
    return `No replacement was performed. Multiple occurrences of old_str \`${old}\` in lines ` +
      `[${linesOf(pieces, old).join(", ")}]. Please ensure it is unique`;
  }
  if (old === now) {
    return `No replacement was performed, old_str \`${old}\` is the same as new_str \`${now}\`.`;
  }
  const after = before + now + pieces[1];
  const problem = await writeText(file, text, after);
  if (problem !== null) return problem;
  const line = before.split("\n").length - 1;
  const first = Math.max(1, line - SNIPPET_LINES);
  const last = line + SNIPPET_LINES + now.split("\n").length - 1;
  const snippet = after.split("\n").slice(first - 1, last).join("\n");
  return `The file ${file.written} has been edited. ` +
    catN(snippet, `a snippet of ${file.written}`, first) +
    "Review the changes and make sure they are as expected. Edit the file again if necessary.";
}

async function insert(file: OpenFile, args: ToolArguments): Promise<string> {
  const at = integerArgument(args, "insert_line");
  const added = textArgument(args, "new_str");
  if (at === undefined) return "Parameter `insert_line` is required for command: insert";
  if (added === undefined) return "Parameter `new_str` is required for command: insert";
  const text = await readText(file);
  const lines = text.split("\n");
  if (!(at >= 0 && at <= lines.length)) {
    return `Invalid \`insert_line\` parameter: ${args["insert_line"]}. It should be within the ` +
      `range of lines of the file: [0, ${lines.length}]`;
  }
  const after = [...lines.slice(0, at), ...added.split("\n"), ...lines.slice(at)];
  const problem = await writeText(file, text, after.join("\n"));
  if (problem !== null) return problem;
  const first = Math.max(0, at - SNIPPET_LINES);
  const snippet = after.slice(first, at + added.split("\n").length + SNIPPET_LINES).join("\n");
  return `The file ${file.written} has been edited. ` +
    catN(snippet, "a snippet of the edited file", first + 1) +
    "Review the changes and make sure they are as expected (correct indentation, no duplicate " +
    "lines, etc). Edit the file again if necessary.";
}

async function undo({ path, written, context }: OpenFile): Promise<string> {
  const before = context.history.get(path)?.pop();
  if (before === undefined) return `No edit history found for ${written}.`;
  if (before === null) {
    await context.environment.removeFile(path);
    return `Last edit to ${written} undone successfully. The file is removed.`;
  }
  await context.environment.writeFile(path, before);
  return `Last edit to ${written} undone successfully. ${catN(before, written)}`;
}

/** A file as `cat -n` prints it. */
export function catN(text: string, what: string, first = 1): string {
  const shown = text.length > MAX_SHOWN ? text.slice(0, MAX_SHOWN) + CLIPPED : text;
  const lines = shown.split("\n").map((line, i) => `${String(first + i).padStart(6)}\t${line}`);
  return `Here's the result of running \`cat -n\` on ${what}:\n${lines.join("\n")}\n`;
}

async function readText({ path, context }: OpenFile): Promise<string> {
  const bytes = await context.environment.readFile(path);
  return textOf(bytes) ?? new TextDecoder("latin1").decode(bytes);
}

/** Writes, remembering what was there; what the environment refuses is told to the agent. */
async function writeText(
  file: OpenFile,
  before: string | null,
  after: string,
): Promise<string | null> {
  const { path, written, context } = file;
  try {
    await context.environment.writeFile(path, after);
  } catch (error) {
    if (!(error instanceof AgentError) || error.code === "closed") throw error;
    return `Ran into ${error.message} while trying to write to ${written}`;
  }
  context.history.set(path, [...context.history.get(path) ?? [], before]);
  return null;
}

/** The line that each occurrence starts on. */
function linesOf(pieces: readonly string[], separator: string): number[] {
  const breaks = (text: string) => text.split("\n").length - 1;
  let line = 1;
  return pieces.slice(0, -1).map((piece, i) => {
    line += breaks(piece) + (i > 0 ? breaks(separator) : 0);
    return line;
  });
}
