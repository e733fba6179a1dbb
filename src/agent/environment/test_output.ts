/**
 * What a test run prints: the failures, with their message and place, and one line of counts. It holds
 * no durations, so that the same run prints the same text.
 *
 * @module
 */
import type { FailedTest } from "./environment.ts";

/** The counts of a run, and why it did not get to its end. */
export interface TestCounts {
  readonly passed: number;
  readonly skipped: number;
  readonly failed: readonly FailedTest[];
  readonly error?: string;
}

/**
 * The text that an agent sees.
 *
 * @example
 * ```ts
 * import { testOutput } from "bottega";
 * const failed = [{ name: "cart.test.js > empty", message: "AssertionError: NaN !== 0" }];
 * testOutput({ passed: 11, skipped: 0, failed });
 * // not ok cart.test.js > empty
 * //   AssertionError: NaN !== 0
 * // 12 tests: 11 passed, 1 failed
 * ```
 */
export function testOutput({ passed, skipped, failed, error }: TestCounts): string {
  const lines = failed.map(({ name, message }) =>
    [`not ok ${name}`, ...message.split("\n").map((line) => `  ${line}`)].join("\n")
  );
  if (error !== undefined) lines.push(error);
  const total = passed + skipped + failed.length;
  const counts = [
    `${passed} passed`,
    `${failed.length} failed`,
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  lines.push(`${total} ${total === 1 ? "test" : "tests"}: ${counts.join(", ")}`);
  return `${lines.join("\n")}\n`;
}
