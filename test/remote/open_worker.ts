/**
 * A remote worker for tests: in this process, or as the command that people start.
 *
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  listenRemote,
  openRemoteWorker,
  randomToken,
  REMOTE_SCHEMAS,
  type RemoteWorkerOptions,
  serveRemoteLink,
} from "../../src/remote/headless.ts";
import { connect, type RemoteWorkbench } from "../../src/remote/mod.ts";
import { countingRows, packedFiles, TINY_MODEL } from "../train/packed.ts";

/** A worker of this process, and a workbench on it; jobs are processes all the same. */
export interface OpenWorker extends AsyncDisposable {
  readonly workbench: RemoteWorkbench;
  readonly url: string;
  readonly token: string;
  readonly folder: string;
  readonly log: readonly string[];
}

/** Opens a worker with a folder of its own, which is deleted with it; pages of `origins` may connect. */
export async function openWorker(
  { origins, ...options }:
    & Omit<RemoteWorkerOptions, "folder" | "log">
    & { readonly origins?: readonly string[] },
): Promise<OpenWorker> {
  const folder = await mkdtemp(join(tmpdir(), "bottega-worker-"));
  const log: string[] = [];
  const tell = (line: string) => log.push(line);
  const worker = await openRemoteWorker({ ...options, folder, log: tell });
  const token = randomToken();
  const { methods } = worker;
  const served = { methods, schemas: REMOTE_SCHEMAS, token, log: tell };
  const listener = listenRemote({
    port: 0,
    token,
    origins,
    handler: (socket) => serveRemoteLink(socket, served),
  });
  const workbench = connect(listener.url, { token });
  return {
    workbench,
    url: listener.url,
    token,
    folder,
    log,
    async [Symbol.asyncDispose]() {
      workbench.close();
      await worker.drain(0);
      await listener.close();
      await rm(folder, { recursive: true });
    },
  };
}

const { manifest, shards } = await packedFiles(countingRows(12, 16), 16);

/** Packed tokens, as a workbench takes them. */
export const COUNTING = { packed: { manifest, shards: Object.fromEntries(shards) } };

/** A run of so many steps with a checkpoint each seven. */
export function countingSpec(steps: number) {
  const stage = { name: "base", data: "packed", steps, batch: 2, learningRate: { peak: 1e-2 } };
  return { model: TINY_MODEL, stages: [stage], checkpointEvery: 7, readEvery: 1 };
}

/** Code as an order for a worker that allows it. */
export function code(body: string, input: unknown = null) {
  const source =
    `export default async (input, { emit, signal, chooseGpu, files, told }) => {${body}}`;
  return { work: "code", request: { source, input } };
}
