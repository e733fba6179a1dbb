import { expect, test } from "vitest";
import { parseAblation, recipesOf } from "../../src/lab/mod.ts";
import smoke from "../../notebooks/data/smoke.json" with { type: "json" };

test("the smoke ablation is one, and its cells are mid-training times fine-tuning", () => {
  const names = recipesOf(parseAblation(smoke)).map(({ name }) => name);
  expect(names).toEqual([
    "none / none",
    "none / strong",
    "factorized / none",
    "factorized / strong",
    "ctx+env / none",
    "ctx+env / strong",
  ]);
});

test.each([
  [{ ...smoke, seed: 1 }, 'There is no key "seed"'],
  [{ ...smoke, seeds: [] }, "seeds"],
  [{ ...smoke, base: { ...smoke.base, tokens: 0.5 } }, "base.tokens is 0.5"],
  [{ ...smoke, base: { ...smoke.base, data: { prose: 1 } } }, "base.data.prose"],
  [{ ...smoke, base: { ...smoke.base, data: {} } }, "names no data"],
  [{ ...smoke, cells: ["ctx / strong"] }, 'There is no cell "ctx / strong"; there are none / none'],
  [{ ...smoke, compare: [["none / none", "x / y"]] }, 'There is no cell "x / y"'],
  ["smoke", "the spec"],
])("a spec with a mistake is refused, quoting it: %#", (spec, message) => {
  expect(() => parseAblation(spec)).toThrow(message);
  expect(() => parseAblation(spec)).toThrow(expect.objectContaining({ code: "spec" }));
});
