/**
 * The short format of turns: one line a call, code without the spaces that it does not need, of an
 * observation what an agent goes on from. Models write it, and the tools read the calls that it stands for.
 *
 * @module
 */
import { type Decision, writeCall } from "../agent/mod.ts";
import type { Step, ToolCall } from "../trajectory/mod.ts";

/** A text of code without indentation and without spaces beside signs; strings stay as they are. */
export function tight(text: string): string {
  return text.split("\n").map(tightLine).filter((line) => line !== "").join("\n");
}

/** The problem without what only sets it off. */
export function shortProblem(problem: string): string {
  return tight(problem.replaceAll("`", ""));
}

/** A file with its path above. */
export function shortFile(path: string, text: string): string {
  return `${shortPath(path)}\n${tight(text)}`;
}

/** A path; that of a module of the sources is its name alone. */
export function shortPath(path: string): string {
  return /^(?:\.\/)?src\/(\w+)\.js$/.exec(path)?.[1] ?? path;
}

/** What the agent did in a step; what it wrote where that is no call. */
export function shortTurn({ thought, calls: [call] }: Step): string {
  return call === undefined ? thought : shortCall(call);
}

/** An edit of a function. */
export function shortEdit(path: string, code: string): string {
  return `edit ${shortPath(path)}\n${tight(code)}`;
}

/** What came back. */
export function shortObservation({ calls: [call], observations: [observation] }: Step): string {
  const text = observation?.text ?? "";
  switch (call?.name) {
    case "str_replace_editor":
      return shortView(text);
    case "rewrite_function":
      return text.startsWith("The function ") ? "ok" : "error";
    case "find_file":
      return sourcePaths(text);
    case "search_dir":
      return text.match(DEFINITION)?.map((line) =>
        line.replace(/^(?:\.\/)?src\/(.*)\.js:\d+:.*function /, "$1:")
      ).join("\n") ??
        "none";
    case "run_tests":
      return shortTests(text);
    default:
      return "error";
  }
}

/** The call that a text stands for, or none. */
export function readShortTurn(text: string): Decision {
  const [head = "", ...lines] = text.trim().split("\n");
  const [verb = "", what = "", ...more] = head.split(" ");
  const isOneLine = lines.length === 0 && more.length === 0;
  const call = (name: string, args: Readonly<Record<string, string>>): Decision => {
    return { thought: "", calls: [writeCall("function", name, args)], text };
  };
  if (verb === "edit" && lines.length > 0) {
    return call("rewrite_function", { path: longPath(what), new_code: lines.join("\n") });
  }
  if (isOneLine && verb === "view") return call(EDITOR, { command: "view", path: longPath(what) });
  if (isOneLine && verb === "search") return call("search_dir", { search_term: what });
  if (isOneLine && verb === "list") return call("find_file", { file_name: "*.js" });
  if (isOneLine && verb === "test") return call("run_tests", {});
  if (isOneLine && verb === "submit") return call("submit", {});
  return { thought: text, calls: [], text };
}

function longPath(path: string): string {
  return /^\w+$/.test(path) ? `src/${path}.js` : path;
}

const EDITOR = "str_replace_editor";

function shortCall({ name, arguments: args, text }: ToolCall): string {
  const path = String(args["path"] ?? "");
  switch (name) {
    case EDITOR:
      return path === "." ? "list" : `view ${shortPath(path)}`;
    case "rewrite_function":
      return shortEdit(path, String(args["new_code"] ?? ""));
    case "find_file":
      return "list";
    case "search_dir":
      return `search ${String(args["search_term"] ?? "")}`;
    case "run_tests":
      return "test";
    case "submit":
      return "submit";
    default:
      return text;
  }
}

/** A file as `cat -n` shows it, or the files of a folder. */
function shortView(text: string): string {
  const file = /^Here's the result of running `cat -n` on (.*):$/m.exec(text)?.[1];
  if (file === undefined) return text.startsWith("Here's the files") ? sourcePaths(text) : "error";
  const lines = text.split("\n").flatMap((line) => /^\s*\d+\t(.*)$/.exec(line)?.[1] ?? []);
  return shortFile(file, lines.join("\n"));
}

function sourcePaths(text: string): string {
  return text.match(/^(?:\.\/)?src\/\S+\.js$/gm)?.map(shortPath).join("\n") ?? "none";
}

/** The first tests that fail, each with what it gave and what was expected. */
function shortTests(text: string): string {
  const failed = [...text.matchAll(FAILURE)].slice(0, MOST_FAILURES).map(
    ([, test = "", rest = ""]) => {
      const values = /(?:equal|throw[^:]*): (.*)$/m.exec(rest)?.[1] ?? rest.trim().split("\n")[0] ??
        "";
      return tight(`fail ${test.split(" ")[0] ?? ""} ${values.replace(" !== ", " want ")}`);
    },
  );
  if (failed.length > 0) return failed.join("\n");
  return / 0 failed/.test(text) ? "pass" : "error";
}

/** Failing tests that are told. */
const MOST_FAILURES = 2;

const FAILURE = /^not ok \S+ > (.*)\n((?: {2}.*\n)*)/gm;

const DEFINITION = /^(?:\.\/)?src\/[^:\n]+:\d+:.*\bfunction \w+/gm;

function tightLine(line: string): string {
  const parts = line.trim().replace(/^export (?=function )/, "").split(STRING);
  return parts.map((part, at) => at % 2 === 1 ? part : tightPart(part)).join("");
}

function tightPart(part: string): string {
  // `a - -b` without its second space would be another thing.
  return part.replace(/([+-]) +(?=\1)/g, "$1\0").replace(SPACES, "$1").replaceAll("\0", " ");
}

/** Strings, which keep their spaces. */
const STRING = /("(?:[^"\\\n]|\\.)*"|`[^`]*`)/;

const SPACES = / *([^\w\s"\0]) */g;
