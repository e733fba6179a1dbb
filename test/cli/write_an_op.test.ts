import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { bottegaJson } from "../support/bottega.ts";

test("the notebook that writes an op finds it right, and trains with it", async () => {
  const folder = await mkdtemp(`${tmpdir()}/bottega-op-`);
  try {
    const page = `${folder}/op.html`;
    const report = await bottegaJson("run", "notebooks/write-an-op.html", "--html", page) as {
      cells: { id: number; status: string }[];
    };
    expect(report.cells.filter(({ status }) => status !== "ok")).toEqual([]);
    const html = await readFile(page, "utf8");
    expect(html.match(/<td>✓/g)).toHaveLength(3);
    expect(html).not.toContain("<td>✗");
    // Seven tokens twice fall short of sixteen, so the loss stays at ln 16.
    expect(html).toMatch(/2\.7\d nats with a window of 8/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
