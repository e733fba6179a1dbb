/**
 * The environment for Linux hosts: any language, a shell, the repository's own test command, in
 * bubblewrap. What runs inside has no network, no capabilities, an empty environment, `/usr` for
 * reading, and one folder for writing, in memory and of limited size. Each command runs in process and
 * mount namespaces of its own: when it ends, or its time is over, everything it started is dead.
 *
 * A process of `unshare` holds the folder between commands: commands enter its namespaces by `nsenter`,
 * and build their own sandbox there. As root, all of this runs as nobody, since the limit on processes
 * does not hold for root. Memory is limited for each process, and so for all of them by their number;
 * memory that processes share is not counted. Kernel exploits are not guarded against.
 *
 * @see https://github.com/containers/bubblewrap
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
import { killIfAlive, runProcess, spawn } from "./host_process.ts";
import type { FileContent } from "./patch.ts";
import { openShellEnvironment, type Shell } from "./shell_environment.ts";

/** How a bubblewrap environment is opened. */
export interface BubblewrapOptions {
  readonly limits?: Partial<EnvironmentLimits> | undefined;
  /** The repository, where the task does not hold it. */
  readonly files?: ReadonlyMap<string, FileContent> | undefined;
  /** Folders of the host to be seen inside for reading, by their place inside: dependencies. */
  readonly readOnly?: Readonly<Record<string, string>> | undefined;
}

/** Where the holder has the folder, in its own view of the host. */
const HELD_FOLDER = "/mnt";

/** Nobody, on every Linux. */
const NOBODY = 65534;

/**
 * Opens a task in bubblewrap.
 *
 * @throws {AgentError} `unavailable` if this machine has no bubblewrap, or does not let it hold a limit;
 * `bad-task` without files.
 */
export async function openBubblewrap(
  task: Task,
  options: BubblewrapOptions = {},
): Promise<Environment> {
  const files = options.files ?? (task.files && new Map(Object.entries(task.files)));
  if (files === undefined) {
    throw new AgentError("bad-task", `task "${task.id}" has no files to run in bubblewrap`);
  }
  const limits = { ...DEFAULT_ENVIRONMENT_LIMITS, ...options.limits };
  const shell = bubblewrapShell(limits, options.readOnly ?? {});
  return await openShellEnvironment(shell, { files, testCommand: task.testCommand, limits });
}

function bubblewrapShell(
  limits: EnvironmentLimits,
  readOnly: Readonly<Record<string, string>>,
): Shell {
  if (Deno.build.os !== "linux") {
    throw new AgentError("unavailable", `bubblewrap needs Linux, and this is ${Deno.build.os}`);
  }
  const uid = Deno.uid() === 0 ? NOBODY : undefined;
  const inner = sandboxArguments(limits, readOnly);
  let holder: Deno.ChildProcess | undefined;

  const stop = async () => {
    const held = holder;
    holder = undefined;
    if (held === undefined) return;
    killIfAlive(held);
    await Promise.all([held.status, held.stdout.cancel(), held.stderr.cancel()]);
  };
  return {
    kind: "bubblewrap",
    stop,
    async start() {
      await stop();
      holder = await startHolder(limits, uid);
    },
    run: ({ args, ...request }) => {
      if (holder === undefined) throw new AgentError("closed", "the sandbox is closed");
      const cpuSeconds = Math.ceil(request.timeoutMs / 1000) + 1;
      return runProcess({
        ...request,
        program: "nsenter",
        args: [
          "--preserve-credentials",
          `--target=${holder.pid}`,
          "--user",
          "--mount",
          "--",
          "bwrap",
          ...inner,
          // Where memory runs out, the kernel takes it from here first.
          ...["choom", "--adjust=1000", "--"],
          "prlimit",
          `--nproc=${limits.processes}`,
          `--data=${limits.memoryBytes}`,
          `--fsize=${limits.fileBytes}`,
          `--cpu=${cpuSeconds}`,
          "--core=0",
          "--nofile=1024",
          "--",
          ...args,
        ],
        uid,
      });
    },
  };
}

/** What bubblewrap shows to a command. */
function sandboxArguments(
  limits: EnvironmentLimits,
  readOnly: Readonly<Record<string, string>>,
): string[] {
  const scratch = (place: string) => ["--size", String(limits.diskBytes), "--tmpfs", place];
  return [
    "--unshare-user",
    "--unshare-all",
    "--disable-userns",
    "--die-with-parent",
    "--new-session",
    ...["--uid", "1000", "--gid", "1000", "--hostname", "sandbox"],
    ...["--ro-bind", "/usr", "/usr"],
    ...["bin", "sbin", "lib", "lib64"].flatMap((name) => ["--symlink", `usr/${name}`, `/${name}`]),
    // Debian's names for programs of several makers are links through here.
    ...["--ro-bind-try", "/etc/alternatives", "/etc/alternatives"],
    ...["--proc", "/proc", "--dev", "/dev", ...scratch("/dev/shm"), "--remount-ro", "/dev"],
    ...scratch("/tmp"),
    ...["--bind", HELD_FOLDER, REPOSITORY_ROOT],
    ...Object.entries(readOnly).flatMap(([inside, host]) => ["--ro-bind", host, inside]),
    ...["--remount-ro", "/", "--chdir", REPOSITORY_ROOT],
    ...["--cap-drop", "ALL", "--clearenv"],
    ...["--setenv", "PATH", "/usr/local/bin:/usr/bin:/bin"],
    ...["--setenv", "HOME", "/tmp", "--setenv", "LANG", "C.UTF-8", "--setenv", "TZ", "UTC"],
    "--",
  ];
}

/** Starts what holds the folder; it ends with its standard input, so with this process too. */
async function startHolder(
  limits: EnvironmentLimits,
  uid: number | undefined,
): Promise<Deno.ChildProcess> {
  const mount = `mount -t tmpfs -o size=${limits.diskBytes},mode=0755,nosuid,nodev tmpfs ` +
    `${HELD_FOLDER} && echo ready && exec cat`;
  const args = ["--user", "--map-root-user", "--mount", "--", "sh", "-c", mount];
  const holder = spawn({ program: "unshare", args, uid }, "piped");
  const reader = holder.stdout.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  if (value !== undefined && new TextDecoder().decode(value).startsWith("ready")) return holder;
  const told = await new Response(holder.stderr).text();
  await holder.status;
  throw new AgentError(
    "unavailable",
    `this machine does not let bubblewrap make a sandbox: ${told.trim()}`,
  );
}
