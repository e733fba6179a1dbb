/**
 * An ablation's pieces as jobs of a fleet: each stage and each cell goes to a worker that is free, with
 * what it begins with by hash, and what came of it lies below the ablation's files as if it had been
 * made there.
 *
 * @module
 */
import type { DeviceChoice, Job } from "../../gpu/mod.ts";
import {
  finishedStage,
  type LabWork,
  type LabWorker,
  sharedFiles,
  specOfWork,
  type StageWork,
  startOfWork,
} from "../../lab/mod.ts";
import type { RunFiles, TrainingEvent } from "../../train/mod.ts";
import { type LabOutcome, parseLabOutcome } from "../works/lab.ts";
import type { WorkNeed } from "../work.ts";
import { closedError, type Fleet, type FleetJob } from "./fleet.ts";

/** Where an ablation is put together whose pieces a fleet does. */
export interface LabFleetOptions extends Pick<Job, "signal"> {
  /** The ablation's. */
  readonly files: RunFiles;
  /** Where the pieces compute, `auto` by default: `gpu` leaves them to workers that have one. */
  readonly device?: DeviceChoice | undefined;
  readonly onTraining?: ((stage: string, event: TrainingEvent) => void) | undefined;
}

/** The fleet as an ablation's worker; disposing of it cancels what is not done. */
export interface LabFleet extends AsyncDisposable {
  /** For `ablate`, with as many cells at a time as there are. */
  readonly worker: LabWorker;
}

/**
 * Makes a fleet the worker of an ablation. A piece is known by what it is asked, so one that the fleet
 * has done before, for this matrix or for another, is not done again, nor a stage that the ablation's
 * files have.
 *
 * @example
 * ```ts ignore
 * const files = memoryRunFiles();
 * await using pieces = openLabFleet(fleet, { files, device: "gpu" });
 * await ablate(spec, { gpu: null, files, worker: pieces.worker, parallel: 100 });
 * ```
 */
export function openLabFleet(fleet: Fleet, options: LabFleetOptions): LabFleet {
  const { files, device = "auto", signal, onTraining } = options;
  /** Hashes by path of what was sent or came. */
  const known = new Map<string, Promise<string | null>>();
  const waiting = new Set<string>();
  const closing = new AbortController();

  /** Sends a file unless it is there; pieces that begin with the same wait for the first that does. */
  function send(path: string): Promise<string | null> {
    const sent = Promise.resolve(known.get(path)).then(async (sha256) => {
      if (sha256 && await fleet.data.has(sha256)) return sha256;
      const file = await files.read(path);
      return file && await fleet.data.write(await file.read(0, file.sizeBytes));
    });
    known.set(path, sent);
    return sent;
  }

  async function sendAll(paths: readonly string[]): Promise<Record<string, string>> {
    const sent = await Promise.all(paths.map(async (path) => [path, await send(path)] as const));
    return Object.fromEntries(sent.flatMap(([path, sha256]) => sha256 ? [[path, sha256]] : []));
  }

  async function orderOf(work: LabWork): Promise<FleetJob> {
    const start = startOfWork(work);
    const model = start === null ? [] : (await files.list(start)).filter((name) => !isState(name));
    const paths = [...sharedFiles(work), ...model.map((name) => `${start}/${name}`)];
    const given = await sendAll(paths);
    // The stage is the base of the spec that is sent.
    const { stage: _, ...request } = work.request as Partial<StageWork>;
    return {
      work: "lab",
      request: { name: work.name, spec: specOfWork(work), request, files: given, device },
      data: [...new Set(Object.values(given))].sort(),
      needs: needsOf(work, device),
    };
  }

  /** Writes what came of a piece, where it is not there yet. */
  async function receive(made: LabOutcome["files"]): Promise<void> {
    const paths = Object.keys(made);
    const held = await Promise.all(paths.map((path) => files.read(path)));
    for (const path of held.every((file) => file !== null) ? [] : paths.toSorted(byPart)) {
      await files.write(path, [await fleet.data.read(made[path] ?? "")]);
    }
    for (const [path, sha256] of Object.entries(made)) known.set(path, Promise.resolve(sha256));
  }

  async function follow(id: string, work: LabWork): Promise<void> {
    if (!onTraining || work.name !== "stage") return;
    const { name } = work.request as StageWork;
    const events = fleet.events(id, signal ? { signal } : {});
    for await (const { event } of events) onTraining(name, event as TrainingEvent);
  }

  async function work(work: LabWork, { onProgress }: Omit<Job, "signal"> = {}): Promise<unknown> {
    signal?.throwIfAborted();
    if (work.name === "stage") {
      const done = await finishedStage(work.request as StageWork, { spec: work.spec, files });
      if (done) return done;
    }
    const order = await orderOf(work);
    closing.signal.throwIfAborted();
    const id = await fleet.submit(order);
    waiting.add(id);
    if (closing.signal.aborted) await fleet.cancel(id);
    const job = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
    const [given] = await Promise.all([fleet.result(id, job), follow(id, work)]);
    waiting.delete(id);
    const outcome = parseLabOutcome(work, given);
    await receive(outcome.files);
    return outcome.result;
  }

  return {
    // Each kind of work gives its own result.
    worker: work as LabWorker,
    async [Symbol.asyncDispose]() {
      closing.abort(closedError());
      for (const id of waiting) await fleet.cancel(id);
    },
  };
}

/** The optimiser's: of no use without the run. */
function isState(name: string): boolean {
  return name === "optimizer.safetensors";
}

/** What says that a stage is done comes after what it names, and what makes it a run to go on with last. */
function byPart(a: string, b: string): number {
  const part = (path: string) => ["stage.json", "spec.json"].indexOf(path.split("/").at(-1) ?? "");
  return part(a) - part(b);
}

function needsOf({ name, request }: LabWork, device: DeviceChoice): WorkNeed[] {
  // Agents run their code, and some stages learn from what they did.
  const agents = name === "cell" || name === "mid" ||
    name === "stage" && "corrected" in (request as StageWork).stage.data;
  const sandbox: WorkNeed[] = agents ? ["sandbox"] : [];
  return device === "gpu" ? ["gpu", ...sandbox] : sandbox;
}
