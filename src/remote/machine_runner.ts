/**
 * Code of cells, run on machines by their name. What runs there goes on when the page that began it
 * is gone, and is found again by whoever asks for the same.
 *
 * @module
 */
import { followRun } from "./remote_runs.ts";
import { machineWorkbench, type RemoteWorkbench } from "./remote_workbench.ts";

/** A module and what its default export is called with. */
export interface MachineCode {
  readonly source: string;
  readonly input: unknown;
}

/** Links to the machines that one notebook uses. */
export interface MachineRunner extends Disposable {
  /**
   * Runs the code there, or follows the run of the same code and input; a run that failed is tried
   * again. An aborted signal cancels it.
   *
   * @throws {WorkError} "no-such-machine"; "no-such-work" where the machine's owner allows no code.
   * @throws What the code threw.
   */
  run(
    machine: string,
    code: MachineCode,
    job: { readonly signal: AbortSignal; onEvent(event: unknown): void },
  ): Promise<unknown>;
}

/** Makes links as they are needed; disposing of them cancels nothing. */
export function machineRunner(): MachineRunner {
  const links = new Map<string, RemoteWorkbench>();
  let closed = false;

  function linkTo(name: string): RemoteWorkbench {
    const link = links.get(name) ?? machineWorkbench(name);
    links.set(name, link);
    return link;
  }

  return {
    async run(machine, code, { signal, onEvent }) {
      const { runs } = linkTo(machine);
      // A notebook that is closed leaves its runs as they are.
      const cancelled = new AbortController();
      const abort = () => closed || cancelled.abort(signal.reason);
      signal.addEventListener("abort", abort);
      try {
        signal.throwIfAborted();
        const order = { work: "code", request: code };
        return await followRun(runs, order, { signal: cancelled.signal, onEvent });
      } finally {
        signal.removeEventListener("abort", abort);
      }
    },
    [Symbol.dispose]() {
      closed = true;
      for (const link of links.values()) link.close();
    },
  };
}
