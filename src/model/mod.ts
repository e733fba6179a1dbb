/**
 * Decoders as the floors above see them: describe one, write its graph, give it weights.
 *
 * @module
 */

export { type Architecture, ARCHITECTURES, checkConfig, type DecoderConfig } from "./config.ts";
export { parseConfig, writeConfig } from "./config_json.ts";
export { decoderLogits, decoderLoss, type DecoderShape, decoderTokenLosses } from "./decoder.ts";
export type { Decay } from "./graph_ops.ts";
export { initialWeights } from "./initial_weights.ts";
export { onnxDecoder, type OnnxDecoderOptions } from "./onnx_decoder.ts";
export { ModelError, type ModelErrorCode } from "./model_error.ts";
export {
  countParameters,
  type ParameterShape,
  parameterShapes,
  type ParameterStart,
} from "./parameter_shapes.ts";
export { type ByteFile, byteFileOf } from "./byte_file.ts";
export { FLOAT_FORMATS, type FloatFormat } from "./float_format.ts";
export { fromHuggingFace, toHuggingFace } from "./hugging_face.ts";
export {
  loadWeights,
  type ModelFiles,
  type ModelFolder,
  openModelFolder,
  writeWeights,
} from "./model_folder.ts";
export {
  type NamedTensor,
  openSafetensors,
  readSafetensors,
  type SafetensorsFile,
  type SafetensorsOptions,
  type StoredTensor,
  writeSafetensors,
} from "./safetensors.ts";
export {
  type ModelFolderOptions,
  writeModelFolder,
  type WrittenFile,
} from "./write_model_folder.ts";
export {
  type GeneratedText,
  generateText,
  type GenerateTextOptions,
  type TextCodec,
} from "./generate_text.ts";
export { createGenerator, type GeneratorOptions, type TokenGenerator } from "./generator.ts";
export { type Generated, type GenerateOptions } from "./sequence.ts";
