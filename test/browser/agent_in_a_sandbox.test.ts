/** An agent at work in a real page: a sandbox in a worker, step by step, with an edited action. */
import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, openChromium } from "../support/browser.ts";
import { openPage } from "./opened_page.ts";

describe.skipIf(CHROMIUM === null)("an agent in a sandbox", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openChromium();
  });
  afterAll(() => browser.close());

  test("it is stepped through, gone on with from an edited action, graded and replayed", async () => {
    const name = "agent-in-a-sandbox.html";
    await using opened = await openPage(browser, {
      [name]: await readFile(`notebooks/${name}`, "utf8"),
    });
    await opened.open(name);
    const { page } = opened;
    const turns = page.locator(".bottega-agent .turn");
    await expect.poll(() => turns.count()).toBe(2);
    await expect.poll(() => page.locator('[id^="cell-"]:not([data-status="ok"])').count()).toBe(0);
    expect(await opened.cell(16).textContent()).toContain("no difference");

    await page.getByRole("button", { name: "Next step" }).click();
    await expect.poll(() => turns.count()).toBe(3);
    await page.getByRole("button", { name: "Run to the end" }).click();
    const status = page.locator(".bottega-agent [role=status]");
    await expect.poll(() => status.textContent()).toContain("submitted");
    await expect.poll(() => opened.cell(14).textContent()).toMatch(/(Not r|R)esolved/);

    await page.getByRole("button", { name: "Edit step 2" }).click();
    await page.getByRole("textbox", { name: "Action of step 2" })
      .fill("<function=run_tests>\n</function>");
    await page.getByRole("button", { name: "Go on from here" }).click();
    await expect.poll(() => turns.count()).toBe(2);
    await expect.poll(() => turns.nth(1).locator(".observation").textContent())
      .toMatch(/\d+ tests: \d+ passed/);
    await page.getByRole("button", { name: "Run to the end" }).click();
    await expect.poll(() => status.textContent()).toContain("submitted");

    // What is no call at all is told to the agent, as a model would be told.
    await page.getByRole("button", { name: "Edit step 1" }).click();
    await page.getByRole("textbox", { name: "Action of step 1" }).fill("<b>rm -rf</b>");
    await page.getByRole("button", { name: "Go on from here" }).click();
    await expect.poll(() => turns.first().textContent())
      .toContain("Your last output did not use any tool calls!");
    expect(await turns.first().locator("b").count()).toBe(0);

    expect(opened.complaints).toEqual([]);
    expect(opened.strangers).toEqual([]);
  });
});
