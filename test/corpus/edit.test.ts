import { describe, expect, test } from "vitest";
import { applyEdit, type Edit } from "../../src/corpus/mod.ts";

function apply(files: Record<string, string>, ...edits: Edit[]): Record<string, string> {
  const map = new Map(Object.entries(files));
  for (const edit of edits) applyEdit(map, edit);
  return Object.fromEntries(map);
}

describe("applyEdit", () => {
  test("does what each kind says", () => {
    const a = { "a": "one\ntwo\nthree" };
    expect(apply(a, { kind: "str_replace", path: "a", search: "two\n", replace: "" }))
      .toEqual({ a: "one\nthree" });
    expect(apply(a, { kind: "str_replace", path: "a", search: "two", replace: "$&$1" }))
      .toEqual({ a: "one\n$&$1\nthree" });
    expect(apply(a, { kind: "insert", path: "a", line: 0, text: "zero\n" }))
      .toEqual({ a: "zero\none\ntwo\nthree" });
    expect(apply(a, { kind: "insert", path: "a", line: 2, text: "x\n" }))
      .toEqual({ a: "one\ntwo\nx\nthree" });
    expect(apply({ "a": "" }, { kind: "insert", path: "a", line: 0, text: "x" }))
      .toEqual({ a: "x" });
    expect(apply(a, { kind: "rename", path: "a", newPath: "b" })).toEqual({ b: a.a });
    expect(apply(a, { kind: "delete", path: "a" })).toEqual({});
    expect(apply(a, { kind: "create", path: "b/c", text: "" })).toEqual({ ...a, "b/c": "" });
  });

  test.each<[string, Edit]>([
    ["no such file", { kind: "delete", path: "b" }],
    ["no such file", { kind: "rename", path: "__proto__", newPath: "c" }],
    ["there already", { kind: "create", path: "a", text: "" }],
    ["there already", { kind: "rename", path: "a", newPath: "a" }],
    ["not there", { kind: "str_replace", path: "a", search: "z", replace: "" }],
    ["not there", { kind: "str_replace", path: "a", search: "", replace: "" }],
    ["more than once", { kind: "str_replace", path: "a", search: "xx", replace: "" }],
    ["ends before line 2", { kind: "insert", path: "a", line: 2, text: "" }],
  ])("refuses with %j and leaves the files alone", (reason, edit) => {
    const files = new Map([["a", "xxx"]]);
    expect(() => applyEdit(files, edit)).toThrow(reason);
    expect([...files]).toEqual([["a", "xxx"]]);
  });
});
