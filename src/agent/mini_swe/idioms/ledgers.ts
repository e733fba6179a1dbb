/**
 * Idioms that carry a state from one number of a list to the next.
 *
 * @module
 */
import { idiomsOf, numberCondition } from "../idiom.ts";

export const ledgers = idiomsOf("ledgers", [
  {
    name: "flooredBalance",
    input: "numbers",
    output: "number",
    build(c) {
      const [balance, x] = [c.local("balance", "stock", "level"), c.each()];
      const start = c.constant(3, 9, "the opening balance");
      const out = c.constant(2, 5, "the daily loss");
      return {
        lines: [
          `let ${balance} = ${start.code};`,
          `for (const ${x} of ${c.input}) ${balance} = Math.max(0, ${balance} + ${x} - ${out.code});`,
        ],
        result: balance,
        words: `from ${start.words}, add each less ${out.words}, never below 0`,
      };
    },
  },
  {
    name: "countSinceReset",
    input: "numbers",
    output: "numbers",
    build(c) {
      const [out, since, x] = [c.local("out", "counts"), c.local("since", "run"), c.each()];
      const { code, words, variant } = numberCondition(c, x);
      return {
        lines: [
          `const ${out} = [];`,
          `let ${since} = 0;`,
          `for (const ${x} of ${c.input}) {`,
          `  ${since} = ${code} ? 0 : ${since} + 1;`,
          `  ${out}.push(${since});`,
          "}",
        ],
        result: out,
        words: `count on from one to the next, back to 0 at those ${words}`,
        variant,
      };
    },
  },
  {
    name: "dips",
    input: "numbers",
    output: "number",
    build(c) {
      const [sum, dips, x] = [c.local("sum", "balance"), c.local("dips", "count"), c.each()];
      const fee = c.constant(4, 7, "the fee");
      return {
        lines: [
          `let ${sum} = 0;`,
          `let ${dips} = 0;`,
          `for (const ${x} of ${c.input}) {`,
          `  ${sum} += ${x} - ${fee.code};`,
          `  if (${sum} < 0) ${dips} += 1;`,
          "}",
        ],
        result: dips,
        words: `add up each less ${fee.words} and count how often the sum is below 0`,
      };
    },
  },
  {
    name: "highWater",
    input: "numbers",
    output: "number",
    build(c) {
      const [sum, high, x] = [c.local("sum", "level"), c.local("high", "peak"), c.each()];
      const out = c.constant(3, 6, "the outflow");
      return {
        lines: [
          `let ${sum} = 0;`,
          `let ${high} = 0;`,
          `for (const ${x} of ${c.input}) {`,
          `  ${sum} += ${x} - ${out.code};`,
          `  if (${sum} > ${high}) ${high} = ${sum};`,
          "}",
        ],
        result: high,
        words: `add up each less ${out.words} and give the highest sum`,
      };
    },
  },
  {
    name: "backlog",
    input: "numbers",
    output: "numbers",
    build(c) {
      const [out, left, x] = [c.local("out", "queue"), c.local("left", "waiting"), c.each()];
      const served = c.constant(3, 6, "what one turn serves");
      return {
        lines: [
          `const ${out} = [];`,
          `let ${left} = 0;`,
          `for (const ${x} of ${c.input}) {`,
          `  ${left} = Math.max(0, ${left} + ${x} - ${served.code});`,
          `  ${out}.push(${left});`,
          "}",
        ],
        result: out,
        words: `add each to what waits, serve ${served.words}, list what is left`,
      };
    },
  },
  {
    name: "jumps",
    input: "numbers",
    output: "numbers",
    build(c) {
      const [out, last, x] = [c.local("out", "kept"), c.local("last", "before"), c.each()];
      const least = c.constant(2, 4, "the least jump");
      return {
        lines: [
          `const ${out} = [];`,
          `let ${last} = 0;`,
          `for (const ${x} of ${c.input}) {`,
          `  if (Math.abs(${x} - ${last}) >= ${least.code}) ${out}.push(${x});`,
          `  ${last} = ${x};`,
          "}",
        ],
        result: out,
        words: `keep those at least ${least.words} from the one before, the first from 0`,
      };
    },
  },
  {
    name: "streakScore",
    input: "numbers",
    output: "number",
    build(c) {
      const [score, streak, x] = [c.local("score", "points"), c.local("streak", "run"), c.each()];
      const { code, words, variant } = numberCondition(c, x);
      return {
        lines: [
          `let ${score} = 0;`,
          `let ${streak} = 0;`,
          `for (const ${x} of ${c.input}) {`,
          `  if (${code}) ${streak} += 1;`,
          `  else ${streak} = 0;`,
          `  ${score} += ${streak};`,
          "}",
        ],
        result: score,
        words: `score 1, 2, 3 … for those ${words} in a row`,
        variant,
      };
    },
  },
]);
