/**
 * What a run tells as it goes on: a line of `events.jsonl` each.
 *
 * @module
 */

/** A run has begun, or goes on from a checkpoint. */
export interface StartEvent {
  readonly type: "start";
  /** Steps that were done before. */
  readonly step: number;
  /** Steps of all stages. */
  readonly steps: number;
  readonly adapter: string;
  /** Numbers in the model. */
  readonly parameters: number;
  /** What this machine's GPU reaches in matrix products, in GFLOP/s. */
  readonly peakGigaflops: number;
}

/** A stage has begun. */
export interface StageEvent {
  readonly type: "stage";
  readonly step: number;
  readonly stage: string;
  readonly steps: number;
  /** T. */
  readonly context: number;
}

/** A step was done. */
export interface StepEvent {
  readonly type: "step";
  /** Counts from 1, over all stages. */
  readonly step: number;
  readonly stage: string;
  /** Mean over the tokens that the loss counts. */
  readonly lossNats: number;
  /** Of all parameters together, before clipping. */
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** Tokens seen so far, padding left out. */
  readonly tokens: number;
  /** Over the steps since loss was last read. */
  readonly tokensPerSecond: number;
  /** The model's floating-point operations against the measured peak of matrix products, 0 to 1. */
  readonly utilization: number;
  /** Of all stages, at this speed. */
  readonly leftMs: number;
}

/** Held-out data were measured. */
export interface EvaluationEvent {
  readonly type: "evaluation";
  readonly step: number;
  readonly lossNats: number;
  readonly lossTokens: number;
}

/** The model wrote something. */
export interface SampleEvent {
  readonly type: "sample";
  readonly step: number;
  readonly prompt: string;
  /** What came after the prompt. */
  readonly text: string;
}

/** A checkpoint is in place. */
export interface CheckpointEvent {
  readonly type: "checkpoint";
  readonly step: number;
  /** Within the run's files. */
  readonly folder: string;
}

/** The run is over: done, or stopped from outside. */
export interface EndEvent {
  readonly type: "end";
  readonly step: number;
  readonly reason: "done" | "aborted";
}

/** See the members. */
export type TrainingEvent =
  | StartEvent
  | StageEvent
  | StepEvent
  | EvaluationEvent
  | SampleEvent
  | CheckpointEvent
  | EndEvent;
