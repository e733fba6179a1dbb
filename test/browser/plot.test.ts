/** Charts and viewers where there is layout: what is in the document while they are scrolled. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { build } from "vite";
import type * as Plot from "../../src/plot/mod.ts";
import { CHROMIUM, openChromium, PATIENCE_MS } from "../support/browser.ts";
import { statisticsOf, stepOf, trajectoryOf } from "../support/plot.ts";

/** What the page holds for the tests. */
interface Globals {
  plot: typeof Plot;
  view: HTMLElement & { value?: unknown };
  inputs: unknown[];
}

const PAGE = `<!doctype html>
<meta charset="utf-8">
<main></main>
<script type="module">
  import * as plot from "./plot.js";
  globalThis.plot = plot;
</script>`;

/** All of src/plot/ as one module. */
async function bundle(): Promise<string> {
  const outputs = await build({
    configFile: false,
    // Vite tells of modules for files, which a page has no use for and which are left out.
    logLevel: "error",
    define: { "process.env.NODE_ENV": '"production"' },
    build: {
      write: false,
      target: "esnext",
      lib: { entry: "src/plot/mod.ts", formats: ["es"] },
    },
  });
  if (!Array.isArray(outputs)) throw new TypeError("Vite watches where it should build");
  const chunk = outputs[0]?.output[0];
  if (chunk?.type !== "chunk") throw new TypeError("Vite built no script");
  return chunk.code;
}

describe.skipIf(CHROMIUM === null)("charts and viewers with layout", () => {
  let browser: Browser;
  let script: string;
  beforeAll(async () => {
    [browser, script] = await Promise.all([openChromium(), bundle()]);
  });
  afterAll(() => browser.close());

  /** A page with one view in it, made by `make` of `argument`; its inputs are recorded. */
  async function show<T>(
    make: (plot: typeof Plot, argument: T) => HTMLElement,
    argument: T,
  ): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1000, height: 900 } });
    page.setDefaultTimeout(PATIENCE_MS);
    await page.route(
      "http://localhost/**",
      (route) =>
        route.request().url().endsWith(".js")
          ? route.fulfill({ contentType: "text/javascript", body: script })
          : route.fulfill({ contentType: "text/html", body: PAGE }),
    );
    await page.goto("http://localhost/");
    await page.waitForFunction(() => "plot" in globalThis);
    await page.evaluate(([source, argument]) => {
      const globals = globalThis as unknown as Globals;
      globals.inputs = [];
      globals.view = new Function("plot", "argument", `return (${source})(plot, argument)`)(
        globals.plot,
        argument,
      );
      globals.view.addEventListener("input", () => globals.inputs.push(globals.view.value));
      document.querySelector("main")?.append(globals.view);
    }, [make.toString(), argument] as const);
    await page.waitForTimeout(100);
    return page;
  }
  const inputs = (page: Page) =>
    page.evaluate(() => (globalThis as unknown as Globals).inputs.splice(0));

  test("a table of 100,000 rows holds few of them, wherever it is", async () => {
    // The rows are made in the page: handing over so many takes half a minute.
    const page = await show((plot, count) => {
      const row = { format: "chat", steps: 1, resolved: null, path: "a.jsonl" } as const;
      const id = (i: number) => `task-${String(i).padStart(6, "0")}`;
      return plot.trajectoryTable(Array.from({ length: count }, (_, i) => ({ ...row, id: id(i) })));
    }, 100_000);
    const lines = page.locator("[role=rowgroup] [role=row]");
    const grid = page.getByRole("grid");
    expect(await lines.count()).toBeLessThan(40);
    await grid.hover();
    for (const distance of [3000, 100_000, 900_000, -50_000]) {
      await page.mouse.wheel(0, distance);
      await page.waitForTimeout(50);
      expect(await lines.count()).toBeLessThan(40);
    }
    await grid.focus();
    await page.keyboard.press("End");
    await page.locator('[aria-rowindex="100001"][aria-selected=true]').waitFor();
    // The last row is wholly in sight, below the header that stays.
    const [row, frame] = [await lines.last().boundingBox(), await grid.boundingBox()];
    expect(row!.y + row!.height).toBeLessThanOrEqual(frame!.y + frame!.height);
    await page.keyboard.press("ArrowUp");
    const ids = (await inputs(page) as Plot.TrajectoryRow[]).map(({ id }) => id);
    expect(ids).toEqual(["task-099999", "task-099998"]);
    await page.getByRole("columnheader", { name: "id" }).getByRole("button").click();
    await page.locator('[aria-rowindex="2"]').waitFor();
    expect(await lines.count()).toBeLessThan(40);
    await page.close();
  });

  test("5,000 steps are read by number, by key and by search", async () => {
    const long = "line\n".repeat(60);
    const steps = Array.from(
      { length: 5000 },
      (_, i) => stepOf(`Thought ${i + 1}`, i === 3999 ? `${long}needle` : long.slice(i % 300)),
    );
    const page = await show(
      (plot, trajectory) => plot.trajectoryView(trajectory),
      trajectoryOf(steps),
    );
    const items = page.locator("article");
    const scroller = page.locator(".steps");
    /** The current item, and how far its top is from the top of the view. */
    const current = async () => {
      const item = page.locator("[aria-current]");
      const [at, frame] = [await item.boundingBox(), await scroller.boundingBox()];
      const top = Math.round((at?.y ?? NaN) - (frame?.y ?? NaN));
      return `${await item.getAttribute("aria-label")}, ${Math.abs(top) < 4 ? "at the top" : top}`;
    };
    expect(await items.count()).toBeLessThan(30);

    await page.getByLabel("Go to step").fill("2500");
    await page.keyboard.press("Enter");
    await expect.poll(current).toBe("Step 2500, at the top");
    await scroller.focus();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    await expect.poll(current).toBe("Step 2501, at the top");

    await page.getByRole("searchbox").fill("Needle");
    await page.getByText("1 of 1").waitFor();
    await page.locator("mark.active").waitFor();
    await expect.poll(current).toContain("Step 4000");
    const [mark, frame] = [
      await page.locator("mark.active").boundingBox(),
      await scroller.boundingBox(),
    ];
    expect(mark!.y).toBeGreaterThan(frame!.y);
    expect(mark!.y).toBeLessThan(frame!.y + frame!.height);
    expect(await items.count()).toBeLessThan(30);

    // Reading on by the wheel, the number follows.
    await scroller.hover();
    await page.mouse.wheel(0, 3000);
    await expect.poll(async () => Number(await page.getByLabel("Go to step").inputValue()))
      .toBeGreaterThan(4000);
    await page.close();
  });

  test("a brush is drawn by mouse on a plot that CSS has shrunk; a tip is no input", async () => {
    const lengths = [100, 1000, 3000, 9000, 9000, 20_000, 70_000].map((n) => [0, 0, 0, 0, n]);
    const page = await show(
      (plot, statistics) => plot.lengthPlot(statistics, [], { width: 1600 }),
      statisticsOf(lengths),
    );
    const box = (await page.locator(".brush-overlay").boundingBox())!;
    expect(box.width).toBeLessThan(1000);
    await page.mouse.move(box.x + box.width / 2, box.y + 100);
    await page.mouse.move(box.x + box.width / 2 + 3, box.y + 100);
    await page.locator('[aria-label="tip"] path').waitFor();
    expect(await inputs(page)).toEqual([]);
    await page.mouse.move(box.x + 1, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width + 50, box.y + 80, { steps: 3 });
    await page.mouse.up();
    const brushed = await inputs(page) as Plot.LengthRange[];
    expect(brushed).toHaveLength(3);
    expect(brushed.at(-1)![0]).toBeLessThan(100);
    expect(brushed.at(-1)![1]).toBe(131_072);
    await page.getByRole("button", { name: "Clear" }).click();
    expect(await inputs(page)).toEqual([null]);
    await page.close();
  });
});
