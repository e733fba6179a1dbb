import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    // Most files wait for a process that they have started: two cores bear two of them.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 60_000,
    // A machine that is busy with other test files takes its time.
    expect: { poll: { timeout: 20_000 } },
    hookTimeout: 120_000,
  },
});
