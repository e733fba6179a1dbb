/**
 * What a long work has done so far, a line of JSON each, so that another attempt goes on after it.
 *
 * @module
 */
import { piecesOf, readText, type RunFiles } from "../../train/mod.ts";

/** The rows of a journal, and how they become more. */
export interface Journal<Row> {
  readonly rows: readonly Row[];
  add(row: Row): Promise<void>;
}

/** Opens the journal of a run's files; a last line that was cut is left out. */
export async function openJournal<Row>(files: RunFiles, path: string): Promise<Journal<Row>> {
  const lines = (await readText(files, path) ?? "").split("\n").slice(0, -1);
  // The next line must not be joined to one that was cut.
  await files.write(path, piecesOf(lines.map((line) => `${line}\n`).join("")));
  const rows: Row[] = lines.map((line) => JSON.parse(line));
  return {
    rows,
    async add(row) {
      await files.append(path, `${JSON.stringify(row)}\n`);
      rows.push(row);
    },
  };
}
