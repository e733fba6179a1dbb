/** The notebook that looks inside a model, in a page: a token is chosen, and everything follows. */
import { cp, readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, openChromium } from "../support/browser.ts";
import { openPage } from "./opened_page.ts";

const name = "inside-the-model.html";
let browser: Browser;

describe.skipIf(CHROMIUM === null)("looking inside a model in a page", () => {
  beforeAll(async () => {
    browser = await openChromium();
  });
  afterAll(() => browser.close());

  test(
    "the notebook shows losses, expectations, attention and norms of a chosen token",
    async () => {
      const notebook = await readFile(`notebooks/${name}`, "utf8");
      await using opened = await openPage(browser, { [name]: notebook });
      await cp("notebooks/data", `${opened.server.notebooks}/data`, { recursive: true });
      await opened.open(name);
      for (const id of [3, 7, 10, 12, 13, 15, 18, 20, 21]) await opened.status(id, "ok");

      const tokens = opened.cell(12).locator("pre span");
      expect(await tokens.count()).toBe(256);
      expect(await opened.cell(12).locator(".legend").textContent()).toMatch(/problem.*action/);
      expect(await opened.cell(20).locator("[aria-label=line]").count()).toBe(4);

      const expected = opened.cell(15).locator("p").first();
      const before = await expected.textContent();
      await tokens.nth(60).click();
      await expect.poll(() => expected.textContent()).not.toBe(before);
      await opened.status(18, "ok");
      // Of the tokens up to the chosen one.
      await expect.poll(() => opened.cell(18).locator("span[title]").count()).toBe(61);
      const shares = await opened.cell(18).locator("span[title]")
        .evaluateAll((spans) => spans.map((span) => parseFloat(span.getAttribute("title") ?? "")));
      expect(Math.abs(shares.reduce((sum, share) => sum + share) - 100)).toBeLessThan(4);
      expect(opened.complaints).toEqual([]);
    },
    300_000,
  );
});
