import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, openChromium } from "../support/browser.ts";
import { openDevtools } from "../support/devtools.ts";
import { notebookOf, openPage } from "./opened_page.ts";

let browser: Browser;

/** Counts its runs in the page, by name. */
const counted = (name: string, source: string) =>
  `globalThis.runs = {...globalThis.runs, ${name}: (globalThis.runs?.${name} ?? 0) + 1};\n${source}`;

describe.skipIf(CHROMIUM === null)("a notebook", () => {
  beforeAll(async () => void (browser = await openChromium()));
  afterAll(() => browser.close());

  test("runs when it is opened: prose, values and a plot, without any other host", async () => {
    await using opened = await openPage(browser, {
      "a.html": notebookOf("A", [
        ["md", "# Roots\n\nThe answer is **${answer}**."],
        ["js", "const answer = 42;"],
        ["js", "Plot.plot({marks: [Plot.lineY([1, 4, 9, answer])]})"],
        ["ts", "const doubled: number = answer * 2;\ndisplay(doubled as number);"],
        ["js", 'import { ruleY } from "@observablehq/plot";\ndisplay(typeof ruleY);'],
        ["js", "Inputs.range([0, 10])"],
      ]),
    });
    await opened.open("a.html");
    for (const id of [1, 2, 3, 4, 5, 6]) await opened.status(id, "ok");
    expect(await opened.cell(1).locator("strong").textContent()).toBe("42");
    const line = opened.cell(3).locator("svg path[d^=M]");
    expect(await line.last().getAttribute("d")).toMatch(/^M[\d.]+,[\d.]+L/);
    expect(await opened.cell(4).locator(".cell-output").textContent()).toBe("84");
    expect(await opened.cell(5).locator(".cell-output").textContent()).toContain("function");
    expect(await opened.cell(6).locator("input[type=range]").count()).toBe(1);
    expect(opened.complaints).toEqual([]);
    expect(opened.strangers).toEqual([]);
  });

  test("an edited cell runs again with those that read it, and with no others", async () => {
    await using opened = await openPage(browser, {
      "a.html": notebookOf("A", [
        ["js", counted("source", "const x = 1;")],
        ["js", counted("reader", "const y = x + 1;")],
        ["js", counted("readersReader", "display(y * 10)")],
        ["js", counted("other", "const z = 1;")],
      ]),
    });
    await opened.open("a.html");
    for (const id of [1, 2, 3, 4]) await opened.status(id, "ok");
    await opened.write(1, counted("source", "const x = 5;"));
    await opened.cell(3).getByText("60").waitFor();
    expect(await opened.page.evaluate("runs"))
      .toEqual({ source: 2, reader: 2, readersReader: 2, other: 1 });
  });

  test("a notebook that hung its page opens without running, and can be mended", async () => {
    await using opened = await openPage(browser, {
      "a.html": notebookOf("A", [["js", "globalThis.ran = true; await new Promise(() => {});"]]),
    });
    const { page } = opened;
    const mark = () => page.evaluate("localStorage.getItem('bottega-opening:a.html')");
    await opened.open("a.html");
    await opened.status(1, "running");
    const marked = await mark();
    expect(marked).not.toBeNull();
    // Leaving the page in good order takes the mark away; a page that is killed cannot.
    await page.reload();
    await opened.status(1, "running");
    await page.goto("about:blank");
    await page.goto(opened.server.url);
    await page.evaluate(
      (value) => localStorage.setItem("bottega-opening:a.html", String(value)),
      marked,
    );
    await opened.open("a.html");
    await page.getByText("did not come to rest").waitFor();
    await opened.status(1, "idle");
    expect(await page.evaluate("globalThis.ran")).toBeUndefined();
    await opened.write(1, "display(6 * 7)");
    await opened.status(1, "ok");
    await expect.poll(mark).toBeNull();
  });

  test("typing runs nothing; the margin says that the text has not run", async () => {
    await using opened = await openPage(browser, { "a.html": notebookOf("A", [["js", "6 * 7"]]) });
    await opened.open("a.html");
    await opened.cell(1).getByText("42").waitFor();
    await opened.write(1, "6 * 8", false);
    await opened.cell(1).locator(".status-edited").waitFor();
    expect(await opened.cell(1).locator(".cell-output").textContent()).toBe("42");
    await opened.page.keyboard.press("Control+Enter");
    await opened.cell(1).getByText("48").waitFor();
    expect(await opened.cell(1).locator(".status-edited").count()).toBe(0);
  });

  test("a cell that never settles can be stopped and fixed, and its readers go on", async () => {
    await using opened = await openPage(browser, {
      "a.html": notebookOf("A", [
        ["js", "const x = await new Promise(() => {});"],
        ["js", "display(x + 1)"],
      ]),
    });
    await opened.open("a.html");
    await opened.status(1, "running");
    await opened.status(2, "queued");
    await opened.cell(1).getByLabel("Stop the cell").click();
    await opened.status(1, "cancelled");
    await opened.write(1, "const x = 1;");
    await opened.status(1, "ok");
    await opened.cell(2).locator(".cell-output", { hasText: "2" }).waitFor();
    await opened.status(2, "ok");
  });

  test("an error names its line and leads there; who waits for it is told for what", async () => {
    await using opened = await openPage(browser, {
      "a.html": notebookOf("A", [
        ["js", "const a = 1;\nconst b = missing;"],
        ["js", "b + 1"],
        ["js", "const f = (x) => {\n  return x +;\n};"],
      ]),
    });
    await opened.open("a.html");
    await opened.status(1, "error");
    await opened.status(2, "blocked");
    await opened.status(3, "error");
    expect(await opened.cell(1).locator(".fault").textContent()).toContain("missing");
    expect(await opened.cell(3).locator(".fault").textContent()).toContain("SyntaxError");
    await opened.cell(3).getByText("line 2").click();
    await opened.cell(3).locator(".cm-content:focus").waitFor();
    await opened.page.keyboard.insertText("0");
    await opened.page.keyboard.press("Control+Enter");
    await opened.status(3, "ok");
    await opened.cell(2).locator(".blocked-by button").click();
    await expect.poll(() => opened.page.evaluate(() => document.activeElement?.id)).toBe("cell-1");
  });

  test("cells are added, moved, removed and brought back by keys alone", async () => {
    await using opened = await openPage(browser, {
      "a.html": notebookOf("A", [["js", "const a = 1"], ["js", "const b = 2"]]),
    });
    const { page } = opened;
    const order = () =>
      page.locator(".cell").evaluateAll((cells) => cells.map((cell) => cell.dataset.id));
    await opened.open("a.html");
    await opened.status(2, "ok");
    await opened.cell(1).focus();
    await page.keyboard.press("Alt+ArrowDown");
    await expect.poll(order).toEqual(["2", "1"]);
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("cell-1");
    await page.keyboard.press("b");
    await opened.cell(3).locator(".cm-content:focus").waitFor();
    await page.keyboard.insertText("a + b");
    await page.keyboard.press("Shift+Enter");
    await opened.cell(3).locator(".cell-output", { hasText: "3" }).waitFor();
    // The last cell got a next one, which is being written.
    await opened.cell(4).locator(".cm-content:focus").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Delete");
    await expect.poll(order).toEqual(["2", "1", "3"]);
    await opened.cell(1).focus();
    await page.keyboard.press("Delete");
    await expect.poll(order).toEqual(["2", "3"]);
    await opened.status(3, "error");
    await page.getByRole("button", { name: "Undo" }).last().click();
    await opened.status(3, "ok");
    expect(await order()).toEqual(["2", "5", "3"]);
  });

  test("a file beside the notebook is read, and one that is not there is told", async () => {
    await using opened = await openPage(browser, {
      "data/notes.txt": "beside",
      "a.html": notebookOf("A", [
        ["js", 'display(await FileAttachment("data/notes.txt").text())'],
        ["js", 'await FileAttachment("data/none.txt").text()'],
      ]),
    });
    await opened.open("a.html");
    await opened.cell(1).locator(".cell-output", { hasText: "beside" }).waitFor();
    await opened.status(2, "error");
    expect(await opened.cell(2).locator(".fault").textContent()).toContain('"data/none.txt"');
  });

  test("the look of the workbench does not reach into what cells show", async () => {
    const classes = ["cell", "source", "fault", "insert", "mark", "empty", "primary", "title"];
    const nodes = classes.map((name) => `<button class="${name}">x</button>`).join("");
    await using opened = await openPage(browser, {
      "a.html": notebookOf("A", [["html", `${nodes}<button class="unknown">x</button>`]]),
    });
    await opened.open("a.html");
    await opened.status(1, "ok");
    const looks = await opened.cell(1).locator(".cell-output button").evaluateAll((buttons) =>
      buttons.map((button) => {
        const { display, position, color, padding, backgroundColor } = getComputedStyle(button);
        return [display, position, color, padding, backgroundColor].join(" ");
      })
    );
    expect(looks).toHaveLength(classes.length + 1);
    expect(new Set(looks).size).toBe(1);
  });

  test("names of other cells are offered while typing", async () => {
    await using opened = await openPage(browser, {
      "a.html": notebookOf("A", [["js", "const frequencies = [1, 2]"], ["js", "0"]]),
    });
    await opened.open("a.html");
    await opened.status(1, "ok");
    await opened.write(2, "", false);
    await opened.page.keyboard.type("freq");
    await opened.page.locator(".cm-tooltip-autocomplete li", { hasText: "frequencies" }).click();
    await opened.page.keyboard.type(".length");
    await opened.page.keyboard.press("Control+Enter");
    await opened.cell(2).locator(".cell-output", { hasText: "2" }).waitFor();
  });

  test("a cell takes another mode and hides its source", async () => {
    await using opened = await openPage(browser, {
      "a.html": notebookOf("A", [["js", "# Title"], ["js", "1 + 1"]]),
    });
    await opened.open("a.html");
    await opened.status(1, "error");
    await opened.cell(1).hover();
    await opened.cell(1).getByLabel("Kind of cell").selectOption("md");
    await opened.cell(1).locator("h1", { hasText: "Title" }).waitFor();
    await opened.cell(2).hover();
    await opened.cell(2).getByLabel("Hide the source").click();
    await expect.poll(() => opened.cell(2).locator(".source").count()).toBe(0);
    expect(await opened.cell(2).locator(".cell-output").textContent()).toBe("2");
  });

  test("all cells are stopped and run again from the bar", async () => {
    await using opened = await openPage(browser, {
      "a.html": notebookOf("A", [
        ["js", "await new Promise(() => {})"],
        ["js", counted("two", "await new Promise((end) => setTimeout(end, 60_000))")],
      ]),
    });
    await opened.open("a.html");
    await opened.status(1, "running");
    await opened.status(2, "running");
    await opened.page.getByText("Stop all").click();
    await opened.status(1, "cancelled");
    await opened.status(2, "cancelled");
    await opened.page.getByText("Run all").click();
    await opened.status(2, "running");
    await expect.poll(() => opened.page.evaluate("runs")).toEqual({ two: 2 });
  });

  test("a long notebook makes editors for what is in view only", async () => {
    const cells = Array.from(
      { length: 120 },
      (_, index) => ["js", `const v${index} = ${index};${"\n// filler".repeat(20)}`] as const,
    );
    await using opened = await openPage(browser, { "a.html": notebookOf("A", cells) });
    await opened.open("a.html");
    await opened.status(120, "ok");
    const editors = () => opened.page.locator(".cm-editor").count();
    await expect.poll(editors).toBeGreaterThan(0);
    expect(await editors()).toBeLessThan(20);
    await opened.cell(120).scrollIntoViewIfNeeded();
    await opened.cell(120).locator(".cm-editor").waitFor();
    expect(await editors()).toBeLessThan(40);
  });

  test("a hidden tab goes on computing", async () => {
    await using opened = await openPage(browser, {
      "a.html": notebookOf("A", [
        [
          "js",
          "const count = (async function* () {\n" +
          "  for (let i = 0;; i++) { yield i; await new Promise((go) => setTimeout(go, 50)); }\n})();",
        ],
        ["js", "globalThis.seen = count;"],
      ]),
    });
    await using devtools = await openDevtools();
    const tab = await devtools.openTab(`${opened.server.url}#/notebooks/a.html`);
    await expect.poll(() => tab.evaluate("globalThis.seen > 0")).toBe(true);
    await devtools.openTab("about:blank");
    await expect.poll(() => tab.evaluate("document.hidden")).toBe(true);
    const before = Number(await tab.evaluate("seen"));
    await expect.poll(() => tab.evaluate("seen")).toBeGreaterThan(before + 2);
    expect(await tab.evaluate("document.hidden")).toBe(true);
  });
});
