/**
 * Idioms on rows of numbers, all of one length.
 *
 * @module
 */
import { idiomsOf, numberTransform } from "../idiom.ts";

export const grids = idiomsOf("grids", [
  {
    name: "rowSums",
    input: "grid",
    output: "numbers",
    build(c) {
      const row = c.local("row", "line");
      return {
        lines: [],
        result: `${c.input}.map((${row}) => ${row}.reduce((a, b) => a + b, 0))`,
        words: "add up each row",
      };
    },
  },
  {
    name: "columnSums",
    input: "grid",
    output: "numbers",
    build(c) {
      const [sums, row, x] = [
        c.local("sums", "columns"),
        c.local("row", "line"),
        c.local("x", "col"),
      ];
      return {
        lines: [
          `const ${sums} = [];`,
          `for (const ${row} of ${c.input}) {`,
          `  for (let ${x} = 0; ${x} < ${row}.length; ${x}++) {`,
          `    ${sums}[${x}] = (${sums}[${x}] ?? 0) + ${row}[${x}];`,
          "  }",
          "}",
        ],
        result: sums,
        words: "add up each column",
      };
    },
  },
  {
    name: "transposed",
    input: "grid",
    output: "grid",
    build(c) {
      const [out, row, x] = [c.local("out", "turned"), c.local("row", "line"), c.local("x", "col")];
      return {
        lines: [
          `const ${out} = (${c.input}[0] ?? []).map(() => []);`,
          `for (const ${row} of ${c.input}) {`,
          `  for (let ${x} = 0; ${x} < ${row}.length; ${x}++) ${out}[${x}].push(${row}[${x}]);`,
          "}",
        ],
        result: out,
        words: "swap rows and columns",
      };
    },
  },
  {
    name: "flattened",
    input: "grid",
    output: "numbers",
    build: (c) => ({ lines: [], result: `${c.input}.flat()`, words: "list all cells row by row" }),
  },
  {
    name: "diagonal",
    input: "grid",
    output: "numbers",
    build(c) {
      const [out, i] = [c.local("out", "cells"), c.local("i", "at")];
      return {
        lines: [
          `const ${out} = [];`,
          `for (let ${i} = 0; ${i} < ${c.input}.length; ${i}++) {`,
          `  if (${i} < ${c.input}[${i}].length) ${out}.push(${c.input}[${i}][${i}]);`,
          "}",
        ],
        result: out,
        words: "list the diagonal from the first cell",
      };
    },
  },
  {
    name: "mirrored",
    input: "grid",
    output: "grid",
    build(c) {
      const row = c.local("row", "line");
      return {
        lines: [],
        result: `${c.input}.map((${row}) => [...${row}].reverse())`,
        words: "turn each row around",
      };
    },
  },
  {
    name: "changedCells",
    input: "grid",
    output: "grid",
    build(c) {
      const [row, cell] = [c.local("row", "line"), c.local("cell", "spot")];
      const { code, words, variant } = numberTransform(c, cell);
      return {
        lines: [],
        result: `${c.input}.map((${row}) => ${row}.map((${cell}) => ${code}))`,
        words: `${words} each cell`,
        variant,
      };
    },
  },
  {
    name: "fullRows",
    input: "grid",
    output: "number",
    build(c) {
      const [count, row, cell] = [
        c.local("count", "full"),
        c.local("row", "line"),
        c.local("cell", "spot"),
      ];
      const least = c.constant(2, 4, "the least level");
      return {
        lines: [
          `let ${count} = 0;`,
          `for (const ${row} of ${c.input}) {`,
          `  if (${row}.every((${cell}) => ${cell} >= ${least.code})) ${count} += 1;`,
          "}",
        ],
        result: count,
        words: `count the rows whose cells are all ${least.words} or more`,
      };
    },
  },
]);
