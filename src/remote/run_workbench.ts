/**
 * What of a workbench is a run: training and ablations, wherever runs live.
 *
 * @module
 */
import type { TrainingEvent } from "../train/mod.ts";
import type { AblationEvent } from "../lab/mod.ts";
import type { AblationResult } from "./ablate_service.ts";
import { sha256Of } from "./blob_store.ts";
import { followRun, type RunHost } from "./remote_runs.ts";
import type { BlobStore } from "./work.ts";
import type { Workbench } from "./workbench.ts";
import type { TrainOptions } from "./workbench.ts";
import type { TrainOutcome } from "./works/train.ts";

/** Sends those blobs that are not there yet. */
export type SendBlobs = (
  blobs: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
  job: { readonly signal?: AbortSignal | undefined },
) => Promise<void>;

/**
 * Training and ablations as runs of `host`. They go on when the caller is gone: the same call finds its
 * run again, with all its events.
 */
export function runWorkbench(
  host: RunHost,
  send: SendBlobs,
): Pick<Workbench, "train" | "ablate"> {
  return {
    async train(spec, { data, models = {}, tokenizer, device, signal, onEvent }: TrainOptions) {
      const blobs = new Map<string, Uint8Array<ArrayBuffer>>();
      const manifests: Record<string, unknown> = {};
      for (const [name, { manifest, shards }] of Object.entries(data)) {
        manifests[name] = manifest;
        for (const { file, sha256 } of manifest.shards) {
          const bytes = shards[file];
          if (bytes) blobs.set(sha256, bytes);
        }
      }
      const modelFiles: Record<string, Record<string, string>> = {};
      for (const [name, files] of Object.entries(models)) {
        modelFiles[name] = {};
        for (const [file, bytes] of Object.entries(files)) {
          const sha256 = modelFiles[name][file] = await sha256Of(bytes);
          blobs.set(sha256, bytes);
        }
      }
      await send(blobs, { signal });
      const order = {
        work: "train",
        request: plain({ spec, data: manifests, models: modelFiles, tokenizer, device }),
        data: [...blobs.keys()],
      };
      const tell = onEvent && ((event: unknown) => onEvent(event as TrainingEvent));
      const outcome = await followRun(host, order, { signal, onEvent: tell }) as TrainOutcome;
      const { lossNats, heldOutNats, ...rest } = outcome;
      return { ...rest, lossNats, heldOutNats, files: await readFiles(host.data, outcome.files) };
    },
    async ablate(spec, { device, signal, onEvent } = {}) {
      const order = { work: "ablate", request: plain({ spec, device }) };
      const tell = onEvent && ((event: unknown) => onEvent(event as AblationEvent));
      return await followRun(host, order, { signal, onEvent: tell }) as AblationResult;
    },
  };
}

/** A JSON value, without what JSON leaves out. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

async function readFiles(
  data: BlobStore,
  files: TrainOutcome["files"],
): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
  const read: Record<string, Uint8Array<ArrayBuffer>> = {};
  for (const [name, sha256] of Object.entries(files)) read[name] = await data.read(sha256);
  return read;
}
