/**
 * Tensor programs as the floors above see them: write a graph, differentiate it, compile it, run it
 * or train it.
 *
 * @module
 */

export type { AdamWOptions } from "./adam_w.ts";
export { compile, type CompileOptions, type GraphProgram, type RunnableGraph } from "./compile.ts";
export {
  compileTraining,
  type StepReport,
  type TrainingOptions,
  type TrainingProgram,
} from "./compile_training.ts";
export type { Formula, Operand } from "./formula.ts";
export { evaluateCpu } from "./evaluate_cpu.ts";
export { gradients } from "./gradients.ts";
export type { InputValues } from "./inputs.ts";
export type { GraphMemory } from "./lower.ts";
export { type MatmulSpeed, type MatmulSpeedOptions, measureMatmul } from "./matmul_speed.ts";
export { add } from "./ops/add.ts";
export { attention, type AttentionOptions } from "./ops/attention.ts";
export { cachedAttention, type CachedAttentionOptions } from "./ops/cached_attention.ts";
export { crossEntropy, IGNORED } from "./ops/cross_entropy.ts";
export { dropout, type DropoutOptions } from "./ops/dropout.ts";
export { embedding } from "./ops/embedding.ts";
export { gelu } from "./ops/gelu.ts";
export { layerNorm } from "./ops/layer_norm.ts";
export { maskedMean } from "./ops/masked_mean.ts";
export { matmul, type MatmulOptions } from "./ops/matmul.ts";
export { mul } from "./ops/mul.ts";
export { positions } from "./ops/positions.ts";
export { rmsNorm } from "./ops/rms_norm.ts";
export { rope, type RopeOptions } from "./ops/rope.ts";
export {
  packSampling,
  sampleToken,
  sampleTokens,
  type SampleTokensOptions,
  type Sampling,
} from "./ops/sample_tokens.ts";
export { scale } from "./ops/scale.ts";
export { mean, sum, sumRows } from "./ops/sum_rows.ts";
export { swiGlu } from "./ops/swi_glu.ts";
export { lowerOnnx, type LowerOnnxOptions } from "./onnx/lower_onnx.ts";
export { type OnnxModel, type OnnxPort, writeOnnx } from "./onnx/onnx_file.ts";
export { createOnnxGraph, type OnnxGraph, type OnnxValue } from "./onnx/onnx_graph.ts";
export { type LoadedModel, loadOnnxRuntime, type OnnxRuntime } from "./onnx/onnx_runtime.ts";
export { type OnnxSession, openOnnxSession } from "./onnx/onnx_session.ts";
export {
  createParameters,
  type GpuParameters,
  type Parameters,
  type ParametersOptions,
} from "./parameters.ts";
export type { Shape } from "./shape.ts";
export {
  type Application,
  apply,
  constant,
  type DType,
  input,
  type KernelCall,
  type KernelOptions,
  type KernelVariants,
  parameter,
  type ParameterOptions,
  state,
  type Tensor,
  type TensorType,
} from "./tensor.ts";
export { PARAMETER_STORAGES, type ParameterStorage } from "./storage.ts";
export { createStates, type States } from "./states.ts";
export { TensorError, type TensorErrorCode } from "./tensor_error.ts";
export { type TrainingMemory, trainingMemory } from "./training_graph.ts";
export type { OptimizerState } from "./training_state.ts";
export { indexedTuning } from "./indexed_tuning.ts";
export { openTuning, type StoredTuning, type TuningStore } from "./stored_tuning.ts";
export type { Tuning } from "./tuning.ts";
