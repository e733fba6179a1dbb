/** A model is trained in a page, in its worker, and its loss is drawn as it falls. */
import { copyFile, readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, openChromium } from "../support/browser.ts";
import { openPage } from "./opened_page.ts";

const name = "train-a-small-model.html";
let browser: Browser;

describe.skipIf(CHROMIUM === null)("training in a page", () => {
  beforeAll(async () => {
    browser = await openChromium();
  });
  afterAll(() => browser.close());

  test("the notebook trains, draws, writes and compares, and stops when told", async () => {
    const notebook = (await readFile(`notebooks/${name}`, "utf8"))
      .replace("step: 20, value: 80", "step: 20, value: 20");
    await using opened = await openPage(browser, { [name]: notebook });
    await copyFile(
      "notebooks/data/bottega.bundle",
      `${opened.server.notebooks}/data/bottega.bundle`,
    );
    await opened.open(name);
    await opened.status(15, "ok");
    await opened.status(18, "ok");
    const curve = opened.cell(15).locator(".bottega-chart");
    expect(await curve.locator("svg [aria-label=line] path").count()).toBeGreaterThanOrEqual(2);
    expect(await curve.locator(".legend").textContent()).toContain("held out");
    expect(await opened.cell(15).locator("tbody tr").count()).toBe(8);
    expect(await opened.cell(15).locator(".phase").textContent()).toMatch(/nats at the end/);
    expect(await opened.cell(18).locator(".legend").textContent()).toMatch(/run above.*tenth/);
    expect(await opened.cell(20).locator("a[download]").count()).toBe(3);

    const steps = opened.cell(10).locator("input[type=number]").nth(1);
    await steps.fill("2000");
    await steps.press("Enter");
    await expect.poll(() => curve.locator("svg").count()).toBe(1);
    await opened.cell(15).locator(".bottega-progress button").click();
    await expect.poll(() => opened.cell(15).locator(".phase").textContent())
      .toBe("stopped");
    expect(opened.complaints).toEqual([]);
  }, 600_000);
});
