/** The notebooks of the experiment run headless, every cell, in seconds. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bottegaJson } from "../support/bottega.ts";

interface Report {
  readonly cells: readonly { readonly id: number; readonly status: string }[];
  readonly failed: number;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(`${tmpdir()}/bottega-ablation-`);
});
afterAll(() => rm(folder, { recursive: true }));

async function runNotebook(name: string, ...set: string[]): Promise<string> {
  const page = `${folder}/${name}`;
  const options = set.flatMap((value) => ["--set", value]);
  const report = await bottegaJson("run", `notebooks/${name}`, "--html", page, ...options);
  const { cells, failed } = report as Report;
  expect(cells.filter(({ status }) => status !== "ok")).toEqual([]);
  expect(failed).toBe(0);
  return await readFile(page, "utf8");
}

test(
  "the ablation shows what was found before, and trains nothing that nobody asked for",
  async () => {
    const html = await runNotebook("ablation.html");
    expect(html).toContain("Table 1: recipes");
    expect(html).toContain("Nothing has been run in this page yet.");
    expect(html).toMatch(/tokens to train on/);
  },
  300_000,
);

test("the lesson shows one change in all its tellings, and trains all three stages", async () => {
  const html = await runNotebook("mid-training-explained.html", "length=0.05");
  expect(html).toMatch(/base \d\.\d\d nats, mid-training \d\.\d\d nats, fine-tuning \d\.\d\d nats/);
  // A row for each role of held-out runs, a column for each stage.
  const [, table = ""] = html.split("Loss on held-out runs, nats a token</strong>");
  const rows = [...table.matchAll(/<th scope="row">(\w+)<\/th>((?:<td[^>]*>[\d.]+<\/td>)+)/g)];
  expect(rows.map(([, role]) => role).sort())
    .toEqual(expect.arrayContaining(["action", "observation", "problem"]));
  for (const [, , cells] of rows) expect(cells?.match(/<td/g)).toHaveLength(3);
}, 600_000);
