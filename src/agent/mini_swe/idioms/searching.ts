/**
 * Idioms that look for something in a list of numbers.
 *
 * @module
 */
import { idiomsOf, numberCondition } from "../idiom.ts";

export const searching = idiomsOf("searching", [
  {
    name: "firstPlace",
    input: "numbers",
    output: "number",
    final: true,
    build(c) {
      const i = c.local("i", "at");
      const { code, words, variant } = numberCondition(c, `${c.input}[${i}]`);
      return {
        lines: [
          `for (let ${i} = 0; ${i} < ${c.input}.length; ${i}++) {`,
          `  if (${code}) return ${i};`,
          "}",
        ],
        result: "-1",
        words: `find the place of the first ${words}, or -1`,
        variant,
      };
    },
  },
  {
    name: "lastPlace",
    input: "numbers",
    output: "number",
    build(c) {
      const [place, i] = [c.local("place", "last", "found"), c.local("i", "at")];
      const { code, words, variant } = numberCondition(c, `${c.input}[${i}]`);
      return {
        lines: [
          `let ${place} = -1;`,
          `for (let ${i} = 0; ${i} < ${c.input}.length; ${i}++) {`,
          `  if (${code}) ${place} = ${i};`,
          "}",
        ],
        result: place,
        words: `find the place of the last ${words}, or -1`,
        variant,
      };
    },
  },
  {
    name: "extreme",
    input: "numbers",
    output: "number",
    build(c) {
      const [best, x] = [c.local("best", "top", "found"), c.each()];
      const most = c.pick(true, false);
      const none = most ? "0" : "99";
      return {
        lines: [
          `let ${best} = ${none};`,
          `for (const ${x} of ${c.input}) {`,
          `  if (${x} ${most ? ">" : "<"} ${best}) ${best} = ${x};`,
          "}",
        ],
        result: best,
        words: `find the ${most ? "largest above" : "smallest below"} ${none}, else ${none}`,
        variant: most ? "largest" : "smallest",
      };
    },
  },
  {
    name: "placeOfLargest",
    input: "numbers",
    output: "number",
    final: true,
    build(c) {
      const [best, i] = [c.local("best", "top"), c.local("i", "at")];
      return {
        lines: [
          `if (${c.input}.length === 0) return -1;`,
          `let ${best} = 0;`,
          `for (let ${i} = 1; ${i} < ${c.input}.length; ${i}++) {`,
          `  if (${c.input}[${i}] > ${c.input}[${best}]) ${best} = ${i};`,
          "}",
        ],
        result: best,
        words: "find the place of the largest, or -1",
      };
    },
  },
  {
    name: "secondLargest",
    input: "numbers",
    output: "number",
    final: true,
    build(c) {
      const sorted = c.local("sorted", "ranked");
      const none = c.constant(0, 3, "the default");
      return {
        lines: [
          `const ${sorted} = [...${c.input}].sort((a, b) => b - a);`,
          `if (${sorted}.length < 2) return ${none.code};`,
        ],
        result: `${sorted}[1]`,
        words: `find the second largest, ${none.words} if fewer than two`,
      };
    },
  },
  {
    name: "longestStreak",
    input: "numbers",
    output: "number",
    build(c) {
      const [best, run, x] = [c.local("best", "longest"), c.local("run", "streak"), c.each()];
      const { code, words, variant } = numberCondition(c, x);
      return {
        lines: [
          `let ${best} = 0;`,
          `let ${run} = 0;`,
          `for (const ${x} of ${c.input}) {`,
          `  ${run} = ${code} ? ${run} + 1 : 0;`,
          `  ${best} = Math.max(${best}, ${run});`,
          "}",
        ],
        result: best,
        words: `find the longest streak of those ${words}`,
        variant,
      };
    },
  },
  {
    name: "peaks",
    input: "numbers",
    output: "number",
    build(c) {
      const [count, i] = [c.local("count", "peaks"), c.local("i", "at")];
      const [x, before, after] = [
        `${c.input}[${i}]`,
        `${c.input}[${i} - 1]`,
        `${c.input}[${i} + 1]`,
      ];
      return {
        lines: [
          `let ${count} = 0;`,
          `for (let ${i} = 1; ${i} < ${c.input}.length - 1; ${i}++) {`,
          `  if (${x} > ${before} && ${x} > ${after}) ${count} += 1;`,
          "}",
        ],
        result: count,
        words: "count those above both neighbours",
      };
    },
  },
  {
    name: "spread",
    input: "numbers",
    output: "number",
    final: true,
    build: (c) => ({
      lines: [`if (${c.input}.length === 0) return 0;`],
      result: `Math.max(...${c.input}) - Math.min(...${c.input})`,
      words: "take the largest minus the smallest, 0 for none",
    }),
  },
]);
