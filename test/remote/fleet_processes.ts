/** Workers of a fleet as processes of their own. */
import { ROOT } from "../support/bottega.ts";

/** A process that runs a worker. */
export interface FleetProcess {
  readonly name: string;
  /** Resolves when the process has ended, whatever ended it. */
  readonly ended: Promise<void>;
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>;
}

/** Starts `fleet_process.ts` with these credentials. */
export function startFleetProcess(
  credentials: string,
  name: string,
  kind: "test" | "real" = "test",
): FleetProcess {
  const script = "test/remote/fleet_process.ts";
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--node-modules-dir=manual", script, credentials, name, kind],
    cwd: ROOT,
    stdin: "null",
    stdout: "null",
    stderr: Deno.env.has("BOTTEGA_FLEET_LOG") ? "inherit" : "null",
  }).spawn();
  let isOver = false;
  const ended = child.status.then(() => {
    isOver = true;
  });
  return {
    name,
    ended,
    async kill() {
      if (!isOver) child.kill("SIGKILL");
      await ended;
    },
  };
}
