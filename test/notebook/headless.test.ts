import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runNotebook } from "../../src/notebook/headless.ts";
import { notebookHtml } from "../support/notebook.ts";

const IMPORTS = {
  "@observablehq/plot": () => import("@observablehq/plot"),
  "@observablehq/inputs": () => import("@observablehq/inputs"),
};

describe("a report", () => {
  it("has every cell with its status, and none failed", async () => {
    const report = await runNotebook(
      notebookHtml(["const a = 1", ["text/markdown", "${a}"], "// @lazy\nconst b = a", "b"], "My"),
      { imports: IMPORTS },
    );
    expect(report).toMatchObject({ title: "My", failed: 0, stray: [] });
    expect(report.cells).toEqual([
      { id: 1, mode: "js", defines: ["a"], status: "ok", durationMs: expect.any(Number) },
      { id: 2, mode: "md", defines: [], status: "ok", durationMs: expect.any(Number) },
      { id: 3, mode: "js", defines: ["b"], status: "ok", durationMs: expect.any(Number) },
      { id: 4, mode: "js", defines: [], status: "ok", durationMs: expect.any(Number) },
    ]);
    expect(report.html).toContain("<title>My</title>");
  });

  it("counts what failed and what is blocked by it", async () => {
    const { cells, failed } = await runNotebook(
      notebookHtml(["const a = null.x", "a", "1", "const b ="]),
      { imports: {} },
    );
    expect(cells.map(({ status }) => status)).toEqual(["error", "blocked", "ok", "error"]);
    expect(failed).toBe(3);
  });

  it("takes values from outside", async () => {
    const notebook = notebookHtml(["const n = view(Inputs.range([0, 9], {value: 1}))", "n * 2"]);
    const { html } = await runNotebook(notebook, { imports: IMPORTS, values: { n: 21 } });
    expect(html).toContain('<span class="inspect-number">42</span>');
    await expect(runNotebook(notebook, { imports: IMPORTS, values: { m: 1 } })).rejects
      .toMatchObject({ code: "no-such-value" });
  });

  it("draws Plot and Inputs", async () => {
    const { html, failed } = await runNotebook(
      notebookHtml([
        "Plot.plot({width, color: {legend: true}, marks: [Plot.barY([{x: 'a', y: 2}], {x: 'x', y: 'y', fill: 'x', tip: true})]})",
        "Plot.dot([[1, 2]]).plot()",
        "const rows = view(Inputs.table([{a: 1}, {a: 2}]))",
        "const s = view(Inputs.search([{a: 1}]))",
        "const f = view(Inputs.form({a: Inputs.select(['x', 'y'], {value: 'y'}), b: Inputs.toggle()}))",
        "display([rows.length, s.length, f])",
      ]),
      { imports: IMPORTS },
    );
    expect(failed).toBe(0);
    expect(html).toContain("<rect");
    expect(html).toContain("<table");
    expect(html).toContain("Array(3)");
  });
});

describe("an end", () => {
  it("comes by a time limit, which is told at the cells that hung", async () => {
    const startMs = performance.now();
    const { cells, failed } = await runNotebook(
      notebookHtml(["const a = await new Promise(() => {})", "a", "1"]),
      { imports: {}, timeoutMs: 1000 },
    );
    expect(cells.map(({ status }) => status)).toEqual(["cancelled", "blocked", "ok"]);
    expect(cells[0]?.error?.message).toBe("Stopped: the notebook ran past 1000 ms.");
    expect(failed).toBe(2);
    expect(performance.now() - startMs).toBeLessThan(20_000);
  });

  it("comes by a signal", async () => {
    const controller = new AbortController();
    const run = runNotebook(notebookHtml(["await new Promise(() => {})"]), {
      imports: {},
      signal: controller.signal,
      onCell: ({ status }) => status === "running" && controller.abort(new Error("enough")),
    });
    await expect(run).rejects.toThrowError("enough");
    await expect(runNotebook(notebookHtml([]), { imports: {}, signal: controller.signal })).rejects
      .toThrowError("enough");
  });

  it("waits for an async generator and for a promise, not for a view or an animation", async () => {
    const { html, failed } = await runNotebook(
      notebookHtml([
        "const steps = (async function* () { for (let i = 0; i < 4; ++i) yield i })()",
        "display(`step ${steps}`)",
        "(function* () { while (true) yield 'frame' })()",
        "const x = view(Inputs.text({value: 'typed'}))",
        "now > 0",
      ]),
      { imports: IMPORTS },
    );
    expect(failed).toBe(0);
    expect(html).toContain("step 3");
  });
});

it("does not wait for a user: what does is told so", async () => {
  const notebook = notebookHtml(["const n = view(Inputs.number())", "n * 2", "1"]);
  const { cells, failed } = await runNotebook(notebook, { imports: IMPORTS });
  expect(cells.map(({ status }) => status)).toEqual(["ok", "queued", "ok"]);
  expect(cells[1]?.error?.name).toBe("BlockedError");
  expect(failed).toBe(1);
});

it("gives sliders their values as a browser does", async () => {
  const { html, failed } = await runNotebook(
    notebookHtml([
      "const a = view(Inputs.range())",
      "const b = view(Inputs.range([0, 1], {step: 0.1, value: 0.3}))",
      "const c = view(Inputs.range([5, 25], {step: 5}))",
      "const d = view(Inputs.number([1, 9], {step: 2, value: 4}))",
      "[a, b, c]",
      "d",
    ]),
    { imports: IMPORTS, values: { d: 1 } },
  );
  expect(html).toContain(
    'Array(3) [<span class="inspect-number">0.5</span>, <span class="inspect-number">0.3</span>, ' +
      '<span class="inspect-number">15</span>]',
  );
  expect(failed).toBe(0);
});

it("reports errors that no cell can be blamed for, instead of dying", async () => {
  const { stray, failed } = await runNotebook(
    notebookHtml([
      "const p = (Promise.reject(new RangeError('floating')), 1)",
    ]),
    { imports: {} },
  );
  expect(stray).toEqual([
    { name: "RangeError", message: "floating" },
  ]);
  expect(failed).toBe(1);
});

it("leaves no page behind, also with two at once", async () => {
  const before = Object.getOwnPropertyNames(globalThis).toSorted();
  const wait = (ms: number) =>
    `const late = await new Promise((resolve) => setTimeout(resolve, ${ms}, [[1, 2]]))`;
  const reports = await Promise.all([1, 120].map((ms) => {
    const notebook = notebookHtml([wait(ms), "Plot.dot(late).plot()", "Inputs.table(late)"]);
    return runNotebook(notebook, { imports: IMPORTS });
  }));
  expect(reports.map(({ failed }) => failed)).toEqual([0, 0]);
  expect(Object.getOwnPropertyNames(globalThis).toSorted()).toEqual(before);
  expect("document" in globalThis).toBe(false);
});

describe("in a process of its own", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "notebook-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const root = new URL("../..", import.meta.url).pathname;
  const room = new URL("../../src/notebook/headless.ts", import.meta.url).href;

  async function run(script: string): Promise<string> {
    const path = join(folder, "run.ts");
    await writeFile(path, `import { runNotebook } from ${JSON.stringify(room)};\n${script}`);
    const flags = ["--no-prompt", "--cached-only", "--allow-read", "--allow-env"];
    const args = ["run", ...flags, "--config", join(root, "deno.json"), path];
    const options = { timeout: 150_000, cwd: root };
    return (await promisify(execFile)(process.execPath, args, options)).stdout;
  }

  it("runs with the right to read alone, fetches nothing and exits by itself", async () => {
    const notebook = notebookHtml([
      "const timer = setInterval(() => {}, 1000)",
      "const worker = new Worker(URL.createObjectURL(new Blob(['setInterval(() => {}, 9)'])), {type: 'module'})",
      "const hung = view(Inputs.range())",
      ["text/x-typescript", "const n: number = 1;\ndisplay(md`# ${n}`)"],
      "Plot.dot([[1, 2]]).plot()",
      "const late = setTimeout(() => { throw new TypeError('late') }, 1)",
      "await new Promise((resolve) => setTimeout(resolve, 50))",
      [
        "text/html",
        '<img src="http://127.0.0.1:9/x"><link rel=stylesheet href="http://127.0.0.1:9/y">',
      ],
    ]);
    const stdout = await run(`
const report = await runNotebook(${JSON.stringify(notebook)}, { imports: {
  "@observablehq/plot": () => import("npm:@observablehq/plot@0.6.17"),
  "@observablehq/inputs": () => import("npm:@observablehq/inputs@0.12.0"),
} });
console.log(JSON.stringify({ stray: report.stray, cells: report.cells }));
`);
    const { stray, cells } = JSON.parse(stdout);
    expect(cells.map(({ status }: { status: string }) => status)).toEqual(Array(8).fill("ok"));
    expect(stray).toEqual([{ name: "TypeError", message: "late" }]);
  });

  it("takes no errors once it has ended", async () => {
    const script = `
await runNotebook(${JSON.stringify(notebookHtml(["1"]))}, { imports: {} });
setTimeout(() => { throw new Error("not the notebook's") });
`;
    await expect(run(script)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("not the notebook's"),
    });
  });
});
