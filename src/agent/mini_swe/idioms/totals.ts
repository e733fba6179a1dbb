/**
 * Idioms that add up a list of numbers.
 *
 * @module
 */
import { idiomsOf, numberCondition, numberTransform } from "../idiom.ts";

export const totals = idiomsOf("totals", [
  {
    name: "sum",
    input: "numbers",
    output: "number",
    build(c) {
      const words = "add them up";
      if (c.pick(true, false)) {
        return { lines: [], result: `${c.input}.reduce((a, b) => a + b, 0)`, words };
      }
      const [total, x] = [c.local("total", "sum", "all"), c.each()];
      return {
        lines: [`let ${total} = 0;`, `for (const ${x} of ${c.input}) ${total} += ${x};`],
        result: total,
        words,
      };
    },
  },
  {
    name: "sumWhere",
    input: "numbers",
    output: "number",
    build(c) {
      const [total, x] = [c.local("total", "sum", "part"), c.each()];
      const { code, words, variant } = numberCondition(c, x);
      return {
        lines: [
          `let ${total} = 0;`,
          `for (const ${x} of ${c.input}) {`,
          `  if (${code}) ${total} += ${x};`,
          "}",
        ],
        result: total,
        words: `add up those ${words}`,
        variant,
      };
    },
  },
  {
    name: "countWhere",
    input: "numbers",
    output: "number",
    build(c) {
      const x = c.each();
      const { code, words, variant } = numberCondition(c, x);
      if (c.pick(true, false)) {
        const result = `${c.input}.filter((${x}) => ${code}).length`;
        return { lines: [], result, words: `count those ${words}`, variant };
      }
      const count = c.local("count", "hits", "found");
      return {
        lines: [
          `let ${count} = 0;`,
          `for (const ${x} of ${c.input}) {`,
          `  if (${code}) ${count} += 1;`,
          "}",
        ],
        result: count,
        words: `count those ${words}`,
        variant,
      };
    },
  },
  {
    name: "sumOfEach",
    input: "numbers",
    output: "number",
    build(c) {
      const [total, x] = [c.local("total", "sum", "bill"), c.each()];
      const { code, words, variant } = numberTransform(c, x);
      return {
        lines: [`let ${total} = 0;`, `for (const ${x} of ${c.input}) ${total} += ${code};`],
        result: total,
        words: `${words} each and add up`,
        variant,
      };
    },
  },
  {
    name: "weightedSum",
    input: "numbers",
    output: "number",
    build(c) {
      const [total, i] = [c.local("total", "score", "sum"), c.local("i", "at")];
      return {
        lines: [
          `let ${total} = 0;`,
          `for (let ${i} = 0; ${i} < ${c.input}.length; ${i}++) {`,
          `  ${total} += (${i} + 1) * ${c.input}[${i}];`,
          "}",
        ],
        result: total,
        words: "add them up, each times its place from 1",
      };
    },
  },
  {
    name: "alternatingSum",
    input: "numbers",
    output: "number",
    build(c) {
      const [total, i] = [c.local("total", "net", "sum"), c.local("i", "at")];
      return {
        lines: [
          `let ${total} = 0;`,
          `for (let ${i} = 0; ${i} < ${c.input}.length; ${i}++) {`,
          `  if (${i} % 2 === 0) ${total} += ${c.input}[${i}];`,
          `  else ${total} -= ${c.input}[${i}];`,
          "}",
        ],
        result: total,
        words: "add the first, subtract the next, and so on",
      };
    },
  },
  {
    name: "roundedMean",
    input: "numbers",
    output: "number",
    final: true,
    build(c) {
      const total = c.local("total", "sum");
      return {
        lines: [
          `if (${c.input}.length === 0) return 0;`,
          `const ${total} = ${c.input}.reduce((a, b) => a + b, 0);`,
        ],
        result: `Math.round(${total} / ${c.input}.length)`,
        words: "take the mean, rounded, 0 for none",
      };
    },
  },
  {
    name: "product",
    input: "numbers",
    output: "number",
    build(c) {
      const [product, x] = [c.local("product", "result"), c.each()];
      return {
        lines: [`let ${product} = 1;`, `for (const ${x} of ${c.input}) ${product} *= ${x};`],
        result: product,
        words: "multiply them",
      };
    },
  },
]);
