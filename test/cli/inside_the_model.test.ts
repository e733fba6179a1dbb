import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { bottegaJson } from "../support/bottega.ts";

test("the notebook that looks inside a model runs headless, and its model has learnt", async () => {
  const folder = await mkdtemp(`${tmpdir()}/bottega-inside-`);
  try {
    const page = `${folder}/inside.html`;
    const report = await bottegaJson("run", "notebooks/inside-the-model.html", "--html", page) as {
      cells: { id: number; status: string }[];
    };
    expect(report.cells.filter(({ status }) => status !== "ok")).toEqual([]);
    const html = await readFile(page, "utf8");
    // Mean losses by role, well below a guess among 256 bytes.
    const losses = [...html.matchAll(/>(\d\.\d\d) \(\d+\)</g)].map(([, nats]) => Number(nats));
    expect(losses.length).toBeGreaterThanOrEqual(2);
    for (const nats of losses) expect(nats).toBeLessThan(3.5);
    expect(html).toMatch(/data:image\/png;base64,iVBOR/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
