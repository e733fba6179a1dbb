/**
 * The workbench on another machine: the same calls, and runs that outlive the page that began them.
 *
 * @module
 */
import type { Job } from "../gpu/mod.ts";
import { sha256Of } from "./blob_store.ts";
import { keepLink, type KeptLink } from "./kept_link.ts";
import { linkWorkbench } from "./link_workbench.ts";
import type { RemoteBlobs } from "./remote_blobs.ts";
import { findMachine } from "./machine.ts";
import { type LinkState, openRemoteLink, type RemoteLinkOptions } from "./remote_link.ts";
import { type RemoteRuns, remoteRuns } from "./remote_runs.ts";
import type { MachineStatus, RemoteService } from "./remote_service.ts";
import { runWorkbench } from "./run_workbench.ts";
import { WorkError } from "./work_error.ts";
import type { Workbench } from "./workbench.ts";
import type { LoadRequest, WorkbenchService } from "./workbench_service.ts";
import type { WorkerLink } from "./worker_link.ts";
import type { WorkSource } from "./works/request.ts";

/** A workbench on another machine. */
export interface RemoteWorkbench extends Workbench {
  /** Its URL, or the name that it was asked for by. */
  readonly machine: string;
  readonly state: LinkState;
  /** Of the last heartbeat, there and back; 0 before the first. */
  readonly latencyMs: number;
  /** Its machine, as it is now: adapter, memory, load, queue. */
  status(): Promise<MachineStatus>;
  /** Any registered work, and the runs that there are. */
  readonly runs: RemoteRuns;
}

/** The workbench of the worker at `url`; see `connect`. */
export function remoteWorkbench(url: string, options: RemoteLinkOptions): RemoteWorkbench {
  return overLink(url, keepLink(() => openRemoteLink<RemoteService>(url, options)));
}

/** The workbench of a machine by its name, which is looked up with the first call. */
export function machineWorkbench(name: string): RemoteWorkbench {
  return overLink(
    name,
    keepLink(async () => {
      const { url, token } = await findMachine(name);
      return await openRemoteLink<RemoteService>(url, { token });
    }),
  );
}

function overLink(machine: string, link: KeptLink): RemoteWorkbench {
  const runs = remoteRuns(link);
  const { load, measure } = linkWorkbench(sessionLink(link, runs.data));
  return {
    machine,
    get state() {
      return link.state;
    },
    get latencyMs() {
      return link.latencyMs;
    },
    status: () => link.insist("status", null),
    runs,
    load,
    measure,
    device: async () => (await link.insist("status", null)).device,
    ...runWorkbench(runs, runs.data.send),
    close: () => link.close(),
  };
}

/** The calls of one workbench, which has a process of its own there. */
function sessionLink(
  link: KeptLink,
  data: RemoteBlobs,
): Pick<WorkerLink<WorkbenchService>, "call" | "close"> {
  const session = crypto.randomUUID();
  async function call(method: string, request: unknown, job: Job = {}): Promise<unknown> {
    if (method !== "load") return await link.call(method as "compare", own(request), job);
    const { source, history, limit } = request as LoadRequest;
    const sent = await sendSource(source, data, job);
    return await link.call("load", { session, source: sent, history, limit }, job);
  }
  const own = (request: unknown) => ({ ...request as { a: number; b: number }, session });
  return {
    call: call as WorkerLink<WorkbenchService>["call"],
    close: () => link.close(),
  };
}

/** A source that the worker can open: a URL, or a bundle that is sent to it. */
async function sendSource(
  source: LoadRequest["source"],
  data: RemoteBlobs,
  job: Job,
): Promise<WorkSource> {
  if (typeof source === "string" && /^https:\/\//.test(source)) return source;
  const name = typeof source === "string" ? source : source.name;
  const bytes = typeof source === "string" ? await readHere(source) : await bytesOf(source.bundle);
  const blob = await sha256Of(bytes);
  await data.send(new Map([[blob, bytes]]), job);
  return { name: name.replace(/^.*\//, ""), blob };
}

async function readHere(path: string): Promise<Uint8Array<ArrayBuffer>> {
  if (path.endsWith(".bundle") && "Deno" in globalThis) return await Deno.readFile(path);
  throw new WorkError(
    "bad-request",
    `A remote worker opens no paths, and this is one: ${
      JSON.stringify(path)
    }. Give it an https:// ` +
      "URL, or { name, bundle } with the bytes of a bundle.",
  );
}

async function bytesOf(bundle: Uint8Array | Blob): Promise<Uint8Array<ArrayBuffer>> {
  return bundle instanceof Blob ? new Uint8Array(await bundle.arrayBuffer()) : bundle.slice();
}
