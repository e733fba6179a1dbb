/**
 * A run's folder: `spec.json`, `events.jsonl` and `checkpoints/step-N/`. It can be killed at any time
 * and resumed: a checkpoint is there as a whole or not at all.
 *
 * @module
 */
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { piecesOf, readText, type RunFiles } from "./run_files.ts";
import { TrainError } from "./train_error.ts";
import type { TrainSpec } from "./train_spec.ts";
import type { TrainingEvent } from "./training_event.ts";

/** An open run. */
export interface Run {
  /** Where to go on; null for a run from its beginning. */
  readonly checkpoint: Checkpoint | null;
  /** The folder of the last checkpoint, null before the first. */
  readonly folder: string | null;
  /** The events up to there. */
  readonly events: readonly TrainingEvent[];
  /** Adds lines to `events.jsonl`. */
  note(events: readonly TrainingEvent[]): Promise<void>;
  /** Puts a checkpoint in place, and deletes the oldest where there are too many that need not stay. */
  save(checkpoint: Checkpoint): Promise<void>;
  /** Deletes checkpoints of this step and later ones. */
  removeFrom(step: number): Promise<void>;
}

/**
 * Begins a run, or goes on with the one that is there: from its last checkpoint, if it got so far.
 * Events of steps that will be done again are deleted.
 *
 * @throws {TrainError} "run" where there is one and it is not to be resumed, where it is of another
 * spec, or where its last checkpoint is damaged.
 */
export async function openRun(files: RunFiles, spec: TrainSpec, resume: boolean): Promise<Run> {
  const known = await readText(files, SPEC);
  const written = JSON.stringify(spec, null, 2);
  if (known !== null && !resume) {
    throw new TrainError(
      "run",
      `${files.name} holds a run already: resume it, or choose another folder.`,
    );
  }
  if (known === null) await files.write(SPEC, piecesOf(written));
  else checkSame(files.name, known, written);
  const steps = await checkpointSteps(files);
  const last = steps.at(-1);
  const checkpoint = last === undefined ? null : await readCheckpoint(
    folderOf(last),
    (name) => files.read(`${folderOf(last)}/${name}`),
  );
  const events = await keepEvents(files, checkpoint?.progress.step ?? -1);
  let folder = last === undefined ? null : folderOf(last);
  return {
    checkpoint,
    get folder() {
      return folder;
    },
    events,
    note: (events) =>
      files.append(EVENTS, events.map((event) => `${JSON.stringify(event)}\n`).join("")),
    async save(checkpoint) {
      const saved = folderOf(checkpoint.progress.step);
      await files.writeFolder(saved, writeCheckpoint(checkpoint));
      folder = saved;
      const steps = await checkpointSteps(files);
      const passing = steps.filter((step) => !spec.checkpointAt?.includes(step));
      for (const step of passing.slice(0, -spec.keepCheckpoints)) {
        await files.removeFolder(folderOf(step));
      }
    },
    async removeFrom(first) {
      const steps = await checkpointSteps(files);
      for (const step of steps.filter((step) => step >= first)) {
        await files.removeFolder(folderOf(step));
      }
      const last = steps.findLast((step) => step < first);
      folder = last === undefined ? null : folderOf(last);
    },
  };
}

/** The events of a run so far; a last line that was cut is left out. */
export async function readEvents(files: RunFiles): Promise<TrainingEvent[]> {
  const lines = (await readText(files, EVENTS) ?? "").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

const SPEC = "spec.json";
const EVENTS = "events.jsonl";
const CHECKPOINTS = "checkpoints";

function folderOf(step: number): string {
  return `${CHECKPOINTS}/step-${step}`;
}

/** Ascending. */
async function checkpointSteps(files: RunFiles): Promise<number[]> {
  const names = await files.list(CHECKPOINTS);
  return names
    .flatMap((name) => /^step-(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

async function keepEvents(files: RunFiles, step: number): Promise<TrainingEvent[]> {
  const kept = (await readEvents(files)).filter((event) => event.step <= step);
  await files.write(EVENTS, piecesOf(kept.map((event) => `${JSON.stringify(event)}\n`).join("")));
  return kept;
}

function checkSame(name: string, known: string, written: string): void {
  if (known === written) return;
  const lines = known.split("\n");
  const other = written.split("\n");
  const at = lines.findIndex((line, i) => line !== other[i]);
  throw new TrainError(
    "run",
    `${name} holds a run of another spec: it has ${lines[at]?.trim() ?? "less"}, and this one ` +
      `${other[at]?.trim() ?? "less"}. Resume it with its own spec.json, or choose another folder.`,
  );
}
