import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    // Most files wait for a process that they have started: two cores bear two of them.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // A machine that is busy with other test files takes its time: these limits are for what hangs.
    testTimeout: 300_000,
    expect: { poll: { timeout: 120_000 } },
    hookTimeout: 300_000,
  },
});
