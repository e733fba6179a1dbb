/**
 * What a policy is worth: resolved rates as SWE-bench reports them, with intervals and tests, and
 * further kinds of benchmarks.
 *
 * @module
 */
export { parseBenchmark } from "./benchmark_rows.ts";
export { EvaluateError, type EvaluateErrorCode } from "./evaluate_error.ts";
export {
  type EvaluateOptions,
  evaluatePredictions,
  type Evaluation,
  type InstanceOutcome,
} from "./evaluate_predictions.ts";
export { FAILURE_CLASSES, type FailureClass, failureClass } from "./failure_class.ts";
export {
  completeHumanEval,
  HUMAN_EVAL_STOPS,
  type HumanEvalProblem,
  humanEvalTask,
  parseHumanEval,
  passesHumanEval,
} from "./human_eval.ts";
export { type InstanceReport, instanceReport, type TestsStatus } from "./instance_report.ts";
export {
  bootstrapInterval,
  type BootstrapOptions,
  type Estimate,
  normalQuantile,
  wilsonInterval,
} from "./intervals.ts";
export { mcNemar, type PairedComparison } from "./mc_nemar.ts";
export {
  type ModelLikelihood,
  type ModelLikelihoodOptions,
  openModelLikelihood,
} from "./model_likelihood.ts";
export {
  answerByLikelihood,
  askMultipleChoice,
  type ChoiceOutcome,
  choicePrompt,
  type LogLikelihood,
  type MultipleChoice,
  parseMultipleChoice,
} from "./multiple_choice.ts";
export { meanPassAtK, passAtK } from "./pass_at_k.ts";
export {
  emptyPredictions,
  goldPredictions,
  parsePredictions,
  type Prediction,
} from "./predictions.ts";
export { failureCounts, ratesByTag, type ResolvedRate, resolvedRate } from "./resolved_rates.ts";
export { type RunReport, runReport } from "./run_report.ts";
