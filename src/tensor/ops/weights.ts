/**
 * How kernels read weights, whichever way these are stored.
 *
 * @module
 */

/** The binding of a kernel's weights. */
export interface WeightsBinding {
  /** The name of the variable. */
  readonly name: string;
  /** Its number. */
  readonly binding: number;
  /** How many weights are read at a time. With 4, their number is a multiple of that. */
  readonly width: 1 | 4;
  /** Two in a word instead of f32. */
  readonly halves: boolean;
}

/**
 * The code of a kernel that reads weights by `NAME_at(i)`, with that function and the binding: the i-th
 * f32 or vec4f of what lies there. Rows of an odd number of halves share a word with their neighbours.
 */
export function withWeights(
  kernel: string,
  { name, binding, width, halves }: WeightsBinding,
): string {
  const { stored, value, read } = READS[halves ? "f16" : "f32"][width];
  return `${kernel}
@group(0) @binding(${binding}) var<storage, read> ${name}: array<${stored}>;

fn ${name}_at(i: u32) -> ${value} {
  ${read(name)}
}
`;
}

/** unpack2x16float is part of every WGSL: f16 of its own kind is not. */
const READS = {
  f32: {
    1: { stored: "f32", value: "f32", read: (name: string) => `return ${name}[i];` },
    4: { stored: "vec4f", value: "vec4f", read: (name: string) => `return ${name}[i];` },
  },
  f16: {
    1: {
      stored: "u32",
      value: "f32",
      read: (name: string) => `return unpack2x16float(${name}[i / 2u] >> (i % 2u * 16u)).x;`,
    },
    4: {
      stored: "vec2u",
      value: "vec4f",
      read: (name: string) =>
        `let words = ${name}[i];
  return vec4f(unpack2x16float(words.x), unpack2x16float(words.y));`,
    },
  },
} as const;
