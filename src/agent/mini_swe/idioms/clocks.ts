/**
 * Idioms on minutes since midnight.
 *
 * @module
 */
import { idiomsOf } from "../idiom.ts";

export const clocks = idiomsOf("clocks", [
  {
    name: "clockText",
    input: "number",
    output: "text",
    build(c) {
      const [hours, minutes] = [c.local("hours", "h"), c.local("minutes", "m")];
      return {
        lines: [
          `const ${hours} = Math.floor(${c.input} / 60) % 24;`,
          `const ${minutes} = ${c.input} % 60;`,
        ],
        result: `${hours} + ":" + String(${minutes}).padStart(2, "0")`,
        words: "write minutes as a clock shows them, h:mm",
      };
    },
  },
  {
    name: "minutesUntil",
    input: "number",
    output: "number",
    build(c) {
      const closing = c.constant(600, 1200, "closing time");
      return {
        lines: [],
        result: `(${closing.code} - ${c.input} % 1440 + 1440) % 1440`,
        words: `count the minutes until ${closing.words}, over midnight`,
      };
    },
  },
  {
    name: "nextSlot",
    input: "number",
    output: "number",
    build(c) {
      const slot = c.pick(10, 15, 20, 30);
      return {
        lines: [],
        result: `Math.ceil(${c.input} / ${slot}) * ${slot}`,
        words: `go on to the next full ${slot} minutes`,
        variant: String(slot),
      };
    },
  },
  {
    name: "later",
    input: "number",
    output: "number",
    build(c) {
      const by = c.constant(35, 95, "the duration");
      return {
        lines: [],
        result: `(${c.input} + ${by.code}) % 1440`,
        words: `go on by ${by.words} minutes, over midnight`,
      };
    },
  },
  {
    name: "clockParts",
    input: "number",
    output: "numbers",
    build: (c) => ({
      lines: [],
      result: `[Math.floor(${c.input} / 60), ${c.input} % 60]`,
      words: "split into hours and minutes",
    }),
  },
  {
    name: "whileOpen",
    input: "numbers",
    output: "numbers",
    build(c) {
      const time = c.each();
      const opens = c.constant(2, 4, "the opening hour");
      const closes = c.constant(8, 11, "the closing hour");
      return {
        lines: [],
        result:
          `${c.input}.filter((${time}) => ${time} >= ${opens.code} && ${time} < ${closes.code})`,
        words: `keep those from ${opens.words} until before ${closes.words}`,
      };
    },
  },
  {
    name: "parkingFee",
    input: "number",
    output: "number",
    final: true,
    build(c) {
      const free = c.constant(2, 5, "the free time");
      const rate = c.constant(2, 5, "the rate");
      const block = c.constant(3, 6, "the block");
      return {
        lines: [`if (${c.input} <= ${free.code}) return 0;`],
        result: `Math.ceil((${c.input} - ${free.code}) / ${block.code}) * ${rate.code}`,
        words: `after ${free.words} free, charge ${rate.words} for each begun ${block.words}`,
      };
    },
  },
]);
