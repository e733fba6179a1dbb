/**
 * An ONNX graph as a file.
 *
 * Source of the field numbers: onnx.proto of ONNX 1.16, https://github.com/onnx/onnx.
 *
 * @module
 */

import { PbfWriter } from "pbf";
import type { OnnxAttribute, OnnxInitializer, OnnxNode } from "./onnx_graph.ts";

/** An input or output of the whole graph. */
export interface OnnxPort {
  readonly name: string;
  readonly type: "float" | "int64";
  /** A text is the name of a length that is known at a run only. */
  readonly shape: readonly (number | string)[];
}

/** All of a model. */
export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
}

/** The operator set that graphs are written in: the newest whose every op onnxruntime-web knows. */
export const OPSET = 18;

/** The bytes of an `.onnx` file. */
export function writeOnnx({ nodes, initializers, inputs, outputs }: OnnxModel): Uint8Array {
  const file = new PbfWriter();
  file.writeVarintField(1, IR_VERSION);
  file.writeStringField(2, "bottega");
  message(file, 7, (graph) => {
    for (const node of nodes) message(graph, 1, (part) => writeNode(part, node));
    graph.writeStringField(2, "bottega");
    for (const data of initializers) message(graph, 5, (part) => writeTensor(part, data));
    for (const port of inputs) message(graph, 11, (part) => writePort(part, port));
    for (const port of outputs) message(graph, 12, (part) => writePort(part, port));
  });
  message(file, 8, (opset) => {
    opset.writeStringField(1, "");
    opset.writeVarintField(2, OPSET);
  });
  return file.finish();
}

/** The IR version that goes with the operator set. */
const IR_VERSION = 8;

const ELEMENT_TYPES = { float: 1, int64: 7 } as const;

function writeNode(part: PbfWriter, { op, inputs, outputs, attributes }: OnnxNode): void {
  for (const name of inputs) part.writeStringField(1, name);
  for (const name of outputs) part.writeStringField(2, name);
  part.writeStringField(3, outputs[0] ?? op);
  part.writeStringField(4, op);
  for (const [name, attribute] of Object.entries(attributes)) {
    message(part, 5, (field) => writeAttribute(field, name, attribute));
  }
}

function writeAttribute(field: PbfWriter, name: string, attribute: OnnxAttribute): void {
  field.writeStringField(1, name);
  if ("int" in attribute) {
    field.writeVarintField(3, attribute.int);
    field.writeVarintField(20, 2);
  } else if ("float" in attribute) {
    field.writeFloatField(2, attribute.float);
    field.writeVarintField(20, 1);
  } else if ("text" in attribute) {
    field.writeStringField(4, attribute.text);
    field.writeVarintField(20, 3);
  } else {
    for (const value of attribute.ints) field.writeVarintField(8, value);
    field.writeVarintField(20, 7);
  }
}

function writeTensor(part: PbfWriter, { name, shape, values }: OnnxInitializer): void {
  for (const length of shape) part.writeVarintField(1, length);
  part.writeVarintField(2, ELEMENT_TYPES[values instanceof Float32Array ? "float" : "int64"]);
  part.writeStringField(8, name);
  part.writeBytesField(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

function writePort(part: PbfWriter, { name, type, shape }: OnnxPort): void {
  part.writeStringField(1, name);
  message(part, 2, (typed) =>
    message(typed, 1, (tensor) => {
      tensor.writeVarintField(1, ELEMENT_TYPES[type]);
      message(tensor, 2, (axes) => {
        for (const length of shape) {
          message(axes, 1, (axis) => {
            if (typeof length === "number") axis.writeVarintField(1, length);
            else axis.writeStringField(2, length);
          });
        }
      });
    }));
}

function message(writer: PbfWriter, field: number, write: (part: PbfWriter) => void): void {
  writer.writeMessage(field, (_: undefined, part?: PbfWriter) => part && write(part), undefined);
}
