import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, openChromium } from "../support/browser.ts";
import { notebookOf, openPage } from "./opened_page.ts";

let browser: Browser;

describe.skipIf(CHROMIUM === null)("a page without a GPU", () => {
  beforeAll(async () => void (browser = await openChromium()));
  afterAll(() => browser.close());

  test("trains on the processor's cores, through onnxruntime-web", async () => {
    await using opened = await openPage(browser, {
      "a.html": notebookOf("A", [[
        "js",
        `import { compileTraining, createParameters, input, mean, mul, parameter } from "bottega";
const x = input("x", [4]);
const loss = mean(mul(x, parameter("weight", [4])));
const parameters = createParameters(null, [loss]);
const training = await compileTraining(null, loss, { parameters });
for (let i = 0; i < 3; i++) await training.step({ x: [1, 2, 3, 4] }, 0.1);
const [report] = await training.step({ x: [1, 2, 3, 4] }, 0.1);
training[Symbol.dispose]();
display(report.lossNats.toFixed(4));`,
      ]]),
    });
    await opened.open("a.html");
    await opened.status(1, "ok");
    // Each step moves each weight by the learning rate: -0.3 · (1 + 2 + 3 + 4) / 4.
    expect(await opened.cell(1).locator(".cell-output").textContent()).toBe('"-0.7500"');
    expect(opened.complaints).toEqual([]);
    expect(opened.strangers).toEqual([]);
  });
});
