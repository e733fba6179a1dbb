/**
 * The format of D_ctx_gen: tags like those of The Stack v2, in the order of time, with git's patches
 * and what developers said. To the letter of figure 7 of daVinci-Dev (arXiv 2601.18418). What the
 * figure does not show keeps The Stack v2's words (issues, hunks under review) and git's (files that
 * are new, gone or renamed).
 *
 * @module
 */
import type { ChangeUnit, Discussion } from "./change_unit.ts";
import { moreFiles, paragraph, repositoryLines, shown, type UnitTexts } from "./render_python.ts";
import type { SampleSegment } from "./sample.ts";

/** A file's change in a commit: its name and its patch as `git apply` takes it. */
export interface NamedPatch {
  readonly path: string;
  readonly text: string;
}

/** A unit as it is rendered: its files at the base, and each commit's patches. */
export interface PatchedUnit {
  readonly unit: ChangeUnit;
  /** Content at the base by path. */
  readonly base: ReadonlyMap<string, string>;
  /** One list for each commit of the unit. */
  readonly patches: readonly (readonly NamedPatch[])[];
  readonly texts: UnitTexts;
}

/** The segments of a unit in the `general` format. */
export function* renderGeneral(patched: PatchedUnit): Generator<SampleSegment> {
  const { unit, base } = patched;
  const { repository, issue, title, author, body, closedBy, merged } = unit;
  yield { role: "context", text: `# Repository Context\n${repositoryLines(repository)}` };
  yield { role: "context", text: "# Relevant Files Context\n" };
  for (const [path, text] of shown(base)) {
    yield { role: "context", text: `## ${path}\n` };
    yield { role: "file", text: ended(text) };
  }
  yield { role: "context", text: `${moreFiles(base)}Response:\n` };
  if (issue !== undefined) {
    yield {
      role: "problem",
      text: `<issue>Title: ${issue.title}\n${says(issue.author, issue.body)}`,
    };
    for (const comment of issue.comments) {
      yield { role: "review", text: `<issue_comment>${says(comment.author, comment.body)}` };
    }
  }
  yield { role: "problem", text: `<pr>Title: ${title}\n${says(author, body)}` };
  for (const event of inOrderOfTime(patched)) yield* event.segments;
  yield {
    role: "context",
    text: `${closedBy === undefined ? "" : `<pr>${closedBy}\n`}` +
      `<pr_status>${merged || closedBy !== undefined ? "closed" : "open"}\n` +
      `<pr_is_merged>${merged ? "True" : "False"}\n`,
  };
}

/** A patch without what the name before it tells: hunks, and that a file is new, gone or renamed. */
export function shortPatch(text: string): string {
  const start = text.search(/^@@ /m);
  const head = start < 0 ? text : text.slice(0, start);
  const kept = head.split("\n").filter((line) => KEPT_HEADERS.test(line));
  return kept.map((line) => `${line}\n`).join("") + (start < 0 ? "" : text.slice(start));
}

const KEPT_HEADERS = /^(new file mode|deleted file mode|old mode|new mode|rename from|rename to) /;

interface Event {
  readonly atMs: number;
  readonly segments: readonly SampleSegment[];
}

/** Commits stay in their own order, whatever their dates say. */
function inOrderOfTime({ unit, patches, texts }: PatchedUnit): Event[] {
  let latest = -Infinity;
  const commits = unit.commits.map((commit, i): Event => {
    latest = Math.max(latest, commit.committer.timestampMs);
    const message = texts.messages[i] ?? commit.message;
    return {
      atMs: latest,
      segments: [
        { role: "thought", text: `<pr_commit>${says(commit.author.name, message)}` },
        ...(patches[i] ?? []).map(({ path, text }): SampleSegment => ({
          role: "edit",
          text: `<commit_file>${path}\n<patch>\n${ended(shortPatch(text))}</patch>\n`,
        })),
      ],
    };
  });
  const discussion = unit.discussion.map((event): Event => ({
    atMs: event.createdMs,
    segments: [{ role: "review", text: discussionText(event) }],
  }));
  return [...commits, ...discussion].sort((a, b) => a.atMs - b.atMs);
}

function discussionText(event: Discussion): string {
  switch (event.kind) {
    case "comment":
      return `<pr_comment>${says(event.author, event.body)}`;
    case "review":
      return `<pr_review>${says(event.author, event.body)}<pr_review_state>${event.state}\n`;
    case "thread":
      return `<pr_diff_hunk>${event.path}\n${paragraph(event.hunk)}` +
        event.comments.map(({ author, body }) => `<pr_review_comment>${says(author, body)}`)
          .join("");
  }
}

function says(author: string, text: string): string {
  return `${author}: ${text.replaceAll("\r\n", "\n").trim()}`.trimEnd() + "\n";
}

function ended(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
