/** The notebook about remote workers, without any: a sweep in this process, one of whose workers dies. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bottegaJson } from "../support/bottega.ts";

test("remote-workers.html: four results of five attempts", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bottega-remote-workers-"));
  try {
    const page = join(folder, "page.html");
    const notebook = "notebooks/remote-workers.html";
    const report = await bottegaJson("run", notebook, "--html", page, "--set", "steps=20");
    expect(report).toMatchObject({ failed: 0 });
    expect(await readFile(page, "utf8")).toMatch(/4 results of 4 jobs, which were begun 5 times/);
  } finally {
    await rm(folder, { recursive: true });
  }
}, 600_000);
