/** The notebook that compares policies, in a real browser: agents work and are measured in the page. */
import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, openChromium } from "../support/browser.ts";
import { openPage } from "./opened_page.ts";

let browser: Browser;

describe.skipIf(CHROMIUM === null)("the resolved rate", () => {
  beforeAll(async () => {
    browser = await openChromium();
  });
  afterAll(() => browser.close());

  test("of three policies is measured, compared and drawn", async () => {
    const name = "resolved-rate.html";
    const text = await readFile(`notebooks/${name}`, "utf8");
    const small = text.replace('value: 16, label: "Tasks"', 'value: 8, label: "Tasks"');
    expect(small).not.toBe(text);
    await using opened = await openPage(browser, { [name]: small });
    await opened.open(name);
    const { page } = opened;
    await page.locator('#cell-25[data-status="ok"]').waitFor({ timeout: 240_000 });
    await expect.poll(() => page.locator('[id^="cell-"]:not([data-status="ok"])').count()).toBe(0);
    expect(await page.locator(".bottega-chart svg").count()).toBe(5);
    const bars = page.locator(".bottega-progress .phase");
    expect(await bars.allTextContents()).toEqual([
      expect.stringContaining("8 tasks"),
      expect.stringContaining("48 rollouts"),
      expect.stringMatching(/[0-8] of 8 resolved/),
    ]);
    const chart = page.locator("#cell-12 .bottega-chart svg");
    expect(await chart.getAttribute("aria-description")).toMatch(
      /careful: [\d.]+% of 8 tasks, [\d.]+% to [\d.]+%; usual: .*; hasty: /,
    );
    expect(await page.locator("#cell-19 tbody tr").count()).toBe(3);
    expect(opened.complaints).toEqual([]);
    expect(opened.strangers).toEqual([]);
  }, 300_000);
});
