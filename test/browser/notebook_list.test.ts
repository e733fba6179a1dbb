import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, openChromium } from "../support/browser.ts";
import { notebookOf, openPage } from "./opened_page.ts";

let browser: Browser;

describe.skipIf(CHROMIUM === null)("the list of notebooks", () => {
  beforeAll(async () => void (browser = await openChromium()));
  afterAll(() => browser.close());

  test("shows what is in the folder, and opens it by a click", async () => {
    await using opened = await openPage(browser, {
      "b.html": notebookOf("Tokens &amp; roles", [["md", "# Tokens\n\nHow many there are."]]),
      "a.html": notebookOf("First", [["js", "1 + 1"]]),
    });
    const { page } = opened;
    await page.locator(".entry").first().waitFor();
    expect(await page.locator(".entry h2").allTextContents()).toEqual(["First", "Tokens & roles"]);
    expect(await page.locator(".excerpt").textContent()).toBe("How many there are.");
    await page.getByText("Tokens & roles").click();
    await opened.status(1, "ok");
    await expect.poll(() => page.title()).toBe("Tokens & roles · Bottega");
    await page.getByText("Bottega", { exact: true }).click();
    await page.locator(".entry").first().waitFor();
    expect(opened.complaints).toEqual([]);
    expect(opened.strangers).toEqual([]);
  });

  test("an empty folder teaches what a notebook is and begins one", async () => {
    await using opened = await openPage(browser);
    const { page, server } = opened;
    await page.getByText("A notebook is a page of cells").waitFor();
    await page.getByLabel("Title of the new notebook").fill("Tokens by rôle, ${1}!");
    await page.keyboard.press("Enter");
    await opened.status(1, "ok");
    expect(await opened.cell(1).locator("h1").textContent()).toBe("Tokens by rôle, ${1}!");
    const file = await Deno.readTextFile(join(server.notebooks, "tokens-by-rôle-1.html"));
    expect(file).toContain("<title>Tokens by rôle, ${1}!</title>");
  });

  test("a notebook that is left unsaved is kept, and the list says so", async () => {
    await using opened = await openPage(browser, { "a.html": notebookOf("A", [["js", "1"]]) });
    const { page } = opened;
    await opened.open("a.html");
    await opened.write(1, "1 + 1");
    await page.getByText("Bottega", { exact: true }).click();
    await page.locator(".entry .mark", { hasText: "unsaved" }).waitFor();
    await page.locator(".entry a").click();
    await expect.poll(() => opened.cell(1).locator(".cell-output").textContent()).toBe("2");
  });

  test("a notebook that is not there is told, with the way back", async () => {
    await using opened = await openPage(browser);
    await opened.page.goto(`${opened.server.url}#/notebooks/gone.html`);
    await opened.page.getByText('There is no "gone.html" here.').waitFor();
    await opened.page.getByText("All notebooks").click();
    await opened.page.getByText("An empty workshop").waitFor();
  });

  test("the first page is light, isolated, and asks for no more than it shows", async () => {
    await using opened = await openPage(browser, { "a.html": notebookOf("A", [["js", "1"]]) });
    const { page } = opened;
    await page.locator(".entry").waitFor();
    const loaded = await page.evaluate(() => ({
      isolated: crossOriginIsolated,
      scripts: performance.getEntriesByType("resource")
        .filter(({ name }) => name.endsWith(".js") && !/gpu/.test(name))
        .map((entry) => (entry as PerformanceResourceTiming).decodedBodySize),
    }));
    expect(loaded.isolated).toBe(true);
    const sizeBytes = loaded.scripts.reduce((sum, size) => sum + size, 0);
    expect(sizeBytes).toBeGreaterThan(10_000);
    expect(sizeBytes).toBeLessThan(120_000);
  });
});
