import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    testTimeout: 60_000,
    // A machine that is busy with other test files takes its time.
    expect: { poll: { timeout: 20_000 } },
    hookTimeout: 120_000,
  },
});
