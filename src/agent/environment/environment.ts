/**
 * What an environment is: a repository that executes, contained. Every backend keeps this contract,
 * and one suite of tests holds all of them to it (`test/agent/environment_contract.ts`).
 *
 * Paths are relative to the repository, with `/` between their parts. What code in an environment does
 * wrong (it fails, hangs, floods) is told in a result; only what the caller does wrong throws.
 *
 * @module
 */

/** What a backend can do beyond files. */
export type EnvironmentCapability = "bash" | "run_tests";

/** A test that failed, and what its report says. */
export interface FailedTest {
  /** `<file> > <test name>`. */
  readonly name: string;
  readonly message: string;
}

/** What a run of the tests gave. Names are `<file> > <test name>`. */
export interface TestReport {
  readonly passed: readonly string[];
  readonly failed: readonly FailedTest[];
  /** What the runner printed, as an agent sees it. */
  readonly output: string;
  /** Why tests could not be run at all, or not to the end. */
  readonly error?: string;
  readonly timedOut: boolean;
}

/** What a command printed. */
export interface ToolResult {
  /** Standard output and standard error in the order of writing, at most the limit of output. */
  readonly text: string;
  /** As the shell told it; missing if the command was stopped. */
  readonly exitCode?: number;
  /** Whether `text` is cut at the limit. */
  readonly truncated: boolean;
  /** Whether the command was stopped because its time was over. */
  readonly timedOut?: boolean;
}

/** When a command is stopped. */
export interface CommandOptions {
  /** Wall time; at the end everything that the command started is killed. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Which tests run, and for how long at most. */
export interface TestOptions {
  /** Test files; by default all of them. */
  readonly paths?: readonly string[] | undefined;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What code in an environment may use; a backend that cannot hold one of them refuses to open. */
export interface EnvironmentLimits {
  /** Wall time of a command or a test run, in ms, where the caller names none. */
  readonly timeoutMs: number;
  /** Memory of a process, in bytes; of all together in a container. */
  readonly memoryBytes: number;
  /** Processes and threads at the same time. */
  readonly processes: number;
  /** Output of a command that is kept, in bytes; the rest is read and dropped. */
  readonly outputBytes: number;
  /** The largest file, in bytes, and the largest that is read back. */
  readonly fileBytes: number;
  /** All files together, in bytes. */
  readonly diskBytes: number;
}

/** Enough for the tests of a small repository. */
export const DEFAULT_ENVIRONMENT_LIMITS: EnvironmentLimits = {
  timeoutMs: 60_000,
  memoryBytes: 1 << 30,
  processes: 128,
  outputBytes: 1 << 20,
  fileBytes: 64 << 20,
  diskBytes: 256 << 20,
};

/** A repository that executes. Close it with `await using` or `[Symbol.asyncDispose]()`. */
export interface Environment extends AsyncDisposable {
  /** `quickjs`, `bubblewrap`, `container`; with `remote:` before it behind a worker. */
  readonly kind: string;
  readonly capabilities: ReadonlySet<EnvironmentCapability>;
  /** Brings the repository back to its base, and ends whatever still runs. */
  reset(): Promise<void>;
  /** Paths of the files below `under` (default: all), sorted; version control's own are left out. */
  list(under?: string): Promise<string[]>;
  /**
   * Never follows a link.
   *
   * @throws {AgentError} `bad-path`, `no-such-file`, `too-large`.
   */
  readFile(path: string): Promise<Uint8Array>;
  /** Makes the folders above it. @throws {AgentError} `bad-path`, `too-large`. */
  writeFile(path: string, content: Uint8Array | string): Promise<void>;
  /** @throws {AgentError} `bad-path`, `no-such-file`. */
  removeFile(path: string): Promise<void>;
  /** Runs a command in the repository's root, where the backend has a shell. */
  bash?(command: string, options: CommandOptions): Promise<ToolResult>;
  /** Runs the repository's tests; what goes wrong is in the report. */
  runTests(options?: TestOptions): Promise<TestReport>;
  /** All changes since the base, as `git diff` writes them; `""` if there are none. */
  diff(): Promise<string>;
  /**
   * Applies a unified diff: as a whole or, if any hunk does not fit, not at all.
   *
   * @throws {AgentError} `patch`, with the file and the hunk that does not fit.
   */
  applyPatch(patch: string): Promise<void>;
}
