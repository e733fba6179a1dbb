/**
 * The backends that this machine has, as the contract suite opens them: each with a repository of its
 * own kind of tests, and limits that a hostile repository meets soon.
 *
 * @module
 */
import {
  type Environment,
  type EnvironmentLimits,
  openQuickjs,
  parseTask,
  type Task,
} from "../../src/agent/mod.ts";
import { openBubblewrap, openContainer } from "../../src/agent/headless.ts";
import { openRemoteEnvironment } from "../../src/remote/mod.ts";

/** Limits that hold everywhere, small enough to be met within a test. */
export const SMALL_LIMITS: EnvironmentLimits = {
  timeoutMs: 30_000,
  memoryBytes: 192 << 20,
  processes: 64,
  outputBytes: 100_000,
  fileBytes: 4 << 20,
  diskBytes: 16 << 20,
};

/** A backend, or why it cannot be tested here. */
export interface Backend {
  readonly name: string;
  readonly hasShell: boolean;
  readonly missing?: string;
  open(files?: Record<string, string>): Promise<Environment>;
}

const NODE_TEST = {
  "package.json": '{"type":"module"}\n',
  "src/sum.js": "export const sum = (a, b) => a - b;\n",
  "src/other.js": "export const other = 1;\n",
  "test/sum.test.js": [
    'import test from "node:test";',
    'import assert from "node:assert/strict";',
    'import { sum } from "../src/sum.js";',
    'test("adds", () => assert.equal(sum(2, 3), 5));',
    'test("adds nothing", () => assert.equal(sum(2, 0), 2));',
    "",
  ].join("\n"),
};

/** The same in shell: a test command that prints TAP and needs nothing but a shell. */
const SHELL_TEST = {
  "src/sum.sh": "echo $(($1 - $2))\n",
  "src/other.sh": "echo 1\n",
  "test.sh": [
    'check() { if [ "$(sh src/sum.sh $2 $3)" = "$4" ]; then echo "ok $N - $1"; else echo "not ok $N - $1"; fi; }',
    "N=1; check adds 2 3 5",
    'N=2; check "adds nothing" 2 0 2',
    "",
  ].join("\n"),
};

/** The fix of both repositories, as a patch. */
export const FIX = (hasShell: boolean) =>
  hasShell
    ? "--- a/src/sum.sh\n+++ b/src/sum.sh\n@@ -1 +1 @@\n-echo $(($1 - $2))\n+echo $(($1 + $2))\n"
    : "--- a/src/sum.js\n+++ b/src/sum.js\n@@ -1 +1 @@\n-export const sum = (a, b) => a - b;\n" +
      "+export const sum = (a, b) => a + b;\n";

function taskOf(environment: Task["environment"], files: Record<string, string>): Task {
  return parseTask({
    instance_id: `contract-${environment}`,
    repo: "bottega/contract",
    problem_statement: "sum subtracts",
    patch: "",
    FAIL_TO_PASS: [],
    sandbox: environment,
    files,
    ...(environment !== "quickjs" && { test_command: "sh test.sh" }),
    ...(environment === "container" && { image: Deno.env.get("BOTTEGA_CONTAINER_IMAGE") ?? "" }),
  });
}

const { diskBytes: _notHeld, ...CONTAINER_LIMITS } = SMALL_LIMITS;

const quickjs = (files: Record<string, string> = NODE_TEST) => taskOf("quickjs", files);
const shell = (kind: "bubblewrap" | "container", files: Record<string, string> = SHELL_TEST) =>
  taskOf(kind, files);

/** All backends; what cannot run here says why. */
export const BACKENDS: readonly Backend[] = [
  {
    name: "quickjs",
    hasShell: false,
    open: (files) => Promise.resolve(openQuickjs(quickjs(files), { limits: SMALL_LIMITS })),
  },
  {
    name: "remote:quickjs",
    hasShell: false,
    open: (files) => openRemoteEnvironment(quickjs(files), { limits: SMALL_LIMITS }),
  },
  {
    name: "bubblewrap",
    hasShell: true,
    ...await missing(async () => {
      await using _opened = await openBubblewrap(shell("bubblewrap"));
    }),
    open: (files) => openBubblewrap(shell("bubblewrap", files), { limits: SMALL_LIMITS }),
  },
  {
    name: "container",
    hasShell: true,
    ...await missing(async () => {
      if (!Deno.env.get("BOTTEGA_CONTAINER_IMAGE")) {
        throw new Error("BOTTEGA_CONTAINER_IMAGE names no image with bash, tar and coreutils");
      }
      await using _opened = await openContainer(shell("container"));
    }),
    open: (files) => openContainer(shell("container", files), { limits: CONTAINER_LIMITS }),
  },
];

async function missing(open: () => Promise<void>): Promise<{ missing?: string }> {
  try {
    await open();
    return {};
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}
