/**
 * Idioms on a list of records with a name and a number.
 *
 * @module
 */
import { idiomsOf, numberCondition, numberTransform } from "../idiom.ts";

export const records = idiomsOf("records", [
  {
    name: "totalOf",
    input: "records",
    output: "number",
    build(c) {
      const [total, row] = [c.local("total", "sum"), c.each()];
      return {
        lines: [
          `let ${total} = 0;`,
          `for (const ${row} of ${c.input}) ${total} += ${row}.${c.field};`,
        ],
        result: total,
        words: `add up each ${c.field}`,
      };
    },
  },
  {
    name: "fieldOf",
    input: "records",
    output: "numbers",
    build(c) {
      const row = c.each();
      return {
        lines: [],
        result: `${c.input}.map((${row}) => ${row}.${c.field})`,
        words: `take each ${c.field}`,
      };
    },
  },
  {
    name: "namesWhere",
    input: "records",
    output: "words",
    build(c) {
      const [names, row] = [c.local("names", "found"), c.each()];
      const { code, words, variant } = numberCondition(c, `${row}.${c.field}`);
      return {
        lines: [
          `const ${names} = [];`,
          `for (const ${row} of ${c.input}) {`,
          `  if (${code}) ${names}.push(${row}.name);`,
          "}",
        ],
        result: names,
        words: `name those with ${c.field} ${words}`,
        variant,
      };
    },
  },
  {
    name: "nameOfBest",
    input: "records",
    output: "text",
    final: true,
    build(c) {
      const [best, row] = [c.local("best", "top"), c.each()];
      const most = c.pick(true, false);
      return {
        lines: [
          `if (${c.input}.length === 0) return "";`,
          `let ${best} = ${c.input}[0];`,
          `for (const ${row} of ${c.input}) {`,
          `  if (${row}.${c.field} ${most ? ">" : "<"} ${best}.${c.field}) ${best} = ${row};`,
          "}",
        ],
        result: `${best}.name`,
        words: `name the first with the ${most ? "most" : "least"} ${c.field}`,
        variant: most ? "most" : "least",
      };
    },
  },
  {
    name: "groupTotals",
    input: "records",
    output: "tally",
    build(c) {
      const [totals, row] = [c.local("totals", "byName"), c.each()];
      return {
        lines: [
          `const ${totals} = {};`,
          `for (const ${row} of ${c.input}) {`,
          `  ${totals}[${row}.name] = (${totals}[${row}.name] ?? 0) + ${row}.${c.field};`,
          "}",
        ],
        result: totals,
        words: `add up ${c.field} by name`,
      };
    },
  },
  {
    name: "raised",
    input: "records",
    output: "records",
    build(c) {
      const row = c.each();
      const { code, words, variant } = numberTransform(c, `${row}.${c.field}`);
      return {
        lines: [],
        result: `${c.input}.map((${row}) => ({ ...${row}, ${c.field}: ${code} }))`,
        words: `${words} each ${c.field}`,
        variant,
      };
    },
  },
  {
    name: "keepRecords",
    input: "records",
    output: "records",
    build(c) {
      const row = c.each();
      const { code, words, variant } = numberCondition(c, `${row}.${c.field}`);
      return {
        lines: [],
        result: `${c.input}.filter((${row}) => ${code})`,
        words: `keep those with ${c.field} ${words}`,
        variant,
      };
    },
  },
  {
    name: "rankedRecords",
    input: "records",
    output: "records",
    build(c) {
      const down = c.pick(true, false);
      const order = down ? `b.${c.field} - a.${c.field}` : `a.${c.field} - b.${c.field}`;
      return {
        lines: [],
        result: `[...${c.input}].sort((a, b) => ${order})`,
        words: `sort with the ${down ? "most" : "least"} ${c.field} first`,
        variant: down ? "down" : "up",
      };
    },
  },
  {
    name: "labels",
    input: "records",
    output: "words",
    build(c) {
      const row = c.each();
      return {
        lines: [],
        result: `${c.input}.map((${row}) => ${row}.name + ":" + ${row}.${c.field})`,
        words: `write each as name:${c.field}`,
      };
    },
  },
]);
