/**
 * Training: a spec, packed tokens and a GPU in; events and checkpoints out.
 *
 * @module
 */
export { type Batch, batchOf } from "./batches.ts";
export { byteTokenizer } from "./byte_tokenizer.ts";
export { type Checkpoint, readCheckpoint, type TrainProgress } from "./checkpoint.ts";
export { type LearningRate, learningRateAt } from "./learning_rate.ts";
export type { TrainSources } from "./plan.ts";
export { type RowOrder, rowOrder } from "./row_order.ts";
export { readEvents } from "./run.ts";
export { memoryRunFiles, type Pieces, piecesOf, readText, type RunFiles } from "./run_files.ts";
export type { TrainHost } from "./session.ts";
export { train, type TrainResult } from "./train.ts";
export { TrainError, type TrainErrorCode } from "./train_error.ts";
export {
  type LossMask,
  parseTrainSpec,
  type TrainSpec,
  type TrainSpecInput,
  type TrainStage,
} from "./train_spec.ts";
export type {
  CheckpointEvent,
  EndEvent,
  EvaluationEvent,
  SampleEvent,
  StageEvent,
  StartEvent,
  StepEvent,
  TrainingEvent,
} from "./training_event.ts";
