import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, openChromium } from "../support/browser.ts";
import { notebookOf, type OpenedPage, openPage } from "./opened_page.ts";

let browser: Browser;

const file = ({ server }: OpenedPage, name: string) =>
  Deno.readTextFile(join(server.notebooks, name));

/** A notebook with one cell, changed in the page and, meanwhile, in the folder. */
async function inConflict(): Promise<OpenedPage> {
  const opened = await openPage(browser, { "a.html": notebookOf("A", [["js", "1"]]) });
  await opened.open("a.html");
  await opened.write(1, "'mine'");
  const theirs = notebookOf("A", [["js", "'theirs'"]]);
  await Deno.writeTextFile(join(opened.server.notebooks, "a.html"), theirs);
  await opened.page.keyboard.press("Control+s");
  await opened.page.getByText("Two versions").waitFor();
  return opened;
}

describe.skipIf(CHROMIUM === null)("saving", () => {
  beforeAll(async () => void (browser = await openChromium()));
  afterAll(() => browser.close());

  test("a reload brings back what was saved, text that has not run included", async () => {
    await using opened = await openPage(browser, {
      "a.html": notebookOf("A", [["js", "const x = 1"], ["js", "x + 1"]]),
    });
    const { page } = opened;
    await opened.open("a.html");
    await opened.status(2, "ok");
    await opened.write(1, "const x = 41");
    await opened.write(2, "x + 1 // not run", false);
    await page.getByLabel("Title").fill("Renamed <b>");
    await page.keyboard.press("Control+s");
    await page.locator(".save-state", { hasText: "saved" }).filter({ hasNotText: "unsaved" })
      .waitFor();
    expect(await file(opened, "a.html")).toContain("x + 1 // not run");
    await page.reload();
    await opened.cell(2).getByText("42").waitFor();
    expect(await opened.cell(2).locator(".source").textContent()).toContain("// not run");
    expect(await page.getByLabel("Title").inputValue()).toBe("Renamed <b>");
  });

  test("saving writes the notebook as it was where nothing was changed", async () => {
    const before = notebookOf("A", [["js", "1"], ["md", "# é"], ["html", "<b>x</b>"], ["ts", "2"]]);
    await using opened = await openPage(browser, { "a.html": before });
    await opened.open("a.html");
    await opened.write(1, "2");
    await opened.write(1, "1");
    await opened.page.keyboard.press("Control+s");
    await opened.page.locator(".save-state").getByText("saved", { exact: true }).waitFor();
    expect(await file(opened, "a.html")).toBe(before);
  });

  test("in a conflict, a copy of mine leaves the other version where it is", async () => {
    await using opened = await inConflict();
    await opened.page.getByText("Save mine as a copy").click();
    await opened.page.locator(".file-name", { hasText: "a (2).html" }).waitFor();
    expect(await file(opened, "a.html")).toContain("'theirs'");
    expect(await file(opened, "a (2).html")).toContain("'mine'");
    await opened.page.reload();
    await opened.cell(1).locator(".cell-output", { hasText: "mine" }).waitFor();
  });

  test("in a conflict, taking the name keeps the other version as a copy", async () => {
    await using opened = await inConflict();
    await opened.page.getByText("Copy the other").click();
    await opened.page.getByText("the other version is kept as a (2).html").waitFor();
    expect(await file(opened, "a.html")).toContain("'mine'");
    expect(await file(opened, "a (2).html")).toContain("'theirs'");
  });

  test("a conflict that is put off changes nothing, and a file that was removed comes back", async () => {
    await using opened = await inConflict();
    const { page, server } = opened;
    await page.keyboard.press("Escape");
    await page.locator(".save-state", { hasText: "unsaved" }).waitFor();
    expect(await file(opened, "a.html")).toContain("'theirs'");
    await Deno.remove(join(server.notebooks, "a.html"));
    await page.keyboard.press("Control+s");
    await page.getByText("The file is gone").waitFor();
    await page.getByText("Save it again").click();
    await page.locator(".save-state").getByText("saved", { exact: true }).waitFor();
    expect(await file(opened, "a.html")).toContain("'mine'");
  });

  test("leaving the page with unsaved text asks first", async () => {
    await using opened = await openPage(browser, { "a.html": notebookOf("A", [["js", "1"]]) });
    const { page } = opened;
    await opened.open("a.html");
    await opened.write(1, "2");
    const asked = new Promise<string>((resolve) =>
      page.once("dialog", (dialog) => {
        resolve(dialog.type());
        void dialog.accept();
      })
    );
    await page.close({ runBeforeUnload: true });
    expect(await asked).toBe("beforeunload");
  });

  test("a server that is gone loses nothing that is open", async () => {
    const opened = await openPage(browser, { "a.html": notebookOf("A", [["js", "1"]]) });
    await opened.open("a.html");
    await opened.write(1, "'kept'");
    await opened.server[Symbol.asyncDispose]();
    await opened.page.keyboard.press("Control+s");
    await opened.page.getByText("Not saved: The workbench's server does not answer").waitFor();
    await opened.page.locator(".save-state", { hasText: "unsaved" }).waitFor();
    await opened.cell(1).locator(".cell-output", { hasText: "kept" }).waitFor();
    await opened.page.context().close();
  });

  test("autosave saves a moment after the change", async () => {
    await using opened = await openPage(browser, { "a.html": notebookOf("A", [["js", "1"]]) });
    await opened.open("a.html");
    await opened.page.getByLabel("Autosave").check();
    await opened.write(1, "'by itself'");
    await expect.poll(() => file(opened, "a.html")).toContain("'by itself'");
  });
});
