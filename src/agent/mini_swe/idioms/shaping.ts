/**
 * Idioms that make a list of numbers into another one.
 *
 * @module
 */
import { idiomsOf, numberTransform } from "../idiom.ts";

export const shaping = idiomsOf("shaping", [
  {
    name: "mapEach",
    input: "numbers",
    output: "numbers",
    build(c) {
      const x = c.each();
      const { code, words, variant } = numberTransform(c, x);
      return {
        lines: [],
        result: `${c.input}.map((${x}) => ${code})`,
        words: `${words} each`,
        variant,
      };
    },
  },
  {
    name: "differences",
    input: "numbers",
    output: "numbers",
    build(c) {
      const [steps, i] = [c.local("steps", "gaps", "changes"), c.local("i", "at")];
      return {
        lines: [
          `const ${steps} = [];`,
          `for (let ${i} = 1; ${i} < ${c.input}.length; ${i}++) {`,
          `  ${steps}.push(${c.input}[${i}] - ${c.input}[${i} - 1]);`,
          "}",
        ],
        result: steps,
        words: "take each minus the one before",
      };
    },
  },
  {
    name: "runningSums",
    input: "numbers",
    output: "numbers",
    build(c) {
      const [sums, sum, x] = [c.local("sums", "running"), c.local("sum", "soFar"), c.each()];
      return {
        lines: [
          `const ${sums} = [];`,
          `let ${sum} = 0;`,
          `for (const ${x} of ${c.input}) {`,
          `  ${sum} += ${x};`,
          `  ${sums}.push(${sum});`,
          "}",
        ],
        result: sums,
        words: "take the running sums",
      };
    },
  },
  {
    name: "pairSums",
    input: "numbers",
    output: "numbers",
    build(c) {
      const [pairs, i] = [c.local("pairs", "sums", "joined"), c.local("i", "at")];
      return {
        lines: [
          `const ${pairs} = [];`,
          `for (let ${i} = 0; ${i} + 1 < ${c.input}.length; ${i}++) {`,
          `  ${pairs}.push(${c.input}[${i}] + ${c.input}[${i} + 1]);`,
          "}",
        ],
        result: pairs,
        words: "add each to the next",
      };
    },
  },
  {
    name: "clampEach",
    input: "numbers",
    output: "numbers",
    build(c) {
      const [x, low, high] = [
        c.each(),
        c.constant(2, 4, "the floor"),
        c.constant(6, 9, "the ceiling"),
      ];
      return {
        lines: [],
        result: `${c.input}.map((${x}) => Math.min(${high.code}, Math.max(${low.code}, ${x})))`,
        words: `keep each between ${low.words} and ${high.words}`,
      };
    },
  },
  {
    name: "rotated",
    input: "numbers",
    output: "numbers",
    build(c) {
      const by = c.constant(1, 3, "the usual turn");
      return {
        lines: [],
        result: `[...${c.input}.slice(${by.code}), ...${c.input}.slice(0, ${by.code})]`,
        words: `move the first ${by.words} to the end`,
      };
    },
  },
  {
    name: "timesPlace",
    input: "numbers",
    output: "numbers",
    build(c) {
      const [x, i] = [c.each(), c.local("i", "place")];
      const from = c.constant(1, 3, "the first place");
      return {
        lines: [],
        result: `${c.input}.map((${x}, ${i}) => ${x} * (${i} + ${from.code}))`,
        words: `multiply each by its place, counted from ${from.words}`,
      };
    },
  },
  {
    name: "sortedDown",
    input: "numbers",
    output: "numbers",
    build(c) {
      const down = c.pick(true, false);
      return {
        lines: [],
        result: `[...${c.input}].sort((a, b) => ${down ? "b - a" : "a - b"})`,
        words: `sort with the ${down ? "largest" : "smallest"} first`,
        variant: down ? "down" : "up",
      };
    },
  },
  {
    name: "mirrorSums",
    input: "numbers",
    output: "numbers",
    build(c) {
      const [out, i] = [c.local("out", "sums", "folded"), c.local("i", "at")];
      return {
        lines: [
          `const ${out} = [];`,
          `for (let ${i} = 0; ${i} < ${c.input}.length; ${i}++) {`,
          `  ${out}.push(${c.input}[${i}] + ${c.input}[${c.input}.length - 1 - ${i}]);`,
          "}",
        ],
        result: out,
        words: "add each to its mirror from the end",
      };
    },
  },
]);
