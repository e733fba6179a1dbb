/** The notebook that asks one question: what was found is there, a run is begun by a key, and stopped. */
import { cp, readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ABLATION_PRESETS } from "../../src/lab/mod.ts";
import { CHROMIUM, openChromium } from "../support/browser.ts";
import { openPage } from "./opened_page.ts";

const name = "ablation.html";
let browser: Browser;

describe.skipIf(CHROMIUM === null)("an ablation in a page", () => {
  beforeAll(async () => {
    browser = await openChromium();
  });
  afterAll(() => browser.close());

  test(
    "shows what was found, runs nothing unasked, shows a run as it goes, and stops it",
    async () => {
      const whole = await readFile(`notebooks/${name}`, "utf8");
      const notebook = whole.replace(
        "const { smoke, demo } = ABLATION_PRESETS;",
        () => `const smoke = ${tiny()}; const demo = smoke;`,
      ).replace("oracle: 12, heldOut: 12", "oracle: 1, heldOut: 1");
      expect(notebook).not.toBe(whole);
      await using opened = await openPage(browser, { [name]: notebook });
      await cp("notebooks/data", `${opened.server.notebooks}/data`, { recursive: true });
      await opened.open(name);
      await opened.status(19, "ok");

      // What was found before stands there; nothing is run that nobody asked for.
      const kept = opened.cell(5);
      expect(await kept.locator("tbody tr").first().textContent()).toContain("34.8");
      expect(await kept.locator("svg").count()).toBeGreaterThanOrEqual(1);
      await opened.cell(6).locator("summary").first().click();
      await opened.cell(6).locator('[data-part="runs"] tbody tr').first().waitFor();
      expect(await opened.cell(16).locator(".cell-output").textContent()).toContain(
        "Nothing has been run",
      );

      // Stopped, it says that it can go on.
      const run = opened.cell(14).getByRole("button", { name: /^Run “/ });
      await run.focus();
      await opened.page.keyboard.press("Enter");
      const board = opened.cell(16).locator(".bottega-board tbody tr");
      await expect.poll(() => board.first().textContent(), { timeout: 180_000 }).toContain(
        "base …",
      );
      await opened.cell(16).locator(".bottega-progress button").click();
      await opened.cell(16).getByText("press Run again").waitFor();
      expect(await board.count()).toBe(2);

      // Another question begins with nothing run.
      await opened.cell(12).locator("input[type=radio]").nth(1).check();
      await expect.poll(() => opened.cell(16).locator(".cell-output").textContent()).toContain(
        "Nothing has been run",
      );
      expect(opened.complaints).toEqual([]);
      expect(opened.strangers).toEqual([]);
    },
    600_000,
  );
});

/** The preset with so little to do that it takes seconds, as JSON. */
function tiny(): string {
  const { smoke } = ABLATION_PRESETS;
  const small = (stage: object) => ({ ...stage, tokens: 1024, epochs: 50, batch: 1 });
  return JSON.stringify({
    ...smoke,
    start: "noise",
    world: { ...smoke.world, tasks: 20, code: 0 },
    tokenizer: { ...smoke.tokenizer, vocabularySize: 400 },
    model: { ...smoke.model, hidden_size: 16, num_hidden_layers: 1, intermediate_size: 32 },
    base: small(smoke.base),
    mid: { "ctx+env": smoke.mid["ctx+env"].map(small) },
    sft: { strong: smoke.sft.strong.map(small) },
    evaluate: { test: 2, steps: 2, maxTokens: 8, batch: 2 },
  });
}
