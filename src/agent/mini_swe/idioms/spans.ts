/**
 * Idioms on a list of spans `[start, end]`.
 *
 * @module
 */
import { idiomsOf } from "../idiom.ts";

export const spans = idiomsOf("spans", [
  {
    name: "totalLength",
    input: "spans",
    output: "number",
    build(c) {
      const total = c.local("total", "sum");
      return {
        lines: [
          `let ${total} = 0;`,
          `for (const [start, end] of ${c.input}) ${total} += end - start;`,
        ],
        result: total,
        words: "add up their lengths",
      };
    },
  },
  {
    name: "merged",
    input: "spans",
    output: "spans",
    build(c) {
      const [out, last] = [c.local("out", "merged"), c.local("last", "previous")];
      return {
        lines: [
          `const ${out} = [];`,
          `for (const [start, end] of [...${c.input}].sort((a, b) => a[0] - b[0])) {`,
          `  const ${last} = ${out}[${out}.length - 1];`,
          `  if (${last} && start <= ${last}[1]) ${last}[1] = Math.max(${last}[1], end);`,
          `  else ${out}.push([start, end]);`,
          "}",
        ],
        result: out,
        words: "merge those that touch, by start",
      };
    },
  },
  {
    name: "gapsBetween",
    input: "spans",
    output: "numbers",
    build(c) {
      const [gaps, i] = [c.local("gaps", "free"), c.local("i", "at")];
      return {
        lines: [
          `const ${gaps} = [];`,
          `for (let ${i} = 1; ${i} < ${c.input}.length; ${i}++) {`,
          `  ${gaps}.push(Math.max(0, ${c.input}[${i}][0] - ${c.input}[${i} - 1][1]));`,
          "}",
        ],
        result: gaps,
        words: "list the gaps from each to the next, at least 0",
      };
    },
  },
  {
    name: "longestSpan",
    input: "spans",
    output: "number",
    build(c) {
      const best = c.local("best", "longest");
      return {
        lines: [
          `let ${best} = 0;`,
          `for (const [start, end] of ${c.input}) ${best} = Math.max(${best}, end - start);`,
        ],
        result: best,
        words: "find the longest length",
      };
    },
  },
  {
    name: "spansAround",
    input: "spans",
    output: "number",
    build(c) {
      const count = c.local("count", "hits");
      const time = c.param("number", "time", "point", "moment");
      return {
        lines: [
          `let ${count} = 0;`,
          `for (const [start, end] of ${c.input}) {`,
          `  if (start <= ${time} && ${time} < end) ${count} += 1;`,
          "}",
        ],
        result: count,
        words: `count those that hold ${time}, without their end`,
      };
    },
  },
  {
    name: "shifted",
    input: "spans",
    output: "spans",
    build(c) {
      const by = c.constant(2, 6, "the usual delay");
      return {
        lines: [],
        result: `${c.input}.map(([start, end]) => [start + ${by.code}, end + ${by.code}])`,
        words: `move each by ${by.words}`,
      };
    },
  },
  {
    name: "starts",
    input: "spans",
    output: "numbers",
    build(c) {
      const span = c.each();
      const first = c.pick(true, false);
      return {
        lines: [],
        result: `${c.input}.map((${span}) => ${span}[${first ? 0 : 1}])`,
        words: `take each ${first ? "start" : "end"}`,
        variant: first ? "start" : "end",
      };
    },
  },
  {
    name: "keepLongSpans",
    input: "spans",
    output: "spans",
    build(c) {
      const least = c.constant(2, 4, "the least length");
      return {
        lines: [],
        result: `${c.input}.filter(([start, end]) => end - start >= ${least.code})`,
        words: `keep those of length ${least.words} or more`,
      };
    },
  },
  {
    name: "pairedUp",
    input: "numbers",
    output: "spans",
    build(c) {
      const [out, i] = [c.local("out", "pairs"), c.local("i", "at")];
      const [a, b] = [`${c.input}[${i}]`, `${c.input}[${i} + 1]`];
      return {
        lines: [
          `const ${out} = [];`,
          `for (let ${i} = 0; ${i} + 1 < ${c.input}.length; ${i} += 2) {`,
          `  ${out}.push([Math.min(${a}, ${b}), Math.max(${a}, ${b})]);`,
          "}",
        ],
        result: out,
        words: "make spans of two after two, smaller first",
      };
    },
  },
]);
