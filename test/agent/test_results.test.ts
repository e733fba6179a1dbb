/** What test runners print is read as verdicts. */
import { expect, test } from "vitest";
import { parseTestOutput } from "../../src/agent/mod.ts";

const names = (output: string) => {
  const { passed, failed } = parseTestOutput(output);
  return { passed, failed: failed.map(({ name }) => name) };
};

test("TAP, with suites and directives", () => {
  expect(names(`TAP version 13
# Subtest: cart
    # Subtest: adds
    ok 1 - adds
      ---
      duration_ms: 1
      ...
    # Subtest: removes
    not ok 2 - removes
    ok 3 - later # SKIP not yet
    1..3
not ok 1 - cart
ok 2 - total # time=3ms
`)).toEqual({ passed: ["cart > adds", "total"], failed: ["cart > removes", "cart"] });
});

test("Node's spec reporter, in colour", () => {
  expect(
    names("\x1b[32m✔ adds \x1b[90m(1.2ms)\x1b[39m\n▶ cart\n  ✔ one (0.1ms)\n  ✖ two (0.1ms)\n"),
  )
    .toEqual({ passed: ["adds", "cart > one"], failed: ["cart > two"] });
});

test("pytest, verbose and in its summary", () => {
  expect(names(`tests/test_a.py::test_one PASSED  [ 50%]
tests/test_a.py::TestX::test_two[a b] FAILED [100%]
FAILED tests/test_a.py::TestX::test_two[a b] - AssertionError
ERROR tests/test_b.py::test_three
`)).toEqual({
    passed: ["tests/test_a.py > test_one"],
    failed: ["tests/test_a.py > TestX > test_two[a b]", "tests/test_b.py > test_three"],
  });
});

test("a test that is told twice counts once, as failed if it ever failed", () => {
  expect(names("ok 1 - a\nnot ok 2 - a\nok 3 - a\n")).toEqual({ passed: [], failed: ["a"] });
  expect(names("nothing of the kind")).toEqual({ passed: [], failed: [] });
});
