/** The main job in a real browser: a git repository becomes a picture of its tokens. */
import { copyFile, cp, readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { corpusStatistics } from "../../src/stats/mod.ts";
import { loadTokenizer, tokenizeCorpus } from "../../src/tokenizer/mod.ts";
import { loadTrajectories, summarize } from "../../src/trajectory/mod.ts";
import { CHROMIUM, openChromium } from "../support/browser.ts";
import { type GitServer, startGitServer } from "../support/git_server.ts";
import { makeRepository, type TestRepository } from "../support/make_repository.ts";
import { findRealData } from "../support/read_text.ts";
import { notebookOf, openPage } from "./opened_page.ts";

let browser: Browser;
let repository: TestRepository;
let server: GitServer;
const data = findRealData();

/** What a page found in a source, as text that a test can read. */
const LOADED = `
  import { connect } from "bottega";
  const workbench = connect();
  const loaded = async (source) => {
    const corpus = await workbench.load(source);
    const { tokens, byRole, length, over, adapter } = await corpus.statistics();
    return { rows: corpus.rows, errors: corpus.errors, tokens, byRole, length, over, adapter };
  };
`;

describe.skipIf(CHROMIUM === null)("exploring trajectories", () => {
  beforeAll(async () => {
    browser = await openChromium();
    repository = await makeRepository();
    const row = JSON.stringify({ messages: [{ role: "assistant", content: "I look.\n" }] });
    if (data === null) await repository.commit({ files: { "runs.jsonl": `${row}\n${row}\n` } });
    else await cp(data, repository.path, { recursive: true });
    await repository.commit({ files: {} });
    await repository.git("bundle", "create", "-q", "data.bundle", "main");
    server = await startGitServer(repository.path);
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
    await repository[Symbol.asyncDispose]();
  });

  test("a git URL and a bundle give in the page what Deno reads from the folder", async () => {
    const { trajectories } = await loadTrajectories(`${repository.path}@main`);
    const corpus = await tokenizeCorpus(trajectories, await loadTokenizer());
    const { tokens, byRole, length, over } = await corpusStatistics(corpus, { gpu: null });
    const rows = trajectories.map(summarize).map(({ id, steps, resolved }) => ({
      id,
      steps,
      resolved,
    }));

    await using opened = await openPage(browser, {
      "a.html": notebookOf("A", [
        ["js", LOADED],
        ["js", `const url = loaded(${JSON.stringify(server.url)});`],
        ["js", 'const file = await FileAttachment("data/data.bundle").blob();'],
        ["js", 'const bundle = loaded({ name: "data.bundle", bundle: file });'],
        ["js", "globalThis.found = { url, bundle };"],
      ]),
    }, { extraHosts: [server.origin] });
    await copyFile(`${repository.path}/data.bundle`, `${opened.server.notebooks}/data/data.bundle`);
    await opened.open("a.html");
    await opened.status(5, "ok");
    interface Found extends Record<string, unknown> {
      rows: { id: string; steps: number; resolved: boolean | null }[];
    }
    const found = await opened.page.evaluate("found") as Record<"url" | "bundle", Found>;
    for (const { rows: read, adapter, ...rest } of Object.values(found)) {
      expect(read.map(({ id, steps, resolved }) => ({ id, steps, resolved }))).toEqual(rows);
      expect(rest).toEqual({ errors: [], tokens, byRole, length, over });
      expect(adapter).not.toBe("cpu");
    }
    // All of it went through the proxy, in the worker.
    expect(opened.strangers).toEqual([]);
    expect(server.requests.length).toBeGreaterThan(0);
  });

  test("the notebook draws its plots; a brush filters the table; a row is read", async () => {
    const name = "explore-trajectories.html";
    await using opened = await openPage(browser, {
      [name]: await readFile(`notebooks/${name}`, "utf8"),
    });
    for (const file of ["bottega.bundle", "rollouts.bundle"]) {
      await copyFile(`notebooks/data/${file}`, `${opened.server.notebooks}/data/${file}`);
    }
    await opened.open(name);
    const { page } = opened;
    await page.locator(".bottega-trajectory").waitFor();
    await expect.poll(() => page.locator('[id^="cell-"]:not([data-status="ok"])').count()).toBe(0);
    expect(await page.locator(".bottega-chart svg").count()).toBeGreaterThanOrEqual(4);

    const shown = async () =>
      Number(await page.locator('[role="grid"]').getAttribute("aria-rowcount"));
    const all = await shown();
    const plot = page.locator(".bottega-chart").first().locator("svg").first();
    const box = await plot.boundingBox();
    if (box === null) throw new Error("the plot has no place on the page");
    await plot.scrollIntoViewIfNeeded();
    const seen = await plot.boundingBox() ?? box;
    await page.mouse.move(seen.x + seen.width * 0.15, seen.y + seen.height / 2);
    await page.mouse.down();
    await page.mouse.move(seen.x + seen.width * 0.4, seen.y + seen.height / 2, { steps: 5 });
    await page.mouse.up();
    await expect.poll(shown).toBeLessThan(all);
    expect(opened.complaints).toEqual([]);
  });
});
