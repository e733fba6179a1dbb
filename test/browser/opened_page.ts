/**
 * A page of the workbench in Chromium, and the few things that tests do with cells.
 *
 * @module
 */

import type { Browser, Locator, Page } from "playwright-core";
import type { ServeOptions } from "../../src/server/mod.ts";
import { PATIENCE_MS, startWorkbench } from "../support/browser.ts";
import type { StartedServer } from "../server/started_server.ts";

export interface OpenedPage extends AsyncDisposable {
  readonly page: Page;
  readonly server: StartedServer;
  /** What the page logged as warning or error, and what it threw. */
  readonly complaints: readonly string[];
  /** Where the page's requests went, other than its own server. */
  readonly strangers: readonly string[];
  /** Opens a notebook and waits until its cells are there. */
  open(name: string): Promise<void>;
  cell(id: number): Locator;
  /** Waits until the cell has this status. */
  status(id: number, status: string): Promise<void>;
  /** Puts `text` in place of the cell's source, and runs it unless told not to. */
  write(id: number, text: string, run?: boolean): Promise<void>;
}

/** Starts a server over `files` and opens its first page in a context of its own. */
export async function openPage(
  browser: Browser,
  files: Readonly<Record<string, string>> = {},
  options: ServeOptions = {},
): Promise<OpenedPage> {
  const server = await startWorkbench(files, options);
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  // A cell may train a model, on a machine that has other things to do.
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  const strangers: string[] = [];
  page.on("console", (message) => {
    if (["warning", "error"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(server.url)) {
      strangers.push(request.url());
    }
  });
  await page.goto(server.url);
  const cell = (id: number) => page.locator(`#cell-${id}`);
  return {
    page,
    server,
    complaints,
    strangers,
    cell,
    async open(name) {
      await page.goto(`${server.url}#/notebooks/${encodeURIComponent(name)}`);
      await page.locator(".cell").first().waitFor();
    },
    status: (id, status) => page.locator(`#cell-${id}[data-status="${status}"]`).waitFor(),
    async write(id, text, run = true) {
      await cell(id).focus();
      await page.keyboard.press("Enter");
      await cell(id).locator(".cm-content:focus").waitFor();
      await page.keyboard.press("Control+a");
      await page.keyboard.insertText(text);
      if (run) await page.keyboard.press("Control+Enter");
    },
    async [Symbol.asyncDispose]() {
      await context.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** A notebook file of cells, each `[mode, source]`; all sources are shown. */
export function notebookOf(
  title: string,
  cells: readonly (readonly ["js" | "ts" | "md" | "html", string])[],
): string {
  const types = { js: "module", ts: "text/x-typescript", md: "text/markdown", html: "text/html" };
  const scripts = cells.map(([mode, source], index) =>
    `  <script id="${index + 1}" type="${types[mode]}" pinned="">\n` +
    source.split("\n").map((line) => `    ${line}\n`).join("") + `  </script>\n`
  );
  return `<!doctype html>\n<notebook theme="air">\n  <title>${title}</title>\n${
    scripts.join("")
  }</notebook>\n`;
}
