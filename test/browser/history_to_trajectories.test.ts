/** A history becomes samples in a real browser: the shipped notebook, from its bundle. */
import { copyFile, readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, openChromium } from "../support/browser.ts";
import { openPage } from "./opened_page.ts";

let browser: Browser;

describe.skipIf(CHROMIUM === null)("history to trajectories", () => {
  beforeAll(async () => {
    browser = await openChromium();
  });
  afterAll(() => browser?.close());

  test("units become samples; one is read, and the rival's beside it", async () => {
    const name = "history-to-trajectories.html";
    await using opened = await openPage(browser, {
      [name]: await readFile(`notebooks/${name}`, "utf8"),
    });
    const { page } = opened;
    await copyFile(
      "notebooks/data/bottega.bundle",
      `${opened.server.notebooks}/data/bottega.bundle`,
    );
    await opened.open(name);
    await page.locator(".bottega-sample .segments").first().waitFor();
    await expect.poll(() => page.locator('[id^="cell-"]:not([data-status="ok"])').count(), {
      timeout: 20_000,
    }).toBe(0);
    const summary = await page.locator(".bottega-feed .summary").textContent() ?? "";
    const [, kept, left] = /^(\d+) samples of [\d,]+ tokens, (\d+) left out$/.exec(summary) ?? [];
    expect(Number(kept)).toBeGreaterThan(10);
    const units = Number(kept) + Number(left);
    expect(await page.locator(".bottega-feed li").count()).toBe(units);
    expect(await page.locator(".bottega-chart figcaption").first().textContent())
      .toContain(`${kept} samples of ${units} units`);
    // The sample, once more beside the rival's, and at least two of these.
    expect(await page.locator(".bottega-sample").count()).toBeGreaterThan(3);

    const title = page.locator(".bottega-sample .id").first();
    const before = await title.textContent();
    await page.locator("table input[type=radio]").first().click();
    await expect.poll(() => title.textContent()).not.toBe(before);
    const shown = await page.locator(".bottega-sample .segments").first().textContent();
    expect(shown).toContain("# Repository Context\nName: bottega");
    expect(shown).toMatch(/Edit: |Create: /);
    await expect.poll(() => page.locator('[id^="cell-"]:not([data-status="ok"])').count()).toBe(0);
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      const folder = Deno.env.get("BOTTEGA_SCREENSHOTS");
      if (folder) {
        await page.screenshot({ path: `${folder}/history-${scheme}.png`, fullPage: true });
      }
    }
    expect(opened.complaints).toEqual([]);
    expect(opened.strangers).toEqual([]);
  });
});
