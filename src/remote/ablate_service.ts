/**
 * Ablations by plain values, as a worker serves them: a spec comes in, events are fetched as they
 * happen, and what was done is kept for as long as the worker lives.
 *
 * @module
 */
import type { ChosenGpu, DeviceChoice, Job } from "../gpu/mod.ts";
import { ablate, type AblationEvent, type AblationReport, parseAblation } from "../lab/mod.ts";
import { memoryRunFiles, type RunFiles } from "../train/mod.ts";
import { createEventStreams } from "./event_stream.ts";
import { canonicalJson } from "./work.ts";

/** What to run. */
export interface AblateRequest {
  /** A number that the caller chooses: its events are asked for by it. */
  readonly run: number;
  /** An ablation's JSON, see `parseAblation`. */
  readonly spec: unknown;
  /** Default `auto`: the GPU, and the processor where a GPU is only played. */
  readonly device?: DeviceChoice | undefined;
}

/** The tables, and what computed them. */
export interface AblationResult {
  readonly report: AblationReport;
  /** The GPU's name; null for the processor. */
  readonly adapter: string | null;
  /** Why the processor computed although a GPU was wanted. */
  readonly note?: string;
}

/** The methods of ablation. */
export type AblateService = {
  /** Runs the cells that are not done yet: the same spec goes on where it was stopped. */
  ablate(request: AblateRequest, job: Job): Promise<AblationResult>;
  /** Events since the last call, one at least; none where the run has ended. */
  ablateEvents(request: { run: number }, job: Job): Promise<readonly AblationEvent[]>;
};

/**
 * Makes the service.
 *
 * @param choose Where to train.
 */
export function createAblateService(
  choose: (device: DeviceChoice) => Promise<ChosenGpu>,
): AblateService {
  const streams = createEventStreams<AblationEvent>();
  const kept = new Map<string, RunFiles>();
  const filesOf = (spec: string) => {
    const files = kept.get(spec) ?? memoryRunFiles("this page's memory");
    kept.set(spec, files);
    return files;
  };
  return {
    async ablate({ run, spec: given, device = "auto" }, { signal, onProgress }) {
      const stream = streams.of(run);
      try {
        const spec = parseAblation(given);
        const { gpu: found, note } = await choose(device);
        // WebGPU in software is right and slow: onnxruntime-web is faster on the same processor.
        const gpu = device === "auto" && found?.software ? null : found;
        const report = await ablate(spec, {
          gpu,
          files: filesOf(canonicalJson(spec)),
          signal,
          onProgress,
          onEvent: (event) => stream.add(event),
        });
        return { report, adapter: gpu?.description ?? null, ...(note !== undefined && { note }) };
      } finally {
        stream.end();
      }
    },
    ablateEvents: ({ run }) => streams.take(run),
  };
}
