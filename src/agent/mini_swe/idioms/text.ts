/**
 * Idioms on a text of lower-case letters and blanks.
 *
 * @module
 */
import { idiomsOf } from "../idiom.ts";

export const text = idiomsOf("text", [
  {
    name: "capitalised",
    input: "text",
    output: "text",
    build: (c) => ({
      lines: [],
      result: `${c.input}.slice(0, 1).toUpperCase() + ${c.input}.slice(1)`,
      words: "make the first letter a capital",
    }),
  },
  {
    name: "backwards",
    input: "text",
    output: "text",
    build(c) {
      const [out, letter] = [c.local("out", "turned"), c.local("letter", "sign")];
      return {
        lines: [
          `let ${out} = "";`,
          `for (const ${letter} of ${c.input}) ${out} = ${letter} + ${out};`,
        ],
        result: out,
        words: "turn it backwards",
      };
    },
  },
  {
    name: "shortened",
    input: "text",
    output: "text",
    final: true,
    build(c) {
      const most = c.constant(4, 7, "the width");
      return {
        lines: [`if (${c.input}.length <= ${most.code}) return ${c.input};`],
        result: `${c.input}.slice(0, ${most.code}) + ".."`,
        words: `cut it to ${most.words} letters and two dots if it is longer`,
      };
    },
  },
  {
    name: "countLetters",
    input: "text",
    output: "number",
    build(c) {
      const [count, letter] = [c.local("count", "hits"), c.local("letter", "sign")];
      const set = c.pick("aeiou", "xyz", "aei", "nrst");
      return {
        lines: [
          `let ${count} = 0;`,
          `for (const ${letter} of ${c.input}) {`,
          `  if ("${set}".includes(${letter})) ${count} += 1;`,
          "}",
        ],
        result: count,
        words: `count the letters of "${set}"`,
      };
    },
  },
  {
    name: "withoutLetter",
    input: "text",
    output: "text",
    build(c) {
      const [out, letter] = [c.local("out", "rest"), c.local("each", "sign")];
      const gone = c.param("letter", "letter", "mark");
      return {
        lines: [
          `let ${out} = "";`,
          `for (const ${letter} of ${c.input}) {`,
          `  if (${letter} !== ${gone}) ${out} += ${letter};`,
          "}",
        ],
        result: out,
        words: `leave out each ${gone}`,
      };
    },
  },
  {
    name: "masked",
    input: "text",
    output: "text",
    build(c) {
      const shown = c.constant(2, 4, "the usual number of");
      const hidden = c.local("hidden", "masked");
      return {
        lines: [`const ${hidden} = Math.max(0, ${c.input}.length - ${shown.code});`],
        result: `"*".repeat(${hidden}) + ${c.input}.slice(${hidden})`,
        words: `put stars for all but the last ${shown.words} letters`,
      };
    },
  },
  {
    name: "splitWords",
    input: "text",
    output: "words",
    build(c) {
      const word = c.local("word", "part");
      return {
        lines: [],
        result: `${c.input}.split(" ").filter((${word}) => ${word} !== "")`,
        words: "split it into words",
      };
    },
  },
  {
    name: "placesOf",
    input: "text",
    output: "numbers",
    build(c) {
      const [places, i] = [c.local("places", "found"), c.local("i", "at")];
      const letter = c.param("letter", "letter", "mark");
      return {
        lines: [
          `const ${places} = [];`,
          `for (let ${i} = 0; ${i} < ${c.input}.length; ${i}++) {`,
          `  if (${c.input}[${i}] === ${letter}) ${places}.push(${i});`,
          "}",
        ],
        result: places,
        words: `list the places of ${letter}`,
      };
    },
  },
  {
    name: "padded",
    input: "text",
    output: "text",
    build(c) {
      const width = c.constant(5, 9, "the width");
      const left = c.pick(true, false);
      return {
        lines: [],
        result: `${c.input}.pad${left ? "Start" : "End"}(${width.code}, ".")`,
        words: `fill it with dots on the ${left ? "left" : "right"} to ${width.words} letters`,
        variant: left ? "left" : "right",
      };
    },
  },
]);
