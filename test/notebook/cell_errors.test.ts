import { describe, expect, it } from "vitest";
import type { Session } from "../../src/notebook/mod.ts";
import { cellOf, statuses, textOf } from "../support/notebook.ts";
import { useSessions } from "../support/sessions.ts";

let session: Session;
const { open } = useSessions((opened) => session = opened);

describe("errors are told at the cell", () => {
  it("a syntax error, with its place; siblings run, readers are blocked", async () => {
    await open(["const ok = 1", "const broken = 1;\nconst x = = 2", "broken", "ok + 1"]);
    expect(statuses(session)).toEqual(["ok", "error", "blocked", "ok"]);
    expect(cellOf(session, 2).error).toEqual({
      name: "SyntaxError",
      message: "Unexpected token",
      line: 2,
      column: 11,
    });
    expect(cellOf(session, 3).error).toMatchObject({ blockedBy: "broken" });
    session.edit(2, "const broken = 4");
    await session.settled();
    expect(textOf(session, 3)).toBe("4");
  });

  it("an exception, with its place; readers are blocked and do not repeat it", async () => {
    await open(["const a = 1;\n\nconst b = null.x", "b + a", '(() => { throw "text" })()']);
    expect(cellOf(session, 1)).toMatchObject({
      status: "error",
      error: { name: "TypeError", line: 3, column: 16 },
    });
    expect(cellOf(session, 2).error?.message).toBe("“b” has no value: see cell 1.");
    expect(cellOf(session, 3).error).toEqual({ name: "Error", message: "text" });
  });

  it("a rejected promise that the cell defines", async () => {
    await open(["const a = Promise.reject(new RangeError('no'))", "a"]);
    expect(statuses(session)).toEqual(["error", "blocked"]);
    expect(cellOf(session, 1).error).toMatchObject({ name: "RangeError", message: "no" });
  });

  it("a missing name, with its place", async () => {
    await open(["const a =\n  missing + 1", ["text/markdown", "Hi\n\n${gone}"]]);
    expect(cellOf(session, 1).error).toEqual({
      name: "ReferenceError",
      message: "missing is not defined",
      line: 2,
      column: 3,
    });
    expect(cellOf(session, 2).error).toMatchObject({ message: "gone is not defined", line: 3 });
  });

  it("a circle, at each cell in it and no other", async () => {
    await open(["const a = b", "const b = c", "const c = a", "a + 1", "2"]);
    expect(statuses(session)).toEqual(["error", "error", "error", "blocked", "ok"]);
    expect(cellOf(session, 1).error).toEqual({
      name: "CycleError",
      message: "This cell needs its own value: a → b → c → a.",
    });
    session.edit(3, "const c = 1");
    await session.settled();
    expect(textOf(session, 4)).toBe("2");
  });

  it("a name defined twice, at both cells, healed by either", async () => {
    await open(["const a = 1", "const a = 2", "a"]);
    expect(statuses(session)).toEqual(["error", "error", "blocked"]);
    for (const id of [1, 2]) {
      expect(cellOf(session, id).error?.message).toBe(
        "“a” is defined more than once: in cells 1, 2.",
      );
    }
    session.edit(1, "const z = 1");
    await session.settled();
    expect(statuses(session)).toEqual(["ok", "ok", "ok"]);
    expect(textOf(session, 3)).toBe("2");
    session.edit(1, "const a = 3");
    await session.settled();
    session.remove(2);
    await session.settled();
    expect(textOf(session, 3)).toBe("3");
  });

  it("an assignment to another cell's variable, an export, a builtin redefined", async () => {
    await open(["let a = 1", "a = 2", "export const b = 1", "const display = 1"]);
    expect(cellOf(session, 2).error).toEqual({
      name: "SyntaxError",
      message: "Assignment to external variable 'a'",
      line: 1,
      column: 1,
    });
    expect(cellOf(session, 3).error).toMatchObject({ message: "Unexpected token 'export'" });
    expect(cellOf(session, 4).error?.message).toContain("“display” is a builtin");
  });

  it("a mode that does not run here, and the cell stays in the file", async () => {
    await open([["application/sql", "SELECT 1"], ["text/x-python", "print(1)"], "1"]);
    expect(statuses(session)).toEqual(["error", "error", "ok"]);
    expect(cellOf(session, 1).error?.message).toBe(
      "Cells of type “sql” are kept in the file but do not run here.",
    );
    expect(session.toHtml()).toContain("SELECT 1");
  });

  it("not by the elements or old names of a page's window", async () => {
    await open(["status", "close", "name", "typeof structuredClone"]);
    expect(session.cells.map(({ error }) => error?.message)).toEqual([
      "status is not defined",
      "close is not defined",
      "name is not defined",
      undefined,
    ]);
  });
});
