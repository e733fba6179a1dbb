/**
 * The rival's samples: Agentless-style steps, each on its own, as Kimi-Dev trains on them (arXiv
 * 2509.23045, section 3): localise the files, then edit them, once for the fix and once for its tests.
 * The prompt comes first and is masked in training; only the answer counts.
 *
 * @module
 */
import type { ChangeUnit, Issue } from "./change_unit.ts";
import { CorpusError } from "./corpus_error.ts";
import type { Edit } from "./edit.ts";
import { type EditContext, fileEdits } from "./file_edits.ts";
import { isTestPath } from "./languages.ts";
import { fencedFile } from "./markdown_fence.ts";
import { paragraph, repositoryLines, withoutSignatures } from "./render_python.ts";
import type { SampleSegment } from "./sample.ts";

/** Who is at work: one mends the code, the other writes the tests that show the fault. */
export const FACTORIZED_PARTS = [
  "fix-localize",
  "fix-edit",
  "test-localize",
  "test-edit",
] as const;

export type FactorizedPart = typeof FACTORIZED_PARTS[number];

/** One step of one unit. */
export interface FactorizedSample {
  readonly part: FactorizedPart;
  readonly edits: readonly Edit[];
  readonly segments: readonly SampleSegment[];
}

/** A unit as these samples need it: whole files, before and after. */
export interface NetUnit {
  readonly unit: ChangeUnit;
  /** Content at the base by path. */
  readonly base: ReadonlyMap<string, string>;
  /** Content at the head by path, of the same files and those that came. */
  readonly head: ReadonlyMap<string, string>;
  /** Source files of the repository at the base. */
  readonly sources: readonly string[];
  readonly isSource: (path: string) => boolean;
}

/** Kimi-Dev's limits. */
const MOST_FILES = 3;
const MOST_BLOCKS = 5;
/** A longer list of the repository's files is cut, around those that are wanted. */
const MOST_LISTED = 2_000;

/**
 * The steps that a unit gives: none for a side whose files came or went, are more than three, or need
 * more than five edits, or one whose place cannot be told.
 */
export function renderFactorized(net: NetUnit, context: EditContext = {}): FactorizedSample[] {
  const changed = [...new Set([...net.base.keys(), ...net.head.keys()])]
    .filter((path) => net.isSource(path) && net.base.get(path) !== net.head.get(path));
  return [
    ...stepsOf(net, "fix", changed.filter((path) => !isTestPath(path)), context),
    ...stepsOf(net, "test", changed.filter(isTestPath), context),
  ];
}

function stepsOf(
  net: NetUnit,
  side: "fix" | "test",
  paths: readonly string[],
  context: EditContext,
): FactorizedSample[] {
  if (paths.length === 0 || paths.length > MOST_FILES) return [];
  const edits = netEdits(net, paths, context);
  if (edits === undefined || edits.length > MOST_BLOCKS) return [];
  return [
    { part: `${side}-localize`, edits: [], segments: localizeSegments(net, side, paths) },
    { part: `${side}-edit`, edits, segments: editSegments(net, side, paths, edits) },
  ];
}

/** Edits of files that were there and are there, or nothing where one of them is no replacement. */
function netEdits(
  { base, head }: NetUnit,
  paths: readonly string[],
  context: EditContext,
): Edit[] | undefined {
  const edits: Edit[] = [];
  for (const path of paths) {
    const [before, after] = [base.get(path), head.get(path)];
    if (before === undefined || after === undefined) return undefined;
    try {
      const change = { before: { path, text: before }, after: { path, text: after } };
      edits.push(...fileEdits(change, context));
    } catch (error) {
      if (error instanceof CorpusError) return undefined;
      throw error;
    }
  }
  return edits.every(({ kind }) => kind === "str_replace") ? edits : undefined;
}

function localizeSegments(
  net: NetUnit,
  side: "fix" | "test",
  paths: readonly string[],
): SampleSegment[] {
  const wanted = side === "fix"
    ? "Which files have to be edited to solve it?"
    : "Which test files have to be edited so that a test shows it?";
  return [
    ...problemSegments(net.unit),
    { role: "context", text: `# Repository Structure\n${fencedFile(structure(net, paths))}` },
    {
      role: "context",
      text:
        `${wanted} Answer with at most five full paths, one a line, the most important first, ` +
        "between two lines of three backticks.\n# Answer\n",
    },
    { role: "action", text: fencedFile(paths.map((path) => `${path}\n`).join("")) },
  ];
}

function editSegments(
  net: NetUnit,
  side: "fix" | "test",
  paths: readonly string[],
  edits: readonly Edit[],
): SampleSegment[] {
  const wanted = side === "fix"
    ? "Edit these files to solve it."
    : "Edit these tests so that one of them fails as long as it is not solved.";
  return [
    ...problemSegments(net.unit),
    ...paths.flatMap((path): SampleSegment[] => [
      { role: "context", text: `### ${path}\n` },
      { role: "file", text: fencedFile(net.base.get(path) ?? "") },
    ]),
    {
      role: "context",
      text:
        `${wanted} Answer with blocks of the lines to search for, which must stand in the file ` +
        "once, and the lines to replace them with.\n# Answer\n",
    },
    { role: "thought", text: discussionText(net.unit.issue) },
    ...edits.map((edit): SampleSegment => ({ role: "edit", text: blockText(edit) })),
  ];
}

/** The issue, or the title of the pull request where there is none. */
function problemSegments({ repository, issue, title }: ChangeUnit): SampleSegment[] {
  const text = issue === undefined ? title : `${issue.title}\n${paragraph(issue.body)}`;
  return [
    { role: "context", text: `# Repository\n${repositoryLines(repository)}# Problem\n` },
    { role: "problem", text: paragraph(withoutSignatures(text)) },
  ];
}

/** What was said about the issue stands for the reasoning before the answer. */
function discussionText(issue: Issue | undefined): string {
  return (issue?.comments ?? []).map(({ body }) => paragraph(body)).join("");
}

function blockText(edit: Edit): string {
  if (edit.kind !== "str_replace") return "";
  const replace = edit.replace === "" ? "" : `${edit.replace}\n`;
  const block = `### ${edit.path}\n<<<<<<< SEARCH\n${edit.search}\n=======\n${replace}` +
    ">>>>>>> REPLACE\n";
  return fencedFile(block);
}

/** Paths of source files, sorted; of a large repository those nearest to the wanted ones. */
function structure({ sources }: NetUnit, wanted: readonly string[]): string {
  const all = [...new Set([...sources, ...wanted])].sort();
  const near = (path: string) =>
    Math.max(...wanted.map((other) => sharedFolders(path, other))) * -1;
  const kept = all.length <= MOST_LISTED
    ? all
    : all.toSorted((a, b) => near(a) - near(b)).slice(0, MOST_LISTED).sort();
  return kept.map((path) => `${path}\n`).join("");
}

function sharedFolders(one: string, other: string): number {
  const [a, b] = [one.split("/"), other.split("/")];
  let shared = 0;
  while (shared < a.length && a[shared] === b[shared]) shared++;
  return shared;
}
