/**
 * Elementwise ops: each tells in WGSL what one element of its result is, and the kernel is generated,
 * of one op or of several whose results in between are then never stored.
 *
 * @module
 */

import { callPerItem } from "./ops/kernel_call.ts";
import { endsWith, formatShape, sizeOf } from "./shape.ts";
import type { KernelCall, KernelOptions, Node, Tensor } from "./tensor.ts";
import { TensorError } from "./tensor_error.ts";

/** One element of a result. */
export interface Formula {
  /**
   * An expression in WGSL, of the names of the operands' values, f32 or u32, and of `i`, which element
   * it is (u32).
   */
  readonly expression: (...operands: readonly string[]) => string;
  /**
   * What the expression is of: by default element `i` of each input, which has the shape of the result,
   * or that of its last axes or of one element, and is then repeated.
   */
  readonly operands?: readonly Operand[];
  /** Functions in WGSL that the expression calls; the same text is in a kernel once. */
  readonly functions?: readonly string[];
}

/** An element of an input. */
export interface Operand {
  readonly tensor: Tensor;
  /** Which one: an expression in WGSL, of `i`. */
  readonly place: string;
}

/** @throws {TensorError} "graph" for several results; "shape" for an input that cannot be repeated. */
export function checkFormula({ op, formula, inputs, outputs }: Node): void {
  const [result] = outputs;
  if (!formula) return;
  if (!result || outputs.length > 1) {
    throw new TensorError(
      "graph",
      `${op} has a formula and ${outputs.length} results: it needs one.`,
    );
  }
  const wrong = inputs.find(({ shape }) => !formula.operands && !endsWith(result.shape, shape));
  if (!wrong) return;
  throw new TensorError(
    "shape",
    `${op}: an input has shape ${formatShape(wrong.shape)} and the result ${
      formatShape(result.shape)
    }: for a formula it must have that shape or that of its last axes, or operands must tell which ` +
      "elements are read.",
  );
}

/** What the elements of a node's result are made from. */
export function operandsOf({ formula, inputs, outputs: [result] }: Node): readonly Operand[] {
  if (!formula || !result) return [];
  return formula.operands ??
    inputs.map((tensor) => ({ tensor, place: repeated(tensor, sizeOf(result.shape)) }));
}

/** Whether a node reads element `i` of `tensor`, and no other one, for its own element `i`. */
export function readsInPlace(node: Node, tensor: Tensor): boolean {
  const [result] = node.outputs;
  return node.formula !== undefined && result !== undefined &&
    sizeOf(tensor.shape) === sizeOf(result.shape) &&
    operandsOf(node).every((operand) => operand.tensor !== tensor || operand.place === "i");
}

/** What a kernel of these nodes reads from memory: all operands but those that it makes itself. */
export function formulaInputs(nodes: readonly Node[]): Tensor[] {
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const read = new Set(nodes.flatMap(operandsOf).map(({ tensor }) => tensor));
  return [...read.difference(made)];
}

/** The functions that they call, each text once. */
export function formulaFunctions(nodes: readonly Node[]): Set<string> {
  return new Set(nodes.flatMap(({ formula }) => formula?.functions ?? []));
}

/**
 * One kernel for nodes with formulas, one invocation an element. It stores the result of the last node
 * alone.
 */
export function formulaKernel(nodes: readonly Node[], { accumulate }: KernelOptions): KernelCall {
  const inputs = formulaInputs(nodes);
  const results = nodes.flatMap(({ outputs }) => outputs);
  const result = results.at(-1) as Tensor;
  const label = `elementwise_${nodes.map(({ op }) => op.replaceAll(/\W/g, "_")).join("_")}`;
  const { statements, value } = body(nodes, inputs);
  const code = `// Invocations: one an element, ceil(N / wg) workgroups, folded into two dimensions.
override wg: u32 = 64u;
override N: u32; // elements of the result

${
    inputs.map(({ dtype }, k) =>
      `@group(0) @binding(${k}) var<storage, read> input_${k}: array<${dtype}>;`
    ).join("\n")
  }
@group(0) @binding(${inputs.length}) var<storage, read_write> result: array<${result.dtype}>;
${[...formulaFunctions(nodes)].join("\n")}
@compute @workgroup_size(wg)
fn ${label}(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let i = id.y * workgroups.x * wg + id.x;
  if (i >= N) {
    return;
  }
  ${statements.join("\n  ")}
  result[i] ${accumulate ? "+=" : "="} ${value};
}
`;
  return callPerItem(sizeOf(result.shape), { label, code, bindings: [...inputs, result] });
}

/** The statements of an invocation: each operand is read once, each node's element made once. */
function body(
  nodes: readonly Node[],
  inputs: readonly Tensor[],
): { statements: string[]; value: string } {
  const statements: string[] = [];
  const read = new Map<string, string>();
  const made = new Map<Tensor, string>();
  const define = (dtype: string, expression: string) => {
    const name = `value_${statements.length}`;
    statements.push(`let ${name}: ${dtype} = ${expression};`);
    return name;
  };
  for (const node of nodes) {
    const operands = operandsOf(node).map(({ tensor, place }) => {
      const element = `input_${inputs.indexOf(tensor)}[${place}]`;
      const known = made.get(tensor) ?? read.get(element);
      if (known !== undefined) return known;
      const name = define(tensor.dtype, element);
      read.set(element, name);
      return name;
    });
    const expression = node.formula?.expression(...operands) ?? "";
    for (const result of node.outputs) made.set(result, define(result.dtype, expression));
  }
  return { statements, value: `value_${statements.length - 1}` };
}

/** The element of a smaller tensor that stands at `i` when it is repeated to N elements. */
function repeated({ shape }: Tensor, N: number): string {
  const size = sizeOf(shape);
  return size === N ? "i" : size === 1 ? "0" : `i % ${size}u`;
}
