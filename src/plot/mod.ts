/**
 * Charts and viewers for notebooks: functions that return elements, in a page and headless alike.
 * Those that are inputs follow Observable's convention and work with `view(…)`.
 *
 * @module
 */
export {
  type AgentStepper,
  agentStepper,
  type StartRun,
  type SteppedRun,
} from "./agent_stepper.ts";
export { attentionPlot, type AttentionPlotOptions } from "./attention_plot.ts";
export { behaviourPlot, toolPlot } from "./behaviour_plot.ts";
export type { ChartOptions } from "./chart.ts";
export { type ComparedCorpus, corpusColor } from "./compared_corpora.ts";
export { duplicateList, type DuplicateListOptions } from "./duplicate_list.ts";
export type { ViewOptions } from "./element.ts";
export { errorList, type ListedError, type ListedSkip } from "./error_list.ts";
export { fertilityPlot, type FertilityPlotOptions } from "./fertility_plot.ts";
export type { InputElement } from "./input_element.ts";
export { leakList } from "./leak_list.ts";
export { lengthPlot, type LengthPlotOptions, type LengthRange } from "./length_plot.ts";
export { type LossPlot, lossPlot, type LossPlotOptions } from "./loss_plot.ts";
export {
  type MismatchOf,
  mismatchPlot,
  type MismatchPlotOptions,
  type NamedMismatch,
} from "./mismatch_plot.ts";
export { ngramPlot } from "./ngram_plot.ts";
export { packingPlot } from "./packing_plot.ts";
export { OUTCOMES, ROLE_COLORS } from "./palette.ts";
export { type PassAtK, passAtKPlot } from "./pass_at_k_plot.ts";
export { PlotError, type PlotErrorCode } from "./plot_error.ts";
export { type ProgressBar, progressBar, type ProgressBarOptions } from "./progress_bar.ts";
export { retentionPlot, type RetentionPlotOptions } from "./retention_plot.ts";
export {
  type CurvePoint,
  type RateCurve,
  rateCurves,
  type RateCurvesOptions,
} from "./rate_curves.ts";
export { type PlottedRate, ratePlot, type RatePlotOptions } from "./rate_plot.ts";
export {
  type ResultCell,
  type ResultColumn,
  type ResultFigure,
  type ResultLink,
  type ResultRow,
  type ResultTable,
  resultTable,
} from "./result_table.ts";
export { rolePlot } from "./role_plot.ts";
export { sampleView, type SampleViewOptions } from "./sample_view.ts";
export {
  type BundleFile,
  DROP_EVENT,
  DROP_REQUEST_EVENT,
  type DroppedFile,
  type SourceChoice,
  type SourceExample,
  sourcePicker,
  type SourcePickerOptions,
} from "./source_picker.ts";
export { segmentLengthPlot } from "./segment_length_plot.ts";
export { statisticsTable } from "./statistics_table.ts";
export { stepsPlot, type StepsPlotOptions, type StepsRange } from "./steps_plot.ts";
export type { ColumnName } from "./table_columns.ts";
export { type TokenFrequency, tokenPlot } from "./token_plot.ts";
export { type ShownToken, tokenView, type TokenViewOptions } from "./token_view.ts";
export type { TrajectoryRow } from "./trajectory_row.ts";
export {
  type TrajectoryTable,
  trajectoryTable,
  type TrajectoryTableOptions,
} from "./trajectory_table.ts";
export {
  type TrajectoryView,
  trajectoryView,
  type TrajectoryViewOptions,
} from "./trajectory_view.ts";
export { type FedUnit, type UnitFeed, unitFeed } from "./unit_feed.ts";
