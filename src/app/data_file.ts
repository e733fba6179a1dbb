/**
 * The files beside a notebook, in `data/`, as cells open them with `FileAttachment`.
 *
 * @module
 */

import { AppError } from "./app_error.ts";

/** The content of `data/PATH`. @throws {AppError} `not-found` */
export async function openDataFile(name: string): Promise<Blob> {
  const [, path] = /^(?:\.\/)?data\/(.+)$/.exec(name) ?? [];
  const encoded = path?.split("/").map(encodeURIComponent).join("/");
  const answer = encoded === undefined ? null : await fetch(`/data/${encoded}`);
  if (answer?.ok) return await answer.blob();
  throw new AppError(
    "not-found",
    `There is no file ${JSON.stringify(name)}: put it into the data folder of the notebooks, ` +
      `and name it like "data/corpus.bundle".`,
  );
}
