import { describe, expect, test } from "vitest";
import type { Progress } from "../../src/gpu/mod.ts";
import { loadTrajectories, summarize } from "../../src/trajectory/mod.ts";
import { findRealData, readFiles } from "../support/read_text.ts";

const row = (id: string) =>
  JSON.stringify({ instance_id: id, messages: [{ role: "assistant", content: "Done." }] });

const data = findRealData();
describe.skipIf(data === null)("the real files", () => {
  test("18 trajectories, no error, the rest passed over with reasons", async () => {
    const { trajectories, errors, skipped } = await loadTrajectories(data ?? "");
    expect(errors).toEqual([]);
    expect(trajectories).toHaveLength(18);
    expect(new Set(trajectories.map(({ id }) => id)).size).toBe(18);
    expect(trajectories.every(({ steps }) => steps.length >= 1)).toBe(true);
    expect(trajectories.every(({ task }) => task.problem !== "")).toBe(true);
    expect(trajectories.every(({ steps }) => steps.every(({ calls }) => calls.length === 1))).toBe(
      true,
    );
    const formats = Map.groupBy(trajectories, ({ provenance }) => provenance.format);
    expect(Object.fromEntries([...formats].map(([format, list]) => [format, list.length]))).toEqual(
      {
        "swe-agent": 8,
        chat: 2,
        "r2e-gym": 5,
        openhands: 2,
        "mini-swe-agent": 1,
      },
    );
    const known = trajectories.filter(({ outcome }) => outcome.resolved !== null)
      .map(({ provenance: { path, row }, outcome }) => `${path} ${row ?? "-"} ${outcome.resolved}`);
    expect(known).toEqual([
      "r2e-gym/glm46_swe_rebench.jsonl 0 true",
      "r2e-gym/glm46_swe_rebench.jsonl 1 true",
      "r2e-gym/glm46_swe_rebench.jsonl 2 true",
      "r2e-gym/glm46_swe_rebench.jsonl 3 false",
      "r2e-gym/glm46_swe_rebench.jsonl 4 false",
      "swe-smith/pandas-dev__pandas.95280573.pr_53652.traj - true",
    ]);
    expect(skipped.map(({ path }) => path)).toEqual([
      "README.md",
      "mini-swe-agent/LICENSE",
      "openhands/LICENSE",
      "r2e-gym/LICENSE",
      "swe-agent/LICENSE",
      "swe-smith/LICENSE",
      "swe-smith/pandas-dev__pandas.95280573.pr_53652.report.json",
    ]);
    expect(skipped.at(-1)?.reason).toBe("evaluation report");
  });

  test("thought, action and observation are those of the file, to the letter", async () => {
    const { trajectories } = await loadTrajectories(data ?? "");
    const compared = { steps: 0, messages: 0 };
    for (const { provenance: { path, row, format }, steps } of trajectories) {
      const text = await Deno.readTextFile(`${data}/${path}`);
      const record = JSON.parse(row === undefined ? text : text.split("\n")[row] ?? "");
      const raw = record.trajectory ?? record.trajectory_steps;
      if (raw !== undefined) {
        expect(steps.map(({ thought, calls, observations }) => ({
          thought,
          action: calls.map((call) => call.text).join(""),
          observation: observations.map((piece) => piece.text).join(""),
        }))).toEqual(raw.map(({ thought, action, observation }: Record<string, string>) => ({
          thought,
          action,
          observation,
        })));
        compared.steps += steps.length;
      } else if (format === "chat" || format === "mini-swe-agent") {
        const messages: { role: string; content: string }[] = record.messages ?? record;
        const first = messages.findIndex(({ role }) => role === "assistant");
        const turns = steps.flatMap(({ thought, calls, observations }) => [
          thought + calls.map((call) => call.text).join(""),
          ...observations.map((piece) => piece.text),
        ]);
        expect(turns).toEqual(messages.slice(first).map(({ content }) => content));
        compared.messages += turns.length;
      }
    }
    expect(compared).toEqual({ steps: 259, messages: 180 });
  });
});

test("ids are made unique by path and row", async () => {
  const { trajectories } = await readFiles({
    "a.jsonl": `${row("same")}\n${row("same")}\n${row("other")}`,
    "b.jsonl": row("same"),
  });
  expect(trajectories.map(({ id }) => id))
    .toEqual(["same@a.jsonl#0", "same@a.jsonl#1", "other", "same@b.jsonl"]);
  const clash = await readFiles({ "a": row("x@b"), "b": row("x"), "c": row("x") });
  expect(new Set(clash.trajectories.map(({ id }) => id)).size).toBe(3);
});

test("a row of the summary says what a table shows", async () => {
  const { trajectories: [trajectory] } = await readFiles({ "runs/a.jsonl": row("acme__tool-1") });
  if (trajectory === undefined) throw new Error("nothing was read");
  expect(summarize(trajectory)).toEqual({
    id: "acme__tool-1",
    format: "chat",
    source: "test",
    path: "runs/a.jsonl",
    row: null,
    repository: "acme/tool",
    title: "",
    steps: 1,
    resolved: null,
    exitStatus: null,
    model: null,
    characters: 5,
  });
});

test.each([
  ["Broken sum\n\nIt adds wrong.\n", "Broken sum"],
  ["<uploaded_files>\n/testbed\n</uploaded_files>\nI have\n<pr_description>\n# Fix it\n", "Fix it"],
  ["We are solving this.\n\nISSUE:\n`x` fails\n", "`x` fails"],
  ["---\n42\n", "---"],
  [" \n", ""],
  ["a".repeat(200), `${"a".repeat(119)}…`],
])("the title of %j", async (content, title) => {
  const messages = [{ role: "user", content }, { role: "assistant", content: "Done." }];
  const { trajectories } = await readFiles({ "a.json": JSON.stringify({ messages }) });
  expect(trajectories.map((trajectory) => summarize(trajectory).title)).toEqual([title]);
});

test("progress counts bytes up to the last one", async () => {
  const told: Progress[] = [];
  const text = Array.from({ length: 30_000 }, (_, i) => row(`r${i}`)).join("\n");
  await readFiles({ "a.jsonl": text, "b.md": "x", "c.jsonl": row("c") }, {
    onProgress: (progress) => told.push(progress),
  });
  const total = text.length + 1 + row("c").length;
  expect(
    told.every((step) => step.phase === "read" && step.unit === "bytes" && step.total === total),
  )
    .toBe(true);
  expect(told[0]?.done).toBe(0);
  expect(told.at(-1)?.done).toBe(total);
  expect(told.length).toBeGreaterThan(3);
  expect(told.map(({ done }) => done)).toEqual(
    told.map(({ done }) => done).toSorted((a, b) => a - b),
  );
});

test("an abort stops the reading of one large file, and throws its reason", async () => {
  const stop = new AbortController();
  const line = `${row("x")}\n`;
  const blob = new Blob(Array(400_000).fill(line));
  let done = 0;
  const started = performance.now();
  const reading = readFiles({ "a.jsonl": blob }, {
    signal: stop.signal,
    onProgress: (progress) => done = progress.done,
  });
  setTimeout(() => stop.abort(new Error("enough")), 100);
  await expect(reading).rejects.toThrow("enough");
  expect(performance.now() - started).toBeLessThan(30_000);
  expect(done).toBeLessThan(blob.size / 2);
  await expect(readFiles({ "a.jsonl": "{}" }, { signal: stop.signal })).rejects.toThrow("enough");
});
