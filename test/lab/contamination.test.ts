/** What of evaluated tasks is planted into training data is found; and nothing is there unplanted. */
import { beforeAll, expect, test } from "vitest";
import { catN, goldFixes, makeMiniSwe, type Task } from "../../src/agent/mod.ts";
import { contaminationOf, leakingDocuments } from "../../src/lab/contamination.ts";
import { labDocument } from "../../src/lab/lab_document.ts";
import {
  type AblationSpec,
  DATA_KINDS,
  type DataKind,
  labDocuments,
  parseAblation,
  type World,
  type WorldKind,
} from "../../src/lab/mod.ts";
import { shortFile } from "../../src/lab/short_turns.ts";
import smoke from "../../notebooks/data/smoke.json" with { type: "json" };

let spec: AblationSpec;
let world: World;
let tasks: Task[];

beforeAll(async () => {
  spec = parseAblation({ ...smoke, world: { seed: 1, tasks: 60 } });
  const all: Task[] = [];
  for await (const repository of makeMiniSwe({ seed: 1, count: 60 })) all.push(...repository.tasks);
  world = { tasks: all, runs: [], seed: 1, code: 0, format: "swe-agent" };
  tasks = all.filter(({ split }) => split !== "train");
}, 600_000);

/** Counts with these texts in the documents of kind "code". */
function countsWith(...planted: string[]) {
  return countsIn(spec, ...planted);
}

async function countsIn(used: AblationSpec, ...planted: string[]) {
  const documents = async (kind: DataKind) => [
    ...await documentsOf(kind),
    ...planted.map((text, i) => ({
      id: `planted ${i}`,
      kind: "environment" as const,
      segments: [{ role: "file" as const, text }],
    })),
  ];
  return await contaminationOf(tasks, { spec: { ...used, cells: ["none / none"] }, documents });
}

/** Of a kind; corrected runs are a model's, and there is none here. */
function documentsOf(kind: DataKind) {
  return kind === "corrected" ? Promise.resolve([]) : labDocuments(kind, world);
}

async function sourceOf(task: Task | undefined): Promise<{ path: string; text: string }> {
  const [fix] = await goldFixes(task!);
  return { path: fix!.path, text: task!.files![fix!.path]! };
}

test("looking for 13-grams is stopped at once", async () => {
  const controller = new AbortController();
  // Heard only if the thread rests on the way.
  setTimeout(() => controller.abort(new Error("enough")));
  const documents = (kind: WorldKind) => labDocuments(kind, world);
  const looking = leakingDocuments(world, documents, { signal: controller.signal });
  await expect(looking).rejects.toThrow("enough");
});

test("a world's own training data have no name, module, function or 13-gram of what is held out", async () => {
  const clean = await countsWith();
  expect(tasks).toHaveLength(24);
  expect(clean.kinds.code).toMatchObject({ names: 0, modules: 0, functions: 0, tasks: 0 });
  expect(clean.kinds.code?.documents).toBeGreaterThan(40);
  expect(clean.leaks).toEqual([]);
});

test("every kind of data that a cell is trained on is looked through", async () => {
  const all = Object.fromEntries(DATA_KINDS.map((kind) => [kind, 1]));
  const base = { ...spec.base, data: all };
  const allData = { spec: { ...spec, base }, documents: documentsOf };
  const { kinds } = await contaminationOf(tasks, allData);
  expect(Object.keys(kinds).sort()).toEqual([...DATA_KINDS].sort());
});

test.each([
  ["as an agent sees it", (path: string, text: string) => catN(text, path)],
  ["in the short format", shortFile],
])("a module of an evaluated repository is found, %s", async (_, write) => {
  const { path, text } = await sourceOf(tasks[3]);
  const { kinds, leaks } = await countsWith(write(path, text));
  expect(kinds.code?.modules).toBe(1);
  expect(kinds.code?.functions).toBeGreaterThan(0);
  expect(kinds.code?.names).toBeGreaterThan(1);
  expect(leaks).toContainEqual(expect.objectContaining({ what: "name", text: path.slice(4) }));
});

test("a repaired function under another name is found by its 13-grams", async () => {
  const fixes = (await Promise.all(tasks.map(goldFixes))).flat();
  const [{ name = "", after }] = fixes.toSorted((a, b) => b.after.length - a.after.length) as [
    (typeof fixes)[number],
  ];
  const { kinds, leaks } = await countsWith(after.replaceAll(name, "renamed"));
  expect(kinds.code).toMatchObject({ names: 0, functions: 0 });
  expect(kinds.code?.tasks).toBeGreaterThan(0);
  expect(kinds.code?.worstShare).toBeGreaterThan(0.5);
  expect(leaks).toContainEqual(expect.objectContaining({ kind: "code", what: "13-grams" }));
});

test("a document with a held-out function's 13-grams is left out of a world, and no other", async () => {
  const fixes = (await Promise.all(tasks.map(goldFixes))).flat();
  const [{ name = "", after }] = fixes.toSorted((a, b) => b.after.length - a.after.length) as [
    (typeof fixes)[number],
  ];
  const clean = await labDocuments("code", world);
  const planted = labDocument("planted", [
    { role: "file", text: after.replaceAll(name, "renamed") },
  ]);
  const leaking = await leakingDocuments(
    world,
    async (kind) => kind === "code" ? [...clean, planted] : await labDocuments(kind, world),
  );
  expect(leaking).toContain("planted");
  expect(leaking.length).toBeLessThan(5);

  const [first] = clean;
  const without = await labDocuments("code", { ...world, leaking: new Set([first!.id]) });
  expect(without).toEqual(clean.slice(1));
});

test("where numbers are printed, two digits are no sign of a task, and its words still are", async () => {
  const fixes = (await Promise.all(tasks.map(goldFixes))).flat();
  const [{ name = "", after }] = fixes.toSorted((a, b) => b.after.length - a.after.length) as [
    (typeof fixes)[number],
  ];
  const printed = { ...spec, world: { ...spec.world, shape: { printed: 0.5 } } };
  const shown = await countsIn(printed, after.replaceAll(name, "renamed"));
  expect(shown.kinds.code).toMatchObject({ names: 0, functions: 0, tasks: 1 });
  expect(shown.method).toContain("Numbers of two digits are not told apart");
  expect((await countsWith()).method).not.toContain("two digits");
});

test("a name alone is found, and a name that is only part of another is not", async () => {
  const [fix] = await goldFixes(tasks[0]!);
  const name = fix?.name ?? "";
  expect((await countsWith(`see ${name} there`)).kinds.code?.names).toBe(1);
  expect((await countsWith(`see ${name}s there`)).kinds.code?.names).toBe(0);
});
