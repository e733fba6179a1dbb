/**
 * Corrected runs as documents of a stage: what the model did is read, and what the teacher did after it
 * is learned.
 *
 * @module
 */
import { ANSWER_ROLES, type SampleRole, type SampleSegment } from "../corpus/mod.ts";
import type { RunFiles } from "../train/mod.ts";
import type { AblationStage } from "./ablation_spec.ts";
import {
  CORRECTED_FILE,
  type CorrectedRun,
  type Corrections,
  correctRuns,
} from "./corrected_runs.ts";
import { inFolder, readJson } from "./json_file.ts";
import type { Lab } from "./lab.ts";
import { type LabDocument, labDocument } from "./lab_document.ts";
import { LabError } from "./lab_error.ts";
import { openModel } from "./open_model.ts";
import type { TrainedStage } from "./stages.ts";
import { conversation, type TurnFormat } from "./turns.ts";

/** A stage that is to be trained on corrected runs. */
export interface CorrectedStage {
  readonly stage: AblationStage;
  /** The model that it begins with. */
  readonly parent: TrainedStage | null;
  /** The stage's own, where the runs are kept. */
  readonly files: RunFiles;
}

/**
 * The documents of a stage: its model works on as many tasks of training as the stage says, once.
 *
 * @throws {LabError} "data" where no run could be corrected.
 */
export async function correctedDocuments(
  { stage, parent, files }: CorrectedStage,
  lab: Lab,
): Promise<LabDocument[]> {
  const { spec: { evaluate: { steps, maxTokens }, format }, world, signal, onProgress } = lab;
  if (parent === null) throw new LabError("data", "There is no model to make runs of.");
  const tasks = world.tasks.filter(({ split }) => split === "train").slice(0, stage.tasks);
  const open = () => openModel(parent.checkpoint, lab);
  const work = { tasks, files, open, format, steps, maxTokens, signal, onProgress };
  const { runs, failed } = await correctRuns(work);
  if (runs.length > 0) return runs.map((run) => correctedDocument(run, format));
  throw new LabError(
    "data",
    `No run of "${parent.name}" could be corrected: it worked on ${tasks.length} tasks, a test failed ` +
      `after an edit of its own in ${failed} of them, and none was put right from there. Give the ` +
      `stage more "tasks", or train the model before it for longer.`,
  );
}

/** The documents that stages were trained on. @throws {LabError} "run" where they are not kept. */
export async function correctedOfAll(
  stages: readonly TrainedStage[],
  { files, spec: { format } }: Lab,
): Promise<LabDocument[]> {
  const isCorrected = ({ own }: TrainedStage) =>
    own.sources.some(({ kind }) => kind === "corrected");
  const keys = new Set(stages.filter(isCorrected).map(({ key }) => key));
  const all = await Promise.all([...keys].map(async (key) => {
    const folder = inFolder(files, `stages/${key}`);
    const kept = await readJson<Corrections>(folder, CORRECTED_FILE);
    if (kept === null) throw new LabError("run", `${folder.name}/${CORRECTED_FILE} is missing.`);
    return kept.runs.map((run) => correctedDocument(run, format));
  }));
  return all.flat();
}

/** A run as a document. */
export function correctedDocument(
  { task, problem, steps, own }: CorrectedRun,
  format: TurnFormat,
): LabDocument {
  const before = conversation(problem, steps.slice(0, own), format).length;
  const segments = conversation(problem, steps, format).map((segment, at) =>
    at < before ? unlearned(segment) : segment
  );
  return labDocument(`${task} corrected`, segments);
}

/** The same text in a role that no loss of answers counts; its markers stay what they are. */
function unlearned({ role, text }: SampleSegment): SampleSegment {
  return { role: ANSWERS.has(role) ? "context" : role, text };
}

const ANSWERS: ReadonlySet<SampleRole> = new Set(ANSWER_ROLES);
