/** The notebook that compares corpora, in a page: samples, rollouts, kernels and charts. */
import { copyFile, readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, openChromium } from "../support/browser.ts";
import { openPage } from "./opened_page.ts";

const NAME = "token-statistics.html";

describe.skipIf(CHROMIUM === null)("token statistics", () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await openChromium()));
  afterAll(() => browser.close());

  test(
    "four corpora are made, measured on the GPU and compared; a divergence is chosen",
    async () => {
      // Less of everything than a reader would take.
      const notebook = (await readFile(`notebooks/${NAME}`, "utf8"))
        .replace("step: 10, value: 60", "step: 10, value: 20")
        .replace("step: 4, value: 24", "step: 4, value: 4");
      await using opened = await openPage(browser, { [NAME]: notebook });
      await copyFile(
        "notebooks/data/bottega.bundle",
        `${opened.server.notebooks}/data/bottega.bundle`,
      );
      await opened.open(NAME);
      const { page } = opened;
      await page.locator(".bottega-leaks").waitFor({ timeout: 240_000 });
      await expect.poll(() => page.locator('[id^="cell-"]:not([data-status="ok"])').count())
        .toBe(0);
      const matrix = page.locator('svg[aria-label^="Divergence of"]');
      const fields = () => matrix.locator('[aria-label="text"] text').allTextContents();
      const tokens = await fields();
      expect(tokens).toHaveLength(16);
      expect(tokens.filter((bits) => bits === "0.000")).toHaveLength(4);
      await page.getByLabel("3-grams").check();
      await page.locator('svg[aria-label="Divergence of 3-grams"]').waitFor();
      expect(await fields()).not.toEqual(tokens);
      // Code has no tools; the agent is 0 from itself.
      await page.getByLabel("tools", { exact: true }).check();
      await page.locator('svg[aria-label="Divergence of tools"]').waitFor();
      expect(new Set(await fields())).toEqual(new Set(["—", "0.000"]));
      expect(await page.locator(".bottega-chart svg").count()).toBeGreaterThan(9);
      expect(opened.complaints).toEqual([]);
    },
    300_000,
  );
});
