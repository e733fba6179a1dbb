/**
 * The format of D_ctx_py: Markdown, with search-and-replace edits commit by commit. To the letter of
 * figure 6 of daVinci-Dev (arXiv 2601.18418); what the figure does not show (insert, create, delete,
 * rename) is worded alike.
 *
 * @module
 */
import type { ChangeUnit } from "./change_unit.ts";
import type { Edit } from "./edit.ts";
import { fencedFile, fencedPiece } from "./markdown_fence.ts";
import type { SampleSegment } from "./sample.ts";

/** What a language model, or the original text, says of a unit. */
export interface UnitTexts {
  /** One to four sentences on the whole; none without a model. */
  readonly summary?: string | undefined;
  /** A message for each commit. */
  readonly messages: readonly string[];
}

/** A unit as it is rendered: its files at the base, and each commit's edits. */
export interface EditedUnit {
  readonly unit: ChangeUnit;
  /** Content at the base by path. */
  readonly base: ReadonlyMap<string, string>;
  /** One list for each commit of the unit. */
  readonly edits: readonly (readonly Edit[])[];
  readonly texts: UnitTexts;
}

/** More files than this are told by their number. */
export const MOST_FILES_SHOWN = 50;

/** The segments of a unit in the `python` format. */
export function* renderPython({ unit, base, edits, texts }: EditedUnit): Generator<SampleSegment> {
  const { repository, issue, title, body } = unit;
  yield { role: "context", text: `# Repository Context\n${repositoryLines(repository)}` };
  if (issue !== undefined) {
    yield { role: "problem", text: `# Issue\n## ${issue.title}\n${paragraph(issue.body)}` };
  }
  yield { role: "problem", text: `# Pull Request\n## ${title}\n${paragraph(body)}` };
  yield { role: "context", text: "# Relevant Files Found\n" };
  for (const [path, text] of shown(base)) {
    yield { role: "context", text: `## ${path}\n` };
    yield { role: "file", text: fencedFile(text) };
  }
  yield { role: "context", text: `${moreFiles(base)}# Edits\n` };
  yield { role: "summary", text: paragraph(texts.summary ?? "") };
  for (const [i, commitEdits] of edits.entries()) {
    yield { role: "thought", text: paragraph(withoutSignatures(texts.messages[i] ?? "")) };
    for (const edit of commitEdits) yield { role: "edit", text: editText(edit) };
  }
}

/** An edit in words, as it stands in a sample. */
export function editText(edit: Edit): string {
  switch (edit.kind) {
    case "str_replace":
      return `Edit: ${edit.path}\nSearch:\n${fencedPiece(edit.search)}` +
        `Replace:\n${fencedPiece(edit.replace)}`;
    case "insert":
      return `Insert: ${edit.path}\nAfter line: ${edit.line}\nText:\n${fencedFile(edit.text)}`;
    case "create":
      return `Create: ${edit.path}\nText:\n${fencedFile(edit.text)}`;
    case "delete":
      return `Delete: ${edit.path}\n`;
    case "rename":
      return `Rename: ${edit.path}\nTo: ${edit.newPath}\n`;
  }
}

/** Name and, where there is one, description. */
export function repositoryLines({ name, description }: ChangeUnit["repository"]): string {
  const told = (description ?? "").trim().replace(/\s+/g, " ");
  return `Name: ${name}\n${told === "" ? "" : `Description: ${told}\n`}`;
}

/** Text that ends with one line feed; nothing stays nothing. */
export function paragraph(text: string): string {
  const trimmed = text.replaceAll("\r\n", "\n").trim();
  return trimmed === "" ? "" : `${trimmed}\n`;
}

/** The files that are shown in full. */
export function shown<T>(base: ReadonlyMap<string, T>): [string, T][] {
  return [...base].slice(0, MOST_FILES_SHOWN);
}

/** A line about the files that are not shown. */
export function moreFiles(base: ReadonlyMap<string, string>): string {
  const more = base.size - MOST_FILES_SHOWN;
  return more > 0 ? `(${more} more files)\n` : "";
}

/** A message without the lines that name and mail developers. */
export function withoutSignatures(message: string): string {
  return message.replace(
    /^(signed-off|co-authored|reviewed|acked|tested|reported)-by:.*$\n?/gim,
    "",
  );
}
