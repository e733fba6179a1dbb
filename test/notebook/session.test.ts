import { describe, expect, it } from "vitest";
import type { Session } from "../../src/notebook/mod.ts";
import { NotebookError } from "../../src/notebook/mod.ts";
import { cellOf, statuses, textOf, untilStatus } from "../support/notebook.ts";
import { useSessions } from "../support/sessions.ts";

let session: Session;
const { start, open } = useSessions((opened) => session = opened);

const LOG = 'import {log} from "probe";';

describe("reactivity", () => {
  it("computes cells in the order of what they read, not of the document", async () => {
    await open(["b * 2", "const b = a + 1", "const a = 3"]);
    expect(statuses(session)).toEqual(["ok", "ok", "ok"]);
    expect(textOf(session, 1)).toBe("8");
    expect(cellOf(session, 2)).toMatchObject({ defines: ["b"], reads: ["a"] });
  });

  it("runs an edited cell and its dependants, and nothing else", async () => {
    const log: string[] = [];
    await open([
      LOG,
      'const a = (log.push("a"), 1)',
      'const b = (log.push("b"), a + 1)',
      'const c = (log.push("c"), b + 1)',
      'const d = (log.push("d"), 5)',
    ], { probe: { log } });
    expect(log.toSorted()).toEqual(["a", "b", "c", "d"]);
    log.length = 0;
    session.edit(3, 'const b = (log.push("b"), a + 10)');
    await session.settled();
    expect(log).toEqual(["b", "c"]);
    session.edit(3, 'const b = (log.push("b"), a + 10)');
    await session.settled();
    expect(log, "the same text again").toEqual(["b", "c"]);
  });

  it("awaits promises and gives dependants their values", async () => {
    await open(["const x = new Promise((resolve) => setTimeout(resolve, 5, 7))", "x + 1"]);
    expect(textOf(session, 2)).toBe("8");
    expect(cellOf(session, 1).durationMs).toBeGreaterThan(4);
  });

  it("does not blank an edited cell when its old variable is deleted", async () => {
    await open(['"one"']);
    session.edit(1, '"two"');
    await session.settled();
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(textOf(session, 1)).toBe('"two"');
  });

  it("removes, inserts and moves cells", async () => {
    await open(["const a = 1", "a"]);
    session.remove(1);
    await session.settled();
    expect(cellOf(session, 2)).toMatchObject({
      status: "error",
      error: { name: "ReferenceError", message: "a is not defined", line: 1, column: 1 },
    });
    const id = session.insert(1, "js", "const a = 2");
    expect(id).toBe(3);
    await session.settled();
    expect(textOf(session, 2)).toBe("2");
    session.move(3, 0);
    expect(session.cells.map((cell) => cell.id)).toEqual([3, 2]);
    expect(() => session.edit(9, "")).toThrowError(NotebookError);
  });

  it("takes text with the line ends that the file will have", async () => {
    await open(["1;\n2"]);
    session.edit(1, "1;\r\n3");
    expect(cellOf(session, 1).source).toBe("1;\n3");
    session.insert(0, "md", "a\rb");
    expect(session.cells[0]?.source).toBe("a\nb");
  });

  it("keeps the output element of a cell through edits and moves", async () => {
    await open(["1", "2"]);
    const { output } = cellOf(session, 1);
    session.edit(1, "3");
    session.move(1, 1);
    await session.settled();
    expect(cellOf(session, 1).output).toBe(output);
    expect(output.textContent).toBe("3");
  });

  it("tells of changes with the cell's id, and of title and structure", async () => {
    await open(["const a = 1"]);
    const changes: string[] = [];
    const stop = session.onChange(({ kind, id }) => changes.push(id ? `${kind} ${id}` : kind));
    session.setTitle("New");
    session.insert(1, "md", "Hi");
    session.edit(1, "const a = 2");
    await session.settled();
    expect(new Set(changes)).toEqual(new Set(["title", "cells", "cell 1", "cell 2"]));
    stop();
    const count = changes.length;
    session.setTitle("Newer");
    expect(changes.length).toBe(count);
    expect(session.title).toBe("Newer");
  });

  it("gives the same object for a cell as long as it has not changed", async () => {
    await open(["const a = 1", "a", "2"]);
    const before = session.cells;
    expect(session.cells[2]).toBe(before[2]);
    session.run(1);
    await session.settled();
    expect(session.cells[0]).not.toBe(before[0]);
    expect(session.cells[2]).toBe(before[2]);
  });

  it("runs a cell again when told, with its dependants", async () => {
    const log: string[] = [];
    await open([LOG, 'const a = (log.push("a"), 1)', '(log.push("b"), a)', 'log.push("c")'], {
      probe: { log },
    });
    log.length = 0;
    session.run(2);
    await session.settled();
    expect(log).toEqual(["a", "b"]);
    session.run();
    await session.settled();
    expect(log.slice(2).toSorted()).toEqual(["a", "b", "c"]);
  });

  it("hides the value of a hidden cell and changes mode", async () => {
    await open(["1 + 1"]);
    session.setHidden(1, true);
    await session.settled();
    expect(textOf(session, 1)).toBe("");
    session.setHidden(1, false);
    session.setMode(1, "md");
    session.setPinned(1, true);
    await session.settled();
    expect(textOf(session, 1).trim()).toBe("1 + 1");
    expect(cellOf(session, 1)).toMatchObject({ mode: "md", pinned: true });
    expect(session.toHtml()).toContain('<script id="1" type="text/markdown" pinned="">');
  });
});

describe("queued and running", () => {
  it("tells waiting for an input from running, and times the running alone", async () => {
    start([
      "const a = await new Promise((resolve) => setTimeout(resolve, 400, 1))",
      "const b = a + 1",
    ]);
    expect(statuses(session)).toEqual(["queued", "queued"]);
    await untilStatus(session, 1, "running");
    expect(statuses(session)).toEqual(["running", "queued"]);
    await session.settled();
    expect(statuses(session)).toEqual(["ok", "ok"]);
    expect(cellOf(session, 1).durationMs).toBeGreaterThan(390);
    expect(cellOf(session, 2).durationMs).toBeLessThan(390);
  });

  it("settles at once when there is nothing to do", async () => {
    await open([]);
    await open(["1"], { autorun: false });
    expect(statuses(session)).toEqual(["idle"]);
  });
});

describe("trust", () => {
  it("opens without running anything, and runs when told", async () => {
    const log: string[] = [];
    await open([LOG, 'log.push("ran")', ["text/markdown", '${log.push("md")}']], {
      probe: { log },
      autorun: false,
    });
    expect(statuses(session)).toEqual(["idle", "idle", "idle"]);
    session.edit(2, 'log.push("edited")');
    await session.settled();
    expect(log).toEqual([]);
    session.run();
    await session.settled();
    expect(log.toSorted()).toEqual(["edited", "md"]);
  });

  it("runs one cell with those that it needs, and no other", async () => {
    await open(["const a = 1", "const b = a + 1", "const c = b + 1", "const d = 4"], {
      autorun: false,
    });
    session.run(2);
    await session.settled();
    expect(statuses(session)).toEqual(["ok", "ok", "idle", "idle"]);
  });
});

describe("imports", () => {
  it("come from the list only, static and dynamic, and are checked for names", async () => {
    start([
      'import {a as x, default as d} from "lib";\nimport * as all from "npm:lib";',
      "[x, d, Object.keys(all).length]",
      'const {a} = await import("npm:lib"); display(a)',
      'import {nothing} from "lib"',
      'import y from "https://example.com/y.js"',
      'const late = await import("npm:d3")',
      "import.meta.url",
    ], { imports: { lib: () => Promise.resolve({ a: 1, default: 2 }) } });
    await session.settled();
    expect(textOf(session, 2)).toBe("Array(3) [1, 2, 2]");
    expect(textOf(session, 3)).toBe("1");
    expect(cellOf(session, 4).error?.message).toBe("“lib” has no export “nothing”.");
    expect(cellOf(session, 5).error).toEqual({
      name: "ImportError",
      message: "“https://example.com/y.js” cannot be imported here; available: lib, probe.",
      line: 1,
      column: 15,
    });
    expect(cellOf(session, 6).error?.message).toBe(
      "“npm:d3” cannot be imported here; available: lib, probe.",
    );
    expect(cellOf(session, 7).error?.message).toBe("import.meta is not available in a cell.");
  });

  it("may take the place of a builtin", async () => {
    start(['import * as Plot from "lib"', "Plot.a"], {
      imports: { lib: () => Promise.resolve({ a: 1 }) },
    });
    await session.settled();
    expect(textOf(session, 2)).toBe("1");
  });
});

describe("builtins", () => {
  it("are there without import", async () => {
    start([
      "Plot.dot([[1, 2], [3, 4]]).plot()",
      "Inputs.range([0, 10], {value: 3})",
      "html`<b>${'<i>'}</b>`",
      "svg`<circle r=2></circle>`",
      "width",
      "typeof now",
      "visibility().then(() => 'seen')",
      "document.createElement('u').localName",
      "Object.keys(Generators).sort()",
      ["text/html", "<em>${1 + 1}</em>"],
      ["text/x-typescript", "const n: number = 4;\ndisplay(n as unknown)"],
    ], {
      imports: {
        "@observablehq/plot": () => import("@observablehq/plot"),
        "npm:@observablehq/inputs": () => import("@observablehq/inputs"),
      },
    });
    await session.settled();
    expect(session.cells.filter(({ status }) => status !== "ok")).toEqual([]);
    expect(cellOf(session, 1).output.querySelectorAll("svg circle").length).toBe(2);
    expect(cellOf(session, 2).output.querySelector("input")).not.toBeNull();
    expect(cellOf(session, 3).output.innerHTML).toBe("<b>&lt;i&gt;</b>");
    expect(cellOf(session, 4).output.innerHTML).toBe('<circle r="2"></circle>');
    expect(textOf(session, 5)).toBe("640");
    expect(textOf(session, 6)).toBe('"number"');
    expect(textOf(session, 7)).toBe('"seen"');
    expect(textOf(session, 8)).toBe('"u"');
    expect(textOf(session, 9)).toBe('Array(2) ["input", "observe"]');
    expect(cellOf(session, 10).output.innerHTML).toBe("<em>2</em>");
    expect(textOf(session, 11)).toBe("4");
  });

  it("that fail to load are told at the cell that reads them", async () => {
    await open(["Plot.dot([]).plot()"]);
    expect(cellOf(session, 1).error?.message).toBe(
      "Plot: “@observablehq/plot” cannot be imported here; available: probe.",
    );
  });

  it("display moves an element that it has shown", async () => {
    await open(["const b = display(document.createElement('b')); display(1); display(b)"]);
    expect(cellOf(session, 1).output.lastElementChild?.localName).toBe("b");
    expect(cellOf(session, 1).output.childNodes.length).toBe(2);
  });

  it("display adds, and a new run starts afresh", async () => {
    await open(["const a = 1", "display(a); display(document.createElement('hr')); display(2)"]);
    expect(cellOf(session, 2).output.childNodes.length).toBe(3);
    session.edit(1, "const a = 9");
    await session.settled();
    expect(cellOf(session, 2).output.childNodes.length).toBe(3);
    expect(textOf(session, 2)).toBe("92");
  });
});

describe("files beside the notebook", () => {
  it("are read by name, in each way", async () => {
    const asked: string[] = [];
    start([
      'const file = FileAttachment("data/x.json");\nconst x = file.json()',
      "[x.a, file.name]",
      'FileAttachment("gone.csv").text()',
      'FileAttachment("data/x.json").bytes().then(({length}) => length)',
    ], {
      openFile: (name) => {
        asked.push(name);
        if (name !== "data/x.json") return Promise.reject(new Error(`no file ${name}`));
        return Promise.resolve(new Blob(['{"a": 1}']));
      },
    });
    await session.settled();
    expect([textOf(session, 2), textOf(session, 4)]).toEqual(['Array(2) [1, "x.json"]', "8"]);
    expect(cellOf(session, 3).error?.message).toBe("no file gone.csv");
    expect(asked.toSorted()).toEqual(["data/x.json", "data/x.json", "gone.csv"]);
  });

  it("are none where nobody offers them", async () => {
    await open(['FileAttachment("x.csv").text()']);
    expect(cellOf(session, 1).error?.message).toContain('no file "x.csv"');
  });
});

describe("values from outside", () => {
  it("replace what the notebook defines", async () => {
    start(["const a = 1, b = 2", "a + b"], { values: { a: 40 } });
    await session.settled();
    expect(textOf(session, 2)).toBe("42");
  });

  it("replace a view, which is still shown", async () => {
    start(["const x = view(document.createElement('input'))", "x"], {
      values: { x: "given" },
    });
    await session.settled();
    expect(textOf(session, 2)).toBe('"given"');
    expect(cellOf(session, 1).output.querySelector("input")).not.toBeNull();
  });

  it("are refused when no cell defines the name", async () => {
    await open([]);
    expect(() => start(["const a = 1"], { values: { b: 1 } })).toThrowError(
      expect.objectContaining({ code: "no-such-value", message: expect.stringContaining("“b”") }),
    );
  });
});
