/**
 * Idioms on a single number.
 *
 * @module
 */
import { idiomsOf } from "../idiom.ts";

export const arithmetic = idiomsOf("arithmetic", [
  {
    name: "between",
    input: "number",
    output: "number",
    build(c) {
      const low = c.constant(1, 4, "the floor");
      const high = c.constant(9, 20, "the ceiling");
      return {
        lines: [],
        result: `Math.min(${high.code}, Math.max(${low.code}, ${c.input}))`,
        words: `keep it between ${low.words} and ${high.words}`,
      };
    },
  },
  {
    name: "digitSum",
    input: "number",
    output: "number",
    build(c) {
      const [rest, sum] = [c.local("rest", "left"), c.local("sum", "digits")];
      return {
        lines: [
          `let ${rest} = Math.abs(${c.input});`,
          `let ${sum} = 0;`,
          `while (${rest} > 0) {`,
          `  ${sum} += ${rest} % 10;`,
          `  ${rest} = Math.floor(${rest} / 10);`,
          "}",
        ],
        result: sum,
        words: "add up its digits",
      };
    },
  },
  {
    name: "roundedUp",
    input: "number",
    output: "number",
    build(c) {
      const pack = c.constant(3, 8, "the pack size");
      const up = c.pick(true, false);
      return {
        lines: [],
        result: `Math.${up ? "ceil" : "floor"}(${c.input} / ${pack.code}) * ${pack.code}`,
        words: `round ${up ? "up" : "down"} to a multiple of ${pack.words}`,
        variant: up ? "up" : "down",
      };
    },
  },
  {
    name: "tiered",
    input: "number",
    output: "number",
    final: true,
    build(c) {
      const limit = c.constant(5, 12, "the limit");
      const rate = c.constant(2, 4, "the rate");
      const extra = c.constant(5, 9, "the higher rate");
      return {
        lines: [`if (${c.input} <= ${limit.code}) return ${c.input} * ${rate.code};`],
        result: `${limit.code} * ${rate.code} + (${c.input} - ${limit.code}) * ${extra.code}`,
        words: `charge ${rate.words} each up to ${limit.words}, then ${extra.words} each`,
      };
    },
  },
  {
    name: "surcharge",
    input: "number",
    output: "number",
    build(c) {
      const limit = c.constant(4, 9, "the allowance");
      const fee = c.constant(3, 9, "the surcharge");
      return {
        lines: [],
        result: `${c.input} > ${limit.code} ? ${c.input} + ${fee.code} : ${c.input}`,
        words: `add ${fee.words} if it is above ${limit.words}`,
      };
    },
  },
  {
    name: "halvings",
    input: "number",
    output: "number",
    build(c) {
      const [left, steps] = [c.local("left", "rest"), c.local("steps", "count")];
      return {
        lines: [
          `let ${left} = Math.abs(${c.input});`,
          `let ${steps} = 0;`,
          `while (${left} > 1) {`,
          `  ${left} = Math.floor(${left} / 2);`,
          `  ${steps} += 1;`,
          "}",
        ],
        result: steps,
        words: "count how often it can be halved before it is 1",
      };
    },
  },
  {
    name: "commonDivisor",
    input: "number",
    output: "number",
    build(c) {
      const with_ = c.constant(12, 36, "the reference");
      const [a, b] = [c.local("a", "one"), c.local("b", "other")];
      return {
        lines: [
          `let ${a} = Math.abs(${c.input});`,
          `let ${b} = ${with_.code};`,
          `while (${b} !== 0) [${a}, ${b}] = [${b}, ${a} % ${b}];`,
        ],
        result: a,
        words: `find the largest divisor shared with ${with_.words}`,
      };
    },
  },
  {
    name: "countUp",
    input: "number",
    output: "numbers",
    build(c) {
      const [out, i] = [c.local("out", "list"), c.local("i", "n")];
      const step = c.constant(2, 4, "the step");
      return {
        lines: [
          `const ${out} = [];`,
          `for (let ${i} = 1; ${i} <= Math.min(${c.input}, 20); ${i} += ${step.code}) {`,
          `  ${out}.push(${i});`,
          "}",
        ],
        result: out,
        words: `list from 1 up to it, at most 20, in steps of ${step.words}`,
      };
    },
  },
  {
    name: "band",
    input: "number",
    output: "number",
    final: true,
    build(c) {
      const low = c.constant(3, 6, "the lower bound");
      const high = c.constant(9, 15, "the upper bound");
      return {
        lines: [
          `if (${c.input} < ${low.code}) return 0;`,
          `if (${c.input} < ${high.code}) return 1;`,
        ],
        result: "2",
        words: `give 0 below ${low.words}, 1 below ${high.words}, else 2`,
      };
    },
  },
]);
