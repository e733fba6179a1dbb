/**
 * Idioms on a list of words.
 *
 * @module
 */
import { idiomsOf } from "../idiom.ts";

export const words = idiomsOf("words", [
  {
    name: "joinedWithAnd",
    input: "words",
    output: "text",
    final: true,
    build: (c) => ({
      lines: [`if (${c.input}.length < 2) return ${c.input}.join("");`],
      result: `${c.input}.slice(0, -1).join(", ") + " and " + ${c.input}[${c.input}.length - 1]`,
      words: 'join them with commas and a last "and"',
    }),
  },
  {
    name: "longestWord",
    input: "words",
    output: "text",
    build(c) {
      const [best, word] = [c.local("best", "longest"), c.each()];
      return {
        lines: [
          `let ${best} = "";`,
          `for (const ${word} of ${c.input}) {`,
          `  if (${word}.length > ${best}.length) ${best} = ${word};`,
          "}",
        ],
        result: best,
        words: "find the first longest",
      };
    },
  },
  {
    name: "initials",
    input: "words",
    output: "text",
    build(c) {
      const word = c.each();
      return {
        lines: [],
        result: `${c.input}.map((${word}) => ${word}.slice(0, 1).toUpperCase()).join("")`,
        words: "write their first letters as capitals",
      };
    },
  },
  {
    name: "keepLongWords",
    input: "words",
    output: "words",
    build(c) {
      const [word, least] = [c.each(), c.constant(3, 5, "the least length")];
      return {
        lines: [],
        result: `${c.input}.filter((${word}) => ${word}.length >= ${least.code})`,
        words: `keep those of at least ${least.words} letters`,
      };
    },
  },
  {
    name: "sortedByLength",
    input: "words",
    output: "words",
    build(c) {
      const up = c.pick(true, false);
      return {
        lines: [],
        result: `[...${c.input}].sort((a, b) => ${
          up ? "a.length - b.length" : "b.length - a.length"
        })`,
        words: `sort with the ${up ? "shortest" : "longest"} first`,
        variant: up ? "up" : "down",
      };
    },
  },
  {
    name: "countStarting",
    input: "words",
    output: "number",
    build(c) {
      const [count, word] = [c.local("count", "hits"), c.each()];
      const letter = c.param("letter", "letter", "start");
      return {
        lines: [
          `let ${count} = 0;`,
          `for (const ${word} of ${c.input}) {`,
          `  if (${word}.startsWith(${letter})) ${count} += 1;`,
          "}",
        ],
        result: count,
        words: `count those that start with ${letter}`,
      };
    },
  },
  {
    name: "lengths",
    input: "words",
    output: "numbers",
    build(c) {
      const word = c.each();
      return {
        lines: [],
        result: `${c.input}.map((${word}) => ${word}.length)`,
        words: "take their lengths",
      };
    },
  },
  {
    name: "numbered",
    input: "words",
    output: "words",
    build(c) {
      const [word, i] = [c.each(), c.local("i", "place")];
      const from = c.constant(1, 3, "the first number");
      return {
        lines: [],
        result: `${c.input}.map((${word}, ${i}) => ${i} + ${from.code} + "." + ${word})`,
        words: `number them from ${from.words}`,
      };
    },
  },
  {
    name: "withoutShared",
    input: "words",
    output: "words",
    build(c) {
      const [kept, word] = [c.local("kept", "unique"), c.each()];
      return {
        lines: [
          `const ${kept} = [];`,
          `for (const ${word} of ${c.input}) {`,
          `  if (${kept}.includes(${word})) continue;`,
          `  ${kept}.push(${word});`,
          "}",
        ],
        result: kept,
        words: "name each once",
      };
    },
  },
]);
