/** A small task: one wrong operator, a caller in another file, tests that tell. */
import { parseTask } from "../../src/agent/mod.ts";

/** The task. */
export const SUM_TASK = parseTask({
  instance_id: "shop-1",
  repo: "bottega/shop",
  problem_statement: "`receipt([2, 3])` says 'total -5', but the total of 2 and 3 is 5.",
  patch: "--- a/src/sum.js\n+++ b/src/sum.js\n@@ -1,3 +1,3 @@\n export function sum(a, b) {\n" +
    "-  return a - b;\n+  return a + b;\n }\n",
  FAIL_TO_PASS: ["test/shop.test.js > totals", "test/shop.test.js > sums"],
  PASS_TO_PASS: ["test/shop.test.js > nothing"],
  split: "test",
  files: {
    "package.json": '{"type":"module"}\n',
    "src/sum.js": "export function sum(a, b) {\n  return a - b;\n}\n",
    "src/receipt.js": [
      'import { sum } from "./sum.js";',
      "export function receipt(prices) {",
      "  return `total ${prices.reduce(sum, 0)}`;",
      "}",
      "",
    ].join("\n"),
    "src/other.js": "export const unused = 1;\n",
    "test/shop.test.js": [
      'import test from "node:test";',
      'import assert from "node:assert/strict";',
      'import { sum } from "../src/sum.js";',
      'import { receipt } from "../src/receipt.js";',
      'test("totals", () => assert.equal(receipt([2, 3]), "total 5"));',
      'test("sums", () => assert.equal(sum(2, 3), 5));',
      'test("nothing", () => assert.equal(sum(0, 0), 0));',
      "",
    ].join("\n"),
  },
});
