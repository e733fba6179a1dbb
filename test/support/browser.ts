/**
 * The real workbench in a real Chromium: the page is built where it has changed, served from a
 * temporary folder of notebooks, and opened.
 *
 * @module
 */

import { type Browser, chromium } from "playwright-core";
import { buildApp } from "../../src/server/app_build.ts";
import type { ServeOptions } from "../../src/server/mod.ts";
import { type StartedServer, startServer } from "../server/started_server.ts";
import { findChromium } from "./machine.ts";

/** Headless, with software WebGPU where there is no GPU, and without calls to its maker. */
const FLAGS = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/** Path of the Chromium that the tests use; null where the machine has none. */
export const CHROMIUM = findChromium();

if (CHROMIUM === null) console.warn("skipped: no Chromium found; name one in BOTTEGA_CHROMIUM");

/** How long tests wait for the browser, and for what pages compute. */
export const PATIENCE_MS = 150_000;

/** Starts Chromium. @throws where there is none, see {@linkcode CHROMIUM} */
export async function openChromium(): Promise<Browser> {
  if (CHROMIUM === null) throw new Error("no Chromium: name one in BOTTEGA_CHROMIUM");
  return await chromium.launch({ executablePath: CHROMIUM, args: FLAGS, timeout: PATIENCE_MS });
}

/** Starts the built workbench over `files`, by path in its folder of notebooks. */
export async function startWorkbench(
  files: Readonly<Record<string, string>> = {},
  options: ServeOptions = {},
): Promise<StartedServer> {
  const { folder } = await buildApp();
  return await startServer(files, { ...options, app: folder });
}
