/**
 * The environment for JavaScript repositories that runs everywhere, the page included: files in memory,
 * tests in QuickJS. It takes milliseconds and needs nothing of the machine.
 *
 * @module
 */
import { AgentError } from "../agent_error.ts";
import type { Task } from "../task.ts";
import type {
  Environment,
  EnvironmentLimits,
  FailedTest,
  TestOptions,
  TestReport,
} from "./environment.ts";
import { bytesOf, diffFiles, type FileContent, patchedFiles, textOf } from "./patch.ts";
import { checkFilePath, checkPath, isBelow } from "./path.ts";
import { runGuest } from "./quickjs_engine.ts";
import { testOutput } from "./test_output.ts";

/** What code in quickjs may use by default; memory is that of one test file. */
export const QUICKJS_LIMITS: EnvironmentLimits = {
  timeoutMs: 5_000,
  memoryBytes: 64 << 20,
  processes: 1,
  outputBytes: 1 << 20,
  fileBytes: 4 << 20,
  diskBytes: 64 << 20,
};

/** How a quickjs environment is opened. */
export interface QuickjsOptions {
  readonly limits?: Partial<EnvironmentLimits> | undefined;
  /**
   * Loop steps and calls of a test file after which it is stopped, about half a second; default 20 million.
   * Unlike time it is the same on every machine, so that a test that hangs always looks the same.
   */
  readonly maxSteps?: number | undefined;
  /**
   * What `Math.random()` starts from, together with the number of the run since the last reset. Two
   * seeds tell a test that depends on chance.
   */
  readonly seed?: number | undefined;
}

/**
 * Whether a file holds tests: `*.test.js`, and all that is in a folder `test` or `tests`.
 */
export function isTestFile(path: string): boolean {
  return /[.\-_]test\.m?js$/.test(path) || /(^|\/)tests?\/.*\.m?js$/.test(path);
}

/**
 * Opens a task's files in quickjs.
 *
 * Each test file runs in a fresh context; memory, stack and time are limited. Time is looked at between
 * calls and loops: what blocks inside one built-in function can only be stopped from outside, so run
 * code that you do not know in a worker (`openRemoteEnvironment`).
 *
 * @throws {AgentError} `bad-task` if the task has no files, `too-large` if they are over the limits.
 *
 * @example
 * ```ts
 * import { openQuickjs, parseTask } from "bottega";
 * const environment = openQuickjs(parseTask({
 *   instance_id: "sum-1",
 *   repo: "bottega/sum",
 *   problem_statement: "sum() subtracts",
 *   patch: "",
 *   FAIL_TO_PASS: [],
 *   files: {
 *     "sum.js": "export const sum = (a, b) => a - b;",
 *     "sum.test.js": 'import { test } from "node:test"; import assert from "node:assert/strict";' +
 *       'import { sum } from "./sum.js"; test("adds", () => assert.equal(sum(2, 3), 5));',
 *   },
 * }));
 * const { failed } = await environment.runTests(); // [{ name: "sum.test.js > adds", … }]
 * ```
 */
export function openQuickjs(task: Task, options: QuickjsOptions = {}): Environment {
  const limits = { ...QUICKJS_LIMITS, ...options.limits };
  const base = new Map(Object.entries(task.files ?? {}));
  if (base.size === 0) {
    throw new AgentError("bad-task", `task "${task.id}" has no files to run in quickjs`);
  }
  for (const path of base.keys()) {
    if (checkFilePath(path) !== path) {
      throw new AgentError(
        "bad-path",
        `task "${task.id}": path "${path}" is not in its short form`,
      );
    }
  }
  const { maxSteps = 20_000_000, seed = 0 } = options;
  return new QuickjsEnvironment(base, limits, maxSteps, seed);
}

class QuickjsEnvironment implements Environment {
  readonly kind = "quickjs";
  readonly capabilities = new Set(["run_tests"] as const);
  #files = new Map<string, FileContent>();
  #runs = 0;
  #closed = false;

  constructor(
    readonly base: ReadonlyMap<string, string>,
    readonly limits: EnvironmentLimits,
    readonly maxSteps: number,
    readonly seed: number,
  ) {
    this.#files = new Map(base);
    this.#checkSize("the repository", [...this.#files.values()]);
  }

  // deno-lint-ignore require-await -- an environment's methods are all asynchronous
  async reset(): Promise<void> {
    this.#checkOpen();
    this.#files = new Map(this.base);
    this.#runs = 0;
  }

  // deno-lint-ignore require-await -- as above
  async list(under = ""): Promise<string[]> {
    this.#checkOpen();
    const folder = checkPath(under);
    return [...this.#files.keys()].filter((path) => isBelow(path, folder)).toSorted();
  }

  // deno-lint-ignore require-await -- as above
  async readFile(path: string): Promise<Uint8Array> {
    return bytesOf(this.#read(path));
  }

  // deno-lint-ignore require-await -- as above
  async writeFile(path: string, content: FileContent): Promise<void> {
    this.#checkOpen();
    const checked = checkFilePath(path);
    const below = [...this.#files.keys()].find((other) =>
      other !== checked && (isBelow(other, checked) || isBelow(checked, other))
    );
    if (below !== undefined) {
      throw new AgentError("bad-path", `"${path}" cannot be a file beside "${below}"`);
    }
    const others = [...this.#files].filter(([other]) => other !== checked).map(([, text]) => text);
    this.#checkSize(`"${path}"`, [content, ...others]);
    this.#files.set(checked, textOf(content) ?? content);
  }

  // deno-lint-ignore require-await -- as above
  async removeFile(path: string): Promise<void> {
    this.#read(path);
    this.#files.delete(checkFilePath(path));
  }

  async runTests({ paths, timeoutMs, signal }: TestOptions = {}): Promise<TestReport> {
    this.#checkOpen();
    const files = sourceFiles(this.#files);
    const wanted = paths?.map(checkPath) ?? [...files.keys()].filter(isTestFile).toSorted();
    const passed: string[] = [];
    const failed: FailedTest[] = [];
    const printed = keptOutput(this.limits.outputBytes);
    const limitMs = timeoutMs ?? this.limits.timeoutMs;
    const deadline = performance.now() + limitMs;
    const seed = this.seed + 7919 * this.#runs++;
    let skipped = 0;
    let timedOut = false;
    let error = wanted.length === 0 ? "no test files were found" : undefined;

    for (const path of wanted) {
      signal?.throwIfAborted();
      if (!files.has(path)) {
        failed.push({ name: path, message: `Could not find '${path}'` });
        continue;
      }
      let running: string | undefined;
      const { error: thrown, stopped } = await runGuest({
        files,
        path,
        deadline,
        maxSteps: this.maxSteps,
        memoryBytes: this.limits.memoryBytes,
        seed,
        write: printed.write,
        report(event, name, message) {
          const full = `${path} > ${name}`;
          running = event === "start" ? full : undefined;
          if (event === "pass") passed.push(full);
          else if (event === "fail") failed.push({ name: full, message });
          else if (event === "skip") skipped++;
        },
      });
      if (thrown !== undefined) failed.push({ name: path, message: thrown });
      if (stopped !== undefined) {
        timedOut = true;
        const limit = stopped === "time" ? `${limitMs / 1000} s` : `${this.maxSteps} steps`;
        failed.push({ name: running ?? path, message: `it did not end within ${limit}` });
      }
      if (stopped === "time") {
        error = `the tests were stopped after ${limitMs / 1000} s`;
        break;
      }
    }
    const counts = {
      passed: passed.length,
      skipped,
      failed,
      ...(error !== undefined && { error }),
    };
    const output = printed.text() + testOutput(counts);
    return { passed, failed, output, timedOut, ...(error !== undefined && { error }) };
  }

  // deno-lint-ignore require-await -- as above
  async diff(): Promise<string> {
    this.#checkOpen();
    return diffFiles(this.base, this.#files);
  }

  async applyPatch(patch: string): Promise<void> {
    this.#checkOpen();
    const changes = await patchedFiles(patch, (path) => {
      const content = this.#files.get(path);
      return Promise.resolve(content === undefined ? undefined : textOf(content));
    });
    for (const [path, text] of changes) {
      if (text === null) this.#files.delete(path);
      else await this.writeFile(path, text);
    }
  }

  // deno-lint-ignore require-await -- as above
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#files.clear();
  }

  #read(path: string): FileContent {
    this.#checkOpen();
    const content = this.#files.get(checkFilePath(path));
    if (content !== undefined) return content;
    throw new AgentError("no-such-file", `the repository has no file "${path}"`);
  }

  #checkOpen() {
    if (this.#closed) throw new AgentError("closed", "the environment is closed");
  }

  #checkSize(what: string, contents: readonly FileContent[]) {
    const { fileBytes, diskBytes } = this.limits;
    const sizes = contents.map(({ length }) => length);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const largest = Math.max(...sizes);
    if (largest <= fileBytes && total <= diskBytes) return;
    const limit = largest > fileBytes ? `${fileBytes} bytes a file` : `${diskBytes} bytes in all`;
    throw new AgentError("too-large", `${what} is over the limit of ${limit}`);
  }
}

function sourceFiles(files: ReadonlyMap<string, FileContent>): Map<string, string> {
  const sources = new Map<string, string>();
  for (const [path, content] of files) {
    if (typeof content === "string") sources.set(path, content);
  }
  return sources;
}

/** Keeps what is printed, up to a size; past it, once, that it was cut. */
function keptOutput(maxLength: number) {
  const parts: string[] = [];
  let length = 0;
  return {
    write(text: string): boolean {
      if (length >= maxLength) return false;
      const kept = text.slice(0, maxLength - length);
      length += kept.length;
      parts.push(kept);
      if (length < maxLength) return true;
      parts.push(`\n(output is cut at ${maxLength} characters)\n`);
      return false;
    },
    text: () => parts.join(""),
  };
}
