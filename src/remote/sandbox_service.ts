/**
 * The work behind a remote environment: one environment, in a worker of its own.
 *
 * @module
 */
import {
  AgentError,
  type CommandOptions,
  type Environment,
  type EnvironmentCapability,
  type EnvironmentOptions,
  type Task,
  type TestOptions,
  type TestReport,
  type ToolResult,
} from "../agent/mod.ts";
import type { Job } from "../gpu/mod.ts";

/** What an environment tells about itself. */
export interface OpenedEnvironment {
  readonly kind: string;
  readonly capabilities: readonly EnvironmentCapability[];
}

type Unsignalled<T> = Omit<T, "signal">;

/** The methods, as a worker serves them; see `Environment` for what they do. */
export type SandboxService = {
  open(request: { task: Task; options: EnvironmentOptions }, job: Job): Promise<OpenedEnvironment>;
  reset(request: null, job: Job): Promise<void>;
  list(request: { under: string }, job: Job): Promise<string[]>;
  readFile(request: { path: string }, job: Job): Promise<Uint8Array>;
  writeFile(request: { path: string; content: Uint8Array | string }, job: Job): Promise<void>;
  removeFile(request: { path: string }, job: Job): Promise<void>;
  bash(
    request: { command: string; options: Unsignalled<CommandOptions> },
    job: Job,
  ): Promise<ToolResult>;
  runTests(request: { options: Unsignalled<TestOptions> }, job: Job): Promise<TestReport>;
  diff(request: null, job: Job): Promise<string>;
  applyPatch(request: { patch: string }, job: Job): Promise<void>;
  close(request: null, job: Job): Promise<void>;
};

/**
 * Makes the service.
 *
 * @param open How environments are opened where this worker runs.
 */
export function createSandboxService(
  open: (task: Task, options: EnvironmentOptions) => Promise<Environment>,
): SandboxService {
  let opened: Environment | undefined;
  const environment = (): Environment => {
    if (opened) return opened;
    throw new AgentError("closed", "the environment is closed");
  };
  return {
    async open({ task, options }) {
      opened = await open(task, options);
      return { kind: opened.kind, capabilities: [...opened.capabilities] };
    },
    reset: () => environment().reset(),
    list: ({ under }) => environment().list(under),
    readFile: ({ path }) => environment().readFile(path),
    writeFile: ({ path, content }) => environment().writeFile(path, content),
    removeFile: ({ path }) => environment().removeFile(path),
    bash({ command, options }, { signal }) {
      const { bash, kind } = environment();
      if (bash) return bash.call(opened, command, { ...options, signal });
      throw new AgentError("unsupported", `${kind} has no shell`);
    },
    runTests: ({ options }, { signal }) => environment().runTests({ ...options, signal }),
    diff: () => environment().diff(),
    applyPatch: ({ patch }) => environment().applyPatch(patch),
    async close() {
      await opened?.[Symbol.asyncDispose]();
      opened = undefined;
    },
  };
}
