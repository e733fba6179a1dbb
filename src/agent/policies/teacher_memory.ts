/**
 * What a teacher has observed, gathered from the steps so far. It decides by nothing else.
 *
 * @module
 */
import type { Step } from "../../trajectory/mod.ts";
import { replaceFunction } from "../tools/rewrite_function.ts";
import { repositoryPath } from "../tools/repository_path.ts";
import type { Conversation } from "./policy.ts";

/** An edit that was made. */
export interface MadeEdit {
  readonly path: string;
  readonly after: string;
}

/** What is known from observations alone. */
export interface Memory {
  /** Problem and observations, one after the other. */
  readonly seen: string;
  /** Files as they were seen, with the edits since. */
  readonly views: ReadonlyMap<string, string>;
  /** Words that were searched for. */
  readonly searched: ReadonlySet<string>;
  readonly listed: boolean;
  readonly edits: readonly MadeEdit[];
  /** What the last test run printed; undefined if there was none. */
  readonly tests?: string;
  /** Whether tests ran after the last edit. */
  readonly tested: boolean;
  /** Whether the last call was refused. */
  readonly refused: boolean;
}

/** Gathers what was observed. */
export function remember({ messages, steps }: Conversation): Memory {
  const seen = [messages.find(({ role }) => role === "user")?.text ?? ""];
  const views = new Map<string, string>();
  const searched = new Set<string>();
  const edits: MadeEdit[] = [];
  let listed = false;
  let tests: string | undefined;
  let tested = false;
  let refused = false;
  for (const step of steps) {
    const text = step.observations[0]?.text ?? "";
    const action = readAction(step);
    seen.push(text);
    refused = REFUSAL.test(text);
    if (action.kind === "list") listed = true;
    if (action.kind === "search") searched.add(action.term);
    if (action.kind === "view" && !refused) views.set(action.path, numberedLines(text));
    if (action.kind === "edit" && !refused) {
      edits.push(action);
      views.set(action.path, action.apply(views.get(action.path) ?? ""));
      tested = false;
    }
    if (action.kind === "test") {
      tests = text;
      tested = true;
    }
  }
  return {
    seen: seen.join("\n"),
    views,
    searched,
    listed,
    edits,
    tested,
    refused,
    ...(tests !== undefined && { tests }),
  };
}

/** Whether a path is named in what was seen, or imported by a file that was. */
export function isPathKnown({ seen, views }: Memory, path: string): boolean {
  if (named(seen, path)) return true;
  return [...views].some(([viewed, text]) => importsOf(viewed, text).includes(path));
}

/** The files of the repository that a module imports. */
export function importsOf(path: string, text: string): string[] {
  const found = text.matchAll(/(?:from|import|require\()\s*["'](\.{1,2}\/[^"']+)["']/g);
  return [...found].map(([, specifier = ""]) =>
    new URL(specifier, `file:///${path}`).pathname.slice(1)
  );
}

/** Whether a word stands in a text as a whole. */
export function named(text: string, word: string): boolean {
  const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?<![\\w$.-])${escaped}(?![\\w$-])`).test(text);
}

/** Whether a test run failed, by what it printed. */
export function looksFailing(output: string): boolean {
  return /^not ok |\b[1-9]\d* (failed|failing|failures?|errors?)\b|^# fail [1-9]/m.test(output);
}

/** What editors, searches and the scaffold say when they did not do what was asked. */
const REFUSAL =
  /^(No (replacement|rewrite) was performed|The path .* does not exist|Your (action|last output) |Invalid `|File already exists|Ran into )/;

type Action =
  | { kind: "view"; path: string }
  | { kind: "edit"; path: string; after: string; apply: (text: string) => string }
  | { kind: "search"; term: string }
  | { kind: "list" | "test" | "other" };

function readAction({ calls: [call] }: Step): Action {
  if (call === undefined) return { kind: "other" };
  const text = (name: string) => String(call.arguments[name] ?? "");
  const path = repositoryPath(text("path")) ?? "";
  if (call.name === "run_tests") return { kind: "test" };
  if (call.name === "find_file") return { kind: "list" };
  if (call.name === "search_dir") return { kind: "search", term: text("search_term") };
  if (call.name === "bash") return readCommand(text("command"));
  if (call.name === "rewrite_function") {
    const after = text("new_code");
    return { kind: "edit", path, after, apply: (view) => rewritten(view, after) };
  }
  if (call.name !== "str_replace_editor") return { kind: "other" };
  const command = text("command");
  if (command === "view") return path === "" ? { kind: "list" } : { kind: "view", path };
  if (command === "create") {
    const after = text("file_text");
    return { kind: "edit", path, after, apply: () => after };
  }
  if (command !== "str_replace") return { kind: "other" };
  const [before, after] = [text("old_str"), text("new_str")];
  return { kind: "edit", path, after, apply: (view) => view.replace(before, () => after) };
}

/** The commands that a teacher with a shell writes. */
function readCommand(command: string): Action {
  const term = /^grep -rn .*-- '(.*)' /.exec(command)?.[1];
  if (term !== undefined) return { kind: "search", term };
  return { kind: command.startsWith("find ") ? "list" : "test" };
}

function rewritten(view: string, code: string): string {
  const result = replaceFunction(view, code);
  return "text" in result ? result.text : view;
}

/** The file that `cat -n` shows. */
function numberedLines(text: string): string {
  return text.split("\n").flatMap((line) => /^\s*\d+\t(.*)$/.exec(line)?.[1] ?? []).join("\n");
}
