/** Numbers as people read them. */
import { expect, test } from "vitest";
import { formatDuration } from "../../src/gpu/mod.ts";
import {
  formatBytes,
  formatContext,
  formatCount,
  formatQuantity,
  formatShare,
  formatShort,
} from "../../src/plot/number_format.ts";

test.each([
  [formatCount, 1234567.4, "1,234,567"],
  [formatShort, 68_600_000_000, "68.6B"],
  [formatContext, 32768, "32k"],
  [formatContext, 512, "512"],
  [formatShare, 0, "0%"],
  [formatShare, 0.00001, "<0.01%"],
  [formatShare, 0.0031, "0.31%"],
  [formatShare, 0.4249, "42.5%"],
  [formatShare, 1, "100%"],
  [formatBytes, 0, "0 B"],
  [formatBytes, 999, "999 B"],
  [formatBytes, 30_800_000, "30.8 MB"],
  [formatBytes, 512_000_000, "512 MB"],
  [formatDuration, 20, "1 s"],
  [formatDuration, 75_000, "1 min 15 s"],
  [formatDuration, 7_500_000, "2 h 5 min"],
])("%o of %d", (format, value, text) => {
  expect(format(value)).toBe(text);
});

test("one is singular", () => {
  expect(formatQuantity(1, "trajectory", "trajectories")).toBe("1 trajectory");
  expect(formatQuantity(2000, "trajectory", "trajectories")).toBe("2,000 trajectories");
});
