/**
 * Idioms that write letters and numbers in another code.
 *
 * @module
 */
import { idiomsOf } from "../idiom.ts";

export const codes = idiomsOf("codes", [
  {
    name: "letterNumbers",
    input: "text",
    output: "numbers",
    build(c) {
      const letter = c.local("letter", "sign");
      return {
        lines: [],
        result:
          `[...${c.input}].map((${letter}) => "abcdefghijklmnopqrstuvwxyz".indexOf(${letter}) + 1)`,
        words: "number the letters from a = 1, others 0",
      };
    },
  },
  {
    name: "caesar",
    input: "text",
    output: "text",
    build(c) {
      const [out, letter, at] = [
        c.local("out", "coded"),
        c.local("letter", "sign"),
        c.local("at", "n"),
      ];
      const by = c.constant(2, 9, "the secret shift");
      return {
        lines: [
          `let ${out} = "";`,
          `for (const ${letter} of ${c.input}) {`,
          `  const ${at} = ${letter}.charCodeAt(0) - 97;`,
          `  if (${at} < 0) ${out} += ${letter};`,
          `  else ${out} += String.fromCharCode((${at} + ${by.code}) % 26 + 97);`,
          "}",
        ],
        result: out,
        words: `move each letter on by ${by.words}, a after z`,
      };
    },
  },
  {
    name: "runLengths",
    input: "text",
    output: "text",
    build(c) {
      const [out, i, run] = [c.local("out", "coded"), c.local("i", "at"), c.local("run", "count")];
      return {
        lines: [
          `let ${out} = "";`,
          `let ${run} = 0;`,
          `for (let ${i} = 0; ${i} < ${c.input}.length; ${i}++) {`,
          `  ${run} += 1;`,
          `  if (${c.input}[${i}] === ${c.input}[${i} + 1]) continue;`,
          `  ${out} += ${c.input}[${i}] + ${run};`,
          `  ${run} = 0;`,
          "}",
        ],
        result: out,
        words: "write each run as its letter and its length",
      };
    },
  },
  {
    name: "checksum",
    input: "numbers",
    output: "number",
    build(c) {
      const [sum, x] = [c.local("sum", "check"), c.each()];
      const factor = c.constant(2, 5, "the weight");
      const modulus = c.constant(11, 29, "the modulus");
      return {
        lines: [
          `let ${sum} = 0;`,
          `for (const ${x} of ${c.input}) ${sum} = (${sum} * ${factor.code} + ${x}) % ${modulus.code};`,
        ],
        result: sum,
        words: `from 0, times ${factor.words} plus each, modulo ${modulus.words}`,
      };
    },
  },
  {
    name: "inBase",
    input: "number",
    output: "text",
    build(c) {
      const base = c.constant(2, 8, "the base");
      return {
        lines: [],
        result: `Math.abs(${c.input}).toString(${base.code})`,
        words: `write it in base ${base.words}, without its sign`,
      };
    },
  },
  {
    name: "bits",
    input: "number",
    output: "numbers",
    build(c) {
      const [out, left] = [c.local("out", "bits"), c.local("left", "rest")];
      return {
        lines: [
          `const ${out} = [];`,
          `let ${left} = Math.abs(${c.input});`,
          `while (${left} > 0) {`,
          `  ${out}.unshift(${left} % 2);`,
          `  ${left} = Math.floor(${left} / 2);`,
          "}",
        ],
        result: out,
        words: "list its bits, highest first",
      };
    },
  },
  {
    name: "interleaved",
    input: "text",
    output: "text",
    build(c) {
      const [even, odd, i] = [
        c.local("even", "first"),
        c.local("odd", "second"),
        c.local("i", "at"),
      ];
      return {
        lines: [
          `let ${even} = "";`,
          `let ${odd} = "";`,
          `for (let ${i} = 0; ${i} < ${c.input}.length; ${i}++) {`,
          `  if (${i} % 2 === 0) ${even} += ${c.input}[${i}];`,
          `  else ${odd} += ${c.input}[${i}];`,
          "}",
        ],
        result: `${even} + ${odd}`,
        words: "write every other letter first, then the rest",
      };
    },
  },
  {
    name: "parity",
    input: "numbers",
    output: "numbers",
    build(c) {
      const [odd, x] = [c.local("odd", "check"), c.each()];
      return {
        lines: [
          `let ${odd} = 0;`,
          `for (const ${x} of ${c.input}) ${odd} += Math.abs(${x}) % 2;`,
        ],
        result: `[...${c.input}, ${odd} % 2]`,
        words: "append 1 if an odd number of them is odd, else 0",
      };
    },
  },
]);
