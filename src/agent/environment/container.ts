/**
 * The environment for images of SWE-bench and SWE-rebench: a container of podman or docker, by its
 * command line. No network, no capabilities, limits on memory, processes and the size of a file; after
 * each command everything that still runs in the container is killed.
 *
 * @module
 */
import { AgentError } from "../agent_error.ts";
import type { Task } from "../task.ts";
import { REPOSITORY_ROOT } from "../tools/repository_path.ts";
import {
  DEFAULT_ENVIRONMENT_LIMITS,
  type Environment,
  type EnvironmentLimits,
} from "./environment.ts";
import { runProcess } from "./host_process.ts";
import type { FileContent } from "./patch.ts";
import { type InnerCommand, openShellEnvironment, type Shell } from "./shell_environment.ts";

/** What code in a container may use by default; the size of its disk is the engine's matter. */
export const CONTAINER_LIMITS: EnvironmentLimits = {
  ...DEFAULT_ENVIRONMENT_LIMITS,
  timeoutMs: 30 * 60_000,
  memoryBytes: 4 * 2 ** 30,
  processes: 512,
  diskBytes: Infinity,
};

/** The engines that are looked for, in this order. */
export const CONTAINER_ENGINES = ["podman", "docker"] as const;

/** How a container is opened. */
export interface ContainerOptions {
  readonly limits?: Partial<EnvironmentLimits> | undefined;
  /** Default: the first of {@linkcode CONTAINER_ENGINES} that answers. */
  readonly engine?: string | undefined;
  /** Put into the image at `/testbed`; without them the repository is the image's own. */
  readonly files?: ReadonlyMap<string, FileContent> | undefined;
}

/** For the engine's own work; the first start of an image may have to fetch it. */
const ENGINE_TIMEOUT_MS = 10 * 60_000;

/** How often ending what still runs is tried. */
const SWEEPS = 5;

/**
 * Opens a task in a container of its image.
 *
 * @throws {AgentError} `unavailable` if no engine answers, the image cannot be had, or a limit on disk is
 * asked for, which engines do not hold everywhere; `bad-task` without an image.
 */
export async function openContainer(
  task: Task,
  options: ContainerOptions = {},
): Promise<Environment> {
  const { image, testCommand, base } = task;
  if (image === undefined) {
    throw new AgentError("bad-task", `task "${task.id}" names no image to run in a container`);
  }
  const limits = { ...CONTAINER_LIMITS, ...options.limits };
  if (limits.diskBytes !== Infinity) {
    throw new AgentError(
      "unavailable",
      `a container cannot hold a limit of ${limits.diskBytes} bytes of disk; use bubblewrap for that`,
    );
  }
  const engine = options.engine ?? await findEngine();
  const own = options.files ?? (task.files && new Map(Object.entries(task.files)));
  const shell = containerShell(engine, image, limits);
  const files = own ?? { commit: base ?? "HEAD" };
  return await openShellEnvironment(shell, { files, testCommand, limits });
}

/** The arguments that start a container which only waits. */
export function startArguments(image: string, limits: EnvironmentLimits): string[] {
  return [
    "run",
    "--detach",
    "--rm",
    "--network=none",
    `--memory=${limits.memoryBytes}`,
    `--memory-swap=${limits.memoryBytes}`,
    `--pids-limit=${limits.processes}`,
    `--ulimit=fsize=${limits.fileBytes}:${limits.fileBytes}`,
    "--ulimit=core=0:0",
    "--ulimit=nofile=1024:1024",
    "--ulimit=nproc=4096:4096",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    `--workdir=${REPOSITORY_ROOT}`,
    "--entrypoint=/bin/sh",
    image,
    // As the first process it takes in the orphans of others, and no signal from inside ends it.
    ...["-c", "while :; do sleep 3600 & wait; done"],
  ];
}

/** The arguments that run a command in a container. */
export function runArguments(container: string, { args, stdin }: InnerCommand): string[] {
  const interactive = stdin === undefined ? [] : ["--interactive"];
  return ["exec", ...interactive, `--workdir=${REPOSITORY_ROOT}`, container, ...args];
}

function containerShell(engine: string, image: string, limits: EnvironmentLimits): Shell {
  let container: string | undefined;

  const ask = (args: readonly string[]) =>
    runProcess({ program: engine, args, timeoutMs: ENGINE_TIMEOUT_MS, outputBytes: 1 << 20 });

  const stop = async () => {
    const old = container;
    container = undefined;
    if (old !== undefined) await ask(["kill", old]);
  };
  /** Kills what a command left running, or all of it if its client was killed. */
  const sweep = async (container: string) => {
    // A fork bomb may leave no room for the sweeper; it dies down when its shell is gone.
    for (let attempt = 0; attempt < SWEEPS; attempt++) {
      const { exitCode } = await ask(["exec", container, "/bin/sh", "-c", "kill -9 -1; true"]);
      if (exitCode === 0) return;
    }
    await stop();
    throw new AgentError(
      "unavailable",
      "what ran in the container cannot be ended; it was removed",
    );
  };
  return {
    kind: "container",
    stop,
    async start() {
      await stop();
      const { stdout, stderr, exitCode } = await ask(startArguments(image, limits));
      if (exitCode !== 0) {
        const told = new TextDecoder().decode(stderr).trim().split("\n").at(-1);
        throw new AgentError("unavailable", `${engine} cannot start "${image}": ${told}`);
      }
      container = new TextDecoder().decode(stdout).trim().split("\n").at(-1);
    },
    async run(command) {
      if (container === undefined) throw new AgentError("closed", "the container is closed");
      const args = runArguments(container, command);
      const { stdin, timeoutMs, outputBytes, signal } = command;
      try {
        return await runProcess({ program: engine, args, stdin, timeoutMs, outputBytes, signal });
      } finally {
        await sweep(container);
      }
    },
  };
}

/** The first engine that answers. */
async function findEngine(): Promise<string> {
  const problems: string[] = [];
  for (const engine of CONTAINER_ENGINES) {
    try {
      const { exitCode, stderr } = await runProcess({
        program: engine,
        args: ["info"],
        timeoutMs: 20_000,
        outputBytes: 1 << 16,
      });
      if (exitCode === 0) return engine;
      problems.push(`${engine}: ${new TextDecoder().decode(stderr).trim().split("\n").at(-1)}`);
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      problems.push(error.message);
    }
  }
  throw new AgentError(
    "unavailable",
    `no container engine answers here (${
      problems.join("; ")
    }): start podman or docker, or choose ` +
      "tasks for quickjs or bubblewrap",
  );
}
