/**
 * Decoders as the floors above see them: describe one, write its graph, give it weights, let it write,
 * store it and export it.
 *
 * @module
 */

export { type ByteFile, byteFileOf } from "./byte_file.ts";
export { type Architecture, ARCHITECTURES, checkConfig, type DecoderConfig } from "./config.ts";
export { parseConfig, writeConfig } from "./config_json.ts";
export {
  type DecoderGraph,
  decoderGraph,
  decoderLogits,
  decoderLoss,
  type DecoderShape,
  decoderTokenLosses,
} from "./decoder.ts";
export { FLOAT_FORMATS, type FloatFormat } from "./float_format.ts";
export {
  type GeneratedText,
  generateText,
  type GenerateTextOptions,
  type TextCodec,
} from "./generate_text.ts";
export { createGenerator, type GeneratorOptions, type TokenGenerator } from "./generator.ts";
export type { Decay } from "./graph_ops.ts";
export { fromHuggingFace, toHuggingFace } from "./hugging_face.ts";
export { initialWeights } from "./initial_weights.ts";
export {
  createInspector,
  type Inspection,
  type Inspector,
  type TokenPrediction,
} from "./inspector.ts";
export { ModelError, type ModelErrorCode } from "./model_error.ts";
export { loadParameters } from "./load_parameters.ts";
export {
  loadWeights,
  type ModelFiles,
  type ModelFolder,
  openModelFolder,
  writeWeights,
} from "./model_folder.ts";
export { onnxDecoder, type OnnxDecoderOptions } from "./onnx_decoder.ts";
export {
  countParameters,
  type ParameterShape,
  parameterShapes,
  type ParameterStart,
} from "./parameter_shapes.ts";
export {
  type NamedTensor,
  openSafetensors,
  readSafetensors,
  type SafetensorsFile,
  type SafetensorsOptions,
  type StoredTensor,
  writeSafetensors,
} from "./safetensors.ts";
export type { Generated, GenerateOptions } from "./sequence.ts";
export {
  type DescriptionOptions,
  type ModelFolderOptions,
  writeModelFolder,
  type WrittenFile,
} from "./write_model_folder.ts";
export { writeOnnxFolder } from "./write_onnx_folder.ts";
