/**
 * Idioms that keep some numbers of a list.
 *
 * @module
 */
import { idiomsOf, numberCondition } from "../idiom.ts";

export const selection = idiomsOf("selection", [
  {
    name: "keepWhere",
    input: "numbers",
    output: "numbers",
    build(c) {
      const x = c.each();
      const { code, words, variant } = numberCondition(c, x);
      if (c.pick(true, false)) {
        const result = `${c.input}.filter((${x}) => ${code})`;
        return { lines: [], result, words: `keep those ${words}`, variant };
      }
      const kept = c.local("kept", "chosen", "left");
      return {
        lines: [
          `const ${kept} = [];`,
          `for (const ${x} of ${c.input}) {`,
          `  if (${code}) ${kept}.push(${x});`,
          "}",
        ],
        result: kept,
        words: `keep those ${words}`,
        variant,
      };
    },
  },
  {
    name: "takeFirst",
    input: "numbers",
    output: "numbers",
    build(c) {
      const count = c.pick(true, false)
        ? { code: c.param("number", "count", "size", "many"), words: "" }
        : c.constant(2, 3, "the usual number");
      return {
        lines: [],
        result: `${c.input}.slice(0, ${count.code})`,
        words: `take the first ${count.words || count.code}`,
      };
    },
  },
  {
    name: "takeLast",
    input: "numbers",
    output: "numbers",
    build(c) {
      const count = c.constant(2, 3, "the usual number");
      return {
        lines: [],
        result: `${c.input}.slice(-${count.code})`,
        words: `take the last ${count.words}`,
      };
    },
  },
  {
    name: "everyOther",
    input: "numbers",
    output: "numbers",
    build(c) {
      const [kept, i] = [c.local("kept", "others", "picked"), c.local("i", "at")];
      const start = c.pick(0, 1);
      return {
        lines: [
          `const ${kept} = [];`,
          `for (let ${i} = ${start}; ${i} < ${c.input}.length; ${i} += 2) {`,
          `  ${kept}.push(${c.input}[${i}]);`,
          "}",
        ],
        result: kept,
        words: `keep every other one, from the ${start === 0 ? "first" : "second"}`,
        variant: String(start),
      };
    },
  },
  {
    name: "withoutRepeats",
    input: "numbers",
    output: "numbers",
    build(c) {
      const [seen, x] = [c.local("seen", "unique", "kept"), c.each()];
      return {
        lines: [
          `const ${seen} = [];`,
          `for (const ${x} of ${c.input}) {`,
          `  if (!${seen}.includes(${x})) ${seen}.push(${x});`,
          "}",
        ],
        result: seen,
        words: "drop repeats",
      };
    },
  },
  {
    name: "untilFirst",
    input: "numbers",
    output: "numbers",
    build(c) {
      const [kept, x] = [c.local("kept", "before", "head"), c.each()];
      const { code, words, variant } = numberCondition(c, x);
      return {
        lines: [
          `const ${kept} = [];`,
          `for (const ${x} of ${c.input}) {`,
          `  if (${code}) break;`,
          `  ${kept}.push(${x});`,
          "}",
        ],
        result: kept,
        words: `stop before the first ${words}`,
        variant,
      };
    },
  },
  {
    name: "dropEnds",
    input: "numbers",
    output: "numbers",
    build: (c) => ({
      lines: [],
      result: `${c.input}.slice(1, -1)`,
      words: "drop the first and the last",
    }),
  },
  {
    name: "movedBack",
    input: "numbers",
    output: "numbers",
    build(c) {
      const [front, back, x] = [c.local("front", "first"), c.local("back", "rest"), c.each()];
      const { code, words, variant } = numberCondition(c, x);
      return {
        lines: [
          `const ${front} = [];`,
          `const ${back} = [];`,
          `for (const ${x} of ${c.input}) {`,
          `  if (${code}) ${back}.push(${x});`,
          `  else ${front}.push(${x});`,
          "}",
        ],
        result: `[...${front}, ...${back}]`,
        words: `move those ${words} to the end`,
        variant,
      };
    },
  },
]);
