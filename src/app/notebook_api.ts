/**
 * The notebooks as the server keeps them, asked for with the token that the page was served with.
 *
 * @module
 */

import { pageToken, TOKEN_HEADER } from "../remote/page_server.ts";
import type { NotebookEntry, ServerErrorCode } from "../server/mod.ts";
import { AppError } from "./app_error.ts";

export type { NotebookEntry };

/** The text of a notebook and the version that it is, for saving over it. */
export interface StoredNotebook {
  readonly html: string;
  readonly etag: string;
}

/** All notebooks of the folder, by name. @throws {AppError} */
export async function listNotebooks(): Promise<NotebookEntry[]> {
  return await (await ask("/api/notebooks")).json();
}

/** @throws {AppError} `not-found`, `bad-name` and others of the server */
export async function readNotebook(name: string): Promise<StoredNotebook> {
  const answer = await ask(pathOf(name));
  return { html: await answer.text(), etag: answer.headers.get("etag") ?? "" };
}

/**
 * Saves over the version `etag`, or, where it is null, under a name that is free; gives the version
 * that was written.
 *
 * @throws {AppError} `conflict` if the folder holds another version, `exists` if the name is taken
 */
export async function saveNotebook(
  name: string,
  html: string,
  etag: string | null,
): Promise<string> {
  const condition: HeadersInit = etag === null ? { "if-none-match": "*" } : { "if-match": etag };
  const answer = await ask(pathOf(name), { method: "PUT", body: html, headers: condition });
  return (await answer.json() as { etag: string }).etag;
}

/** Saves as `name` or, if that is taken, as `name (2)` and so on; gives the name that was free. */
export async function saveAsNew(
  name: string,
  html: string,
): Promise<{ name: string; etag: string }> {
  const stem = name.replace(/( \(\d+\))?\.html$/, "");
  for (let count = 1;; count++) {
    const free = count === 1 ? `${stem}.html` : `${stem} (${count}).html`;
    try {
      return { name: free, etag: await saveNotebook(free, html, null) };
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "exists" || count === 99) throw error;
    }
  }
}

function pathOf(name: string): string {
  return `/api/notebooks/${encodeURIComponent(name)}`;
}

/** A request to the server, with the page's token. @throws {AppError} */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set(TOKEN_HEADER, pageToken());
  const answer = await reach(path, { ...init, headers });
  if (answer.ok) return answer;
  const { code, message } = await answer.json() as { code: ServerErrorCode; message: string };
  throw new AppError(code, message);
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch (cause) {
    throw new AppError(
      "offline",
      "The workbench's server does not answer. Start it again in its terminal; nothing is lost.",
      { cause },
    );
  }
}
