/**
 * Idioms on an object that holds a number for each word.
 *
 * @module
 */
import { idiomsOf, numberCondition, numberTransform } from "../idiom.ts";

export const tallies = idiomsOf("tallies", [
  {
    name: "countEach",
    input: "words",
    output: "tally",
    build(c) {
      const [counts, word] = [c.local("counts", "seen"), c.each()];
      return {
        lines: [
          `const ${counts} = {};`,
          `for (const ${word} of ${c.input}) ${counts}[${word}] = (${counts}[${word}] ?? 0) + 1;`,
        ],
        result: counts,
        words: "count how often each occurs",
      };
    },
  },
  {
    name: "topKey",
    input: "tally",
    output: "text",
    build(c) {
      const [best, key] = [c.local("best", "top"), c.local("key", "name")];
      return {
        lines: [
          `let ${best} = "";`,
          `for (const ${key} of Object.keys(${c.input})) {`,
          `  if (${best} === "" || ${c.input}[${key}] > ${c.input}[${best}]) ${best} = ${key};`,
          "}",
        ],
        result: best,
        words: "find the first with the largest number",
      };
    },
  },
  {
    name: "tallyTotal",
    input: "tally",
    output: "number",
    build: (c) => ({
      lines: [],
      result: `Object.values(${c.input}).reduce((a, b) => a + b, 0)`,
      words: "add up all numbers",
    }),
  },
  {
    name: "keysWhere",
    input: "tally",
    output: "words",
    build(c) {
      const key = c.local("key", "name");
      const { code, words, variant } = numberCondition(c, `${c.input}[${key}]`);
      return {
        lines: [],
        result: `Object.keys(${c.input}).filter((${key}) => ${code})`,
        words: `name those with a number ${words}`,
        variant,
      };
    },
  },
  {
    name: "tallyValues",
    input: "tally",
    output: "numbers",
    build: (c) => ({
      lines: [],
      result: `Object.values(${c.input})`,
      words: "take the numbers",
    }),
  },
  {
    name: "changedTally",
    input: "tally",
    output: "tally",
    build(c) {
      const [out, key] = [c.local("out", "changed"), c.local("key", "name")];
      const { code, words, variant } = numberTransform(c, `${c.input}[${key}]`);
      return {
        lines: [
          `const ${out} = {};`,
          `for (const ${key} of Object.keys(${c.input})) ${out}[${key}] = ${code};`,
        ],
        result: out,
        words: `${words} each number`,
        variant,
      };
    },
  },
  {
    name: "keptTally",
    input: "tally",
    output: "tally",
    build(c) {
      const [out, key, n] = [c.local("out", "kept"), c.local("key", "name"), c.local("n", "count")];
      const { code, words, variant } = numberCondition(c, n);
      return {
        lines: [
          `const ${out} = {};`,
          `for (const [${key}, ${n}] of Object.entries(${c.input})) {`,
          `  if (${code}) ${out}[${key}] = ${n};`,
          "}",
        ],
        result: out,
        words: `keep those with a number ${words}`,
        variant,
      };
    },
  },
  {
    name: "percentages",
    input: "tally",
    output: "tally",
    final: true,
    build(c) {
      const [all, out, key] = [
        c.local("all", "sum"),
        c.local("out", "shares"),
        c.local("key", "name"),
      ];
      return {
        lines: [
          `const ${all} = Object.values(${c.input}).reduce((a, b) => a + b, 0);`,
          `if (${all} === 0) return {};`,
          `const ${out} = {};`,
          `for (const ${key} of Object.keys(${c.input})) {`,
          `  ${out}[${key}] = Math.round(${c.input}[${key}] * 100 / ${all});`,
          "}",
        ],
        result: out,
        words: "give each in percent of all, rounded",
      };
    },
  },
]);
