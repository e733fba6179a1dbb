/**
 * What kind of action a tool call is, across scaffolds that name their tools differently.
 *
 * @module
 */

import type { ToolCall } from "../trajectory/mod.ts";
import type { ActionKind } from "./agent_cycles.ts";

/** A tool call, by what it does. */
export interface Action {
  /**
   * The tool; for one that has commands of its own or is a shell, with what was called in it:
   * `str_replace_editor view`, `bash grep`.
   */
  readonly tool: string;
  readonly kind: ActionKind;
}

/**
 * Classifies a call by its name and its command. Creating a file is an edit, as is a shell's command
 * that writes one; running a file whose name says test is a test run, as is a test runner.
 *
 * @example
 * ```ts
 * import { actionOf } from "bottega";
 * const command = "cd /testbed && python -m pytest tests/ -q";
 * const action = actionOf({ name: "bash", arguments: { command }, text: command });
 * // { tool: "bash pytest", kind: "test" }
 * ```
 */
export function actionOf(call: Pick<ToolCall, "name" | "arguments" | "text">): Action {
  const name = call.name.trim() || "(no name)";
  const command = call.arguments["command"];
  if (typeof command === "string" && EDITOR.test(name)) {
    const [what = ""] = command.trim().split(/\s/, 1);
    return { tool: `${name} ${what}`, kind: EDITOR_EDITS.has(what) ? "edit" : "other" };
  }
  if (SHELL.test(name)) return shellAction(name, shellText(call));
  // Scaffolds that take bare command lines name a call by its program: `python -m pytest`.
  if (TEST_TOOL.test(name) || isTestRun(call.text)) return { tool: name, kind: "test" };
  return { tool: name, kind: EDIT_TOOL.test(name) ? "edit" : "other" };
}

const EDITOR = /edit/i;
const EDITOR_EDITS = new Set(["create", "str_replace", "insert", "undo_edit", "write"]);
const EDIT_TOOL =
  /(^|_)(edit|create|insert|append|replace|rewrite|write|patch|rm|mv|delete|rename)(_|$)/i;
const TEST_TOOL = /^run_tests?$|^test$|^pytest$/i;
const SHELL = /^(bash|sh|shell|execute_bash|run_command|execute_command|terminal|cmd|exec)$/i;

function shellText({ arguments: { command, cmd }, text }: Pick<ToolCall, "arguments" | "text">) {
  if (typeof command === "string") return command;
  return typeof cmd === "string" ? cmd : text;
}

function shellAction(name: string, text: string): Action {
  const parts = simpleCommands(text);
  const [main = ""] = parts.filter((part) => !/^(cd|export|set|source|\.|pushd|popd)\b/.test(part));
  const tool = `${name} ${programOf(main)}`.trimEnd();
  if (isTestRun(text)) return { tool, kind: "test" };
  return { tool, kind: parts.some(writesFile) || WRITES.test(firstLine(text)) ? "edit" : "other" };
}

/** The commands of a line, what stands between `&&`, `;`, `|` and line ends; no quoting is resolved. */
function simpleCommands(text: string): string[] {
  return text.slice(0, MOST_CHARACTERS).split(/&&|\|\||[;|\n]/)
    .map((part) =>
      part.trim().replace(/^(\w+=\S*\s+)+/, "").replace(/^(sudo|time|timeout \S+)\s+/, "")
    )
    .filter((part) => part !== "");
}

/** `python -m pytest` is `pytest`, `/usr/bin/grep -r` is `grep`. */
function programOf(command: string): string {
  const module = /^python[\d.]*\s+-m\s+([\w.]+)/.exec(command)?.[1];
  const [word = ""] = command.split(/\s/, 1);
  return (module ?? word.split("/").at(-1) ?? "").replace(/[^\w.+-]/g, "").slice(0, 24);
}

function isTestRun(text: string): boolean {
  return simpleCommands(text).some((part) => RUNS_TESTS.test(part) && !ONLY_ASKS.test(part));
}

const RUNS_TESTS = new RegExp(
  "^(" + [
    String.raw`(python[\d.]*\s+-m\s+)?(pytest|py\.test|unittest|nose2?|nosetests|tox|nox|trial)\b`,
    String.raw`python[\d.]*\s+(-\S+\s+)*(\S*/)?(tests?[_\w-]*|[\w-]*_tests?|run_?tests)\.py\b`,
    String.raw`python[\d.]*\s+\S*manage\.py\s+test\b`,
    String.raw`(\S*/)?(runtests|run_tests)(\.\w+)?\b`,
    String.raw`(npm|yarn|pnpm|bun)\s+(run\s+)?test\b`,
    String.raw`((npx|bunx)\s+)?(jest|vitest|mocha|ava|karma)\b`,
    String.raw`(deno|go|cargo|dotnet|swift|zig|mix|sbt|lein)\s+test\b`,
    String.raw`node\s+--test\b`,
    String.raw`(mvn|\S*mvnw|gradle|\S*gradlew)\b.*\btest`,
    String.raw`(make|ninja|bazel)\b.*\b(test|check)`,
    String.raw`(bundle\s+exec\s+)?(rspec|rake\s+test)\b`,
    String.raw`(\S*/)?phpunit\b|ctest\b`,
  ].join("|") + ")",
);

const ONLY_ASKS = /--(version|help|collect-only|co)\b/;

/** A here-document or a redirection into a file, on the line where it begins. */
const WRITES = /(^|[^0-9&>])>>?\s*(?!\/dev\/null|&)[\w./~$"'-]/;

function writesFile(command: string): boolean {
  return /^(sed|perl|ruby)\b.*\s-\w*i/.test(command) ||
    /^(patch|git\s+(apply|am)|tee|rm|mv|cp|touch)\b/.test(command);
}

function firstLine(text: string): string {
  // Quoted text may hold a greater-than sign that redirects nothing.
  return (text.slice(0, MOST_CHARACTERS).split("\n", 1)[0] ?? "").replace(/"[^"]*"|'[^']*'/g, '""');
}

const MOST_CHARACTERS = 20_000;
