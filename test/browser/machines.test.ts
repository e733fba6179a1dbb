/** A notebook pairs with a worker, moves training there, is loaded anew, and cancels. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openWorker } from "../remote/open_worker.ts";
import { CHROMIUM, openChromium } from "../support/browser.ts";
import { notebookOf, openPage } from "./opened_page.ts";

const NAME = "moved.html";
const limits = { jobs: 2 };

/** Training that takes `steps` steps of a few milliseconds. */
const cells = (steps: number) =>
  [
    ["js", 'import { byteTokenizer, connect, loadTokenizer, packSamples } from "bottega";'],
    [
      "js",
      `const shards = {};
const tokenizer = await loadTokenizer(byteTokenizer());
const manifest = await packSamples(
  [{ name: "text", documents: [{ segments: [{ role: "context", text: "to be or not ".repeat(40) }] }] }],
  { tokenizer, context: 32, writeShard: (file, bytes) => { shards[file] = bytes; } },
);
const data = { text: { manifest, shards } };`,
    ],
    [
      "js",
      `const workbench = connect("gpu1");
invalidation.then(() => workbench.close());
const losses = [];
const shown = display(document.createElement("output"));
const trained = await workbench.train({
  model: { architectures: ["LlamaForCausalLM"], vocab_size: 257, hidden_size: 16, num_hidden_layers: 1,
    num_attention_heads: 2, num_key_value_heads: 1, intermediate_size: 32, max_position_embeddings: 32 },
  stages: [{ name: "base", data: "text", steps: ${steps}, batch: 2, learningRate: { peak: 1e-3 } }],
  readEvery: 1,
}, {
  data,
  device: "cpu",
  signal,
  onEvent: (event) => {
    if (event.type !== "step") return;
    losses.push(event.step);
    shown.textContent = event.step;
  },
});`,
    ],
    ["js", "`${losses.length} losses, ${losses.every((step, i) => step === i + 1)}`"],
    [
      "js",
      "// @lazy\n// @remote gpu1\ndisplay(`context ${manifest.context}`);\n" +
      "const there = { pid: Deno.pid, rows: manifest.rows };",
    ],
    ["js", "`process ${there.pid}, ${there.rows} rows`"],
  ] as const;

/** So many that a run is not done before the page has shown its first ones and is loaded anew. */
const STEPS = 4000;

let browser: Browser;

describe.skipIf(CHROMIUM === null)("a machine that is paired in the page", () => {
  beforeAll(async () => {
    browser = await openChromium();
  });
  afterAll(() => browser.close());

  test(
    "trains for a cell, through a reload, and stops with it",
    async () => {
      await using opened = await openPage(browser, { [NAME]: notebookOf("Moved", cells(STEPS)) });
      const { page, server } = opened;
      const origins = [new URL(server.url).origin];
      await using worker = await openWorker({ allowCode: true, name: "bench", limits, origins });
      const { runs } = worker.workbench;

      // Paired by hand; its line tells how the machine fares.
      await page.getByRole("button", { name: "Machines" }).click();
      const dialog = page.getByRole("dialog", { name: "Machines" });
      await expect.poll(() => dialog.textContent()).toContain("None is paired yet");
      await dialog.getByLabel("Name").fill("gpu1");
      await dialog.getByLabel("Address").fill(worker.url);
      await dialog.getByLabel("Token").fill(worker.token);
      const loaded = page.waitForEvent("load");
      await dialog.getByRole("button", { name: "Pair" }).click();
      await loaded;
      await page.getByRole("button", { name: "Machines" }).click();
      await expect.poll(() => dialog.textContent())
        .toMatch(/gpu1.*ws:\/\/.*cores.*GB free.*0 running/s);
      await page.keyboard.press("Escape");

      await opened.open(NAME);
      const step = async () => Number(await opened.cell(3).locator("output").textContent());
      await expect.poll(step).toBeGreaterThan(5);
      const [run] = await runs.list();
      expect(run).toMatchObject({ work: "train", state: "running" });
      await page.reload();
      await opened.status(4, "ok");
      expect(await opened.cell(4).locator(".cell-output").textContent())
        .toContain(`${STEPS} losses, true`);
      expect((await runs.list()).map(({ id }) => id)).toEqual([run?.id]);

      // A whole cell, by its comment.
      await opened.cell(5).getByRole("button", { name: "Run the cell" }).click();
      await opened.status(6, "ok");
      expect(await opened.cell(5).locator(".machine").textContent()).toBe("gpu1");
      expect(await opened.cell(5).locator(".cell-output").textContent()).toContain("context 32");
      expect(await opened.cell(6).locator(".cell-output").textContent())
        .not.toContain(`process ${Deno.pid},`);

      // A run that would take an hour, stopped by hand.
      await opened.write(3, cells(1_000_000)[2][1]);
      const last = async () => (await runs.list()).at(-1);
      await expect.poll(last).toMatchObject({ work: "train", state: "running" });
      // Not what the run before has left there.
      await expect.poll(async () => (await step()) % STEPS).toBeGreaterThan(2);
      await opened.cell(3).getByRole("button", { name: "Stop the cell" }).click();
      await opened.status(3, "cancelled");
      await expect.poll(last).toMatchObject({ work: "train", state: "cancelled" });
      expect(opened.complaints).toEqual([]);
    },
    600_000,
  );
});
