/**
 * An environment on top of anything that runs programs: how bubblewrap and containers keep the contract
 * alike. Files are read and written by programs inside, so that a link leads nowhere but inside.
 *
 * @module
 */
import { AgentError } from "../agent_error.ts";
import type {
  CommandOptions,
  Environment,
  EnvironmentLimits,
  TestOptions,
  TestReport,
  ToolResult,
} from "./environment.ts";
import type { ProcessResult } from "./host_process.ts";
import { bytesOf, diffFiles, type FileContent, patchedFiles, textOf } from "./patch.ts";
import { checkFilePath, checkPath } from "./path.ts";
import { readTar, writeTar } from "./tar.ts";
import { parseTestOutput } from "./test_results.ts";

/** A program that runs inside. */
export interface InnerCommand {
  readonly args: readonly string[];
  readonly stdin?: Uint8Array<ArrayBuffer> | undefined;
  readonly timeoutMs: number;
  readonly outputBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** What runs programs; its working directory is the repository. */
export interface Shell {
  readonly kind: string;
  /** Makes an empty repository, or the image's own; whatever ran is dead. */
  start(): Promise<void>;
  run(command: InnerCommand): Promise<ProcessResult>;
  stop(): Promise<void>;
}

/** What a repository is made of. */
export interface ShellOptions {
  /** By path; or the commit of the shell's own git repository that changes are told against. */
  readonly files: ReadonlyMap<string, FileContent> | { readonly commit: string };
  /** How tests are run; without it there are none. */
  readonly testCommand?: string | undefined;
  readonly limits: EnvironmentLimits;
}

/** Files that tools leave behind and that are part of no change. */
const LEFT_BEHIND = /(^|\/)(\.git|__pycache__|\.pytest_cache|node_modules)(\/|$)|\.pyc$/;

/** In a script of ours: whether the folder `$2` that `$1` is in is reached without a link. */
const WITHIN = '[ "$(realpath -- "$(dirname -- "$1")")" = "$(realpath -- .)$2" ]';

/** For work on files, which is ours: longer than any of it takes. */
const FILE_TIMEOUT_MS = 60_000;

/** The most that the host takes from inside at once. */
const MAX_ANSWER_BYTES = 1 << 30;

/** A file's path and its folder's, as scripts of ours take them. */
function placeOf(path: string): [string, string] {
  const end = path.lastIndexOf("/");
  return [`./${path}`, end === -1 ? "" : `/${path.slice(0, end)}`];
}

/** Opens an environment; the caller has not started the shell yet. */
export async function openShellEnvironment(
  shell: Shell,
  options: ShellOptions,
): Promise<Environment> {
  const environment = new ShellEnvironment(shell, options);
  try {
    await environment.reset();
  } catch (error) {
    await shell.stop();
    throw error;
  }
  return environment;
}

class ShellEnvironment implements Environment {
  readonly kind: string;
  readonly capabilities = new Set(["bash", "run_tests"] as const);
  #base: ReadonlyMap<string, FileContent> = new Map();
  #closed = false;

  constructor(readonly shell: Shell, readonly options: ShellOptions) {
    this.kind = shell.kind;
  }

  async reset(): Promise<void> {
    this.#checkOpen();
    const { files } = this.options;
    await this.shell.start();
    if (!(files instanceof Map)) return;
    this.#base = files;
    const archive = new Map([...files].map(([path, content]) => [path, bytesOf(content)]));
    await this.#inside(["tar", "-x", "--no-same-owner", "-f", "-"], writeTar(archive));
  }

  async list(under = ""): Promise<string[]> {
    const folder = checkPath(under);
    const isFile = await this.#script('[ -f "$1" ] && [ ! -L "$1" ]', `./${folder}`);
    if (isFile.exitCode === 0) return [folder];
    const script =
      '[ ! -L "$1" ] && cd -- "$1" 2>/dev/null && find . -name .git -prune -o -type f -print0';
    const { stdout } = await this.#script(script, `./${folder}`);
    const prefix = folder === "" ? "" : `${folder}/`;
    return new TextDecoder().decode(stdout).split("\0").filter((path) => path !== "")
      .map((path) => prefix + path.replace(/^\.\//, "")).toSorted();
  }

  async readFile(path: string): Promise<Uint8Array> {
    const checked = checkFilePath(path);
    const { fileBytes } = this.options.limits;
    // One byte more than allowed tells a file that is too large.
    const script = `${WITHIN} && [ -f "$1" ] && [ ! -L "$1" ] || exit 66; ` +
      `exec head -c ${fileBytes + 1} -- "$1"`;
    const { stdout, exitCode } = await this.#script(script, ...placeOf(checked));
    if (exitCode !== 0) {
      throw new AgentError("no-such-file", `the repository has no file "${path}"`);
    }
    if (stdout.length > fileBytes) {
      throw new AgentError("too-large", `"${path}" is over the limit of ${fileBytes} bytes`);
    }
    return stdout;
  }

  async writeFile(path: string, content: FileContent): Promise<void> {
    const checked = checkFilePath(path);
    const bytes = bytesOf(content);
    const { fileBytes } = this.options.limits;
    if (bytes.length > fileBytes) {
      throw new AgentError("too-large", `"${path}" is over the limit of ${fileBytes} bytes`);
    }
    // A link is replaced, never written through.
    const script = `mkdir -p -- "$(dirname -- "$1")" && ${WITHIN} && ` +
      '{ [ ! -L "$1" ] || rm -- "$1"; } && exec cat > "$1"';
    const { exitCode, stderr } = await this.#script(script, ...placeOf(checked), { stdin: bytes });
    if (exitCode === 0) return;
    const problem = new TextDecoder().decode(stderr).trim() || "a folder above it is a link";
    const code = /No space left|File too large/.test(problem) ? "too-large" : "bad-path";
    throw new AgentError(code, `"${path}" cannot be written: ${problem}`);
  }

  async removeFile(path: string): Promise<void> {
    const checked = checkFilePath(path);
    const script = `${WITHIN} && [ -e "$1" -o -L "$1" ] && rm -- "$1"`;
    const { exitCode } = await this.#script(script, ...placeOf(checked));
    if (exitCode === 0) return;
    throw new AgentError("no-such-file", `the repository has no file "${path}"`);
  }

  async bash(command: string, { timeoutMs, signal }: CommandOptions): Promise<ToolResult> {
    this.#checkOpen();
    const { outputBytes } = this.options.limits;
    const args = ["bash", "-c", 'exec 2>&1; exec bash -c "$1"', "bash", command];
    const { stdout, exitCode, truncated, timedOut } = await this.shell.run({
      args,
      timeoutMs,
      outputBytes,
      signal,
    });
    const text = new TextDecoder().decode(stdout);
    return {
      text: truncated ? `${text}\n(output is cut at ${outputBytes} bytes)\n` : text,
      truncated,
      timedOut,
      ...(exitCode !== undefined && { exitCode }),
    };
  }

  async runTests({ paths, timeoutMs, signal }: TestOptions = {}): Promise<TestReport> {
    const { testCommand, limits } = this.options;
    if (testCommand === undefined) {
      const error = "the task names no command that runs the tests";
      return { passed: [], failed: [], output: `${error}\n`, error, timedOut: false };
    }
    const files = (paths ?? []).map((path) => ` '${checkFilePath(path).replaceAll("'", `'\\''`)}'`);
    const limitMs = timeoutMs ?? limits.timeoutMs;
    const result = await this.bash(testCommand + files.join(""), { timeoutMs: limitMs, signal });
    const { passed, failed } = parseTestOutput(result.text);
    const timedOut = result.timedOut === true;
    const error = timedOut
      ? `the tests were stopped after ${limitMs / 1000} s`
      : passed.length + failed.length === 0
      ? `no test results were found in the output of "${testCommand}"`
      : undefined;
    const output = error === undefined ? result.text : `${result.text}\n${error}\n`;
    return { passed, failed, output, timedOut, ...(error !== undefined && { error }) };
  }

  async diff(): Promise<string> {
    const { files } = this.options;
    if ("commit" in files) return await this.#gitDiff(files.commit);
    return diffFiles(this.#base, await this.#readAll());
  }

  async applyPatch(patch: string): Promise<void> {
    const changes = await patchedFiles(patch, async (path) => {
      try {
        return textOf(await this.readFile(path));
      } catch (error) {
        if (error instanceof AgentError && error.code === "no-such-file") return undefined;
        throw error;
      }
    });
    for (const [path, text] of changes) {
      if (text === null) await this.removeFile(path);
      else await this.writeFile(path, text);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.shell.stop();
  }

  /** All regular files; those of the base, and others that are worth keeping. */
  async #readAll(): Promise<Map<string, FileContent>> {
    const script = "find . -name .git -prune -o -type f -print0 | " +
      "tar -c --hard-dereference --null --no-recursion --files-from=- -f -";
    const { stdout } = await this.#script(script);
    const files = new Map<string, FileContent>();
    for (const [name, content] of readTar(stdout)) {
      const path = name.replace(/^\.\//, "");
      if (!this.#base.has(path) && LEFT_BEHIND.test(path)) continue;
      files.set(path, textOf(content) ?? content);
    }
    return files;
  }

  async #gitDiff(commit: string): Promise<string> {
    const script = 'git add --all && exec git -c core.fileMode=false diff --cached "$1"';
    const { stdout, stderr, exitCode } = await this.#script(script, commit);
    if (exitCode === 0) return new TextDecoder().decode(stdout);
    const problem = new TextDecoder().decode(stderr).trim();
    throw new AgentError("unavailable", `git cannot tell what was changed: ${problem}`);
  }

  /** Runs a script of ours; its last argument may say what it reads. */
  async #script(
    script: string,
    ...args: (string | { stdin: Uint8Array })[]
  ): Promise<ProcessResult> {
    const words = args.filter((arg) => typeof arg === "string");
    const input = args.find((arg) => typeof arg !== "string")?.stdin;
    return await this.#run(
      ["bash", "-c", script, "bash", ...words],
      input && new Uint8Array(input),
    );
  }

  async #inside(args: readonly string[], stdin: Uint8Array<ArrayBuffer>): Promise<void> {
    const { exitCode, stderr } = await this.#run(args, stdin);
    if (exitCode === 0) return;
    const problem = new TextDecoder().decode(stderr).trim().split("\n")[0] ?? "";
    const code = /No space left|File too large/.test(problem) ? "too-large" : "unavailable";
    throw new AgentError(code, `the repository cannot be set up: ${problem}`);
  }

  async #run(
    args: readonly string[],
    stdin?: Uint8Array<ArrayBuffer>,
  ): Promise<ProcessResult> {
    this.#checkOpen();
    const result = await this.shell.run({
      args,
      stdin,
      timeoutMs: FILE_TIMEOUT_MS,
      // An archive has some more than its files.
      outputBytes: Math.min(2 * this.options.limits.diskBytes, MAX_ANSWER_BYTES),
    });
    if (!result.timedOut) return result;
    throw new AgentError("unavailable", `${this.kind} did not answer within ${FILE_TIMEOUT_MS} ms`);
  }

  #checkOpen() {
    if (this.#closed) throw new AgentError("closed", "the environment is closed");
  }
}
