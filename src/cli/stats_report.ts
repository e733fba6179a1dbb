/**
 * The statistics of a corpus as text on a terminal.
 *
 * @module
 */
import { brief, print, printTable } from "./output.ts";
import type { StatisticsResult } from "./stats.ts";

/** Prints every figure, one table after the other. */
export function printStatistics(result: StatisticsResult): void {
  const { tokenizer, trajectories, tokens, byRole, over, lengths, mismatch } = result;
  print(
    `${trajectories.toLocaleString("en")} documents, ${tokens.toLocaleString("en")} tokens of ` +
      tokenizer,
  );
  table(
    ["role", "tokens", "share"],
    Object.entries(byRole).filter(([, count]) => count > 0)
      .map(([role, count]) => [role, count, percent(count / (tokens || 1))]),
  );
  table(
    ["length of", "count", "p10", "p50", "p90", "p99", "longest"],
    [["sample", lengths.sample], ["step", lengths.step], ...Object.entries(lengths.roles)]
      .map(([what, length]) => {
        const { count, p10, p50, p90, p99, max } = length as typeof lengths.sample;
        return [what as string, count, p10, p50, p90, p99, max];
      }),
  );
  table(["longer than", "documents"], Object.entries(over));
  table(
    ["context", "rows", "filled", "documents cut"],
    result.packing.map(({ context, rows, filled, cut }) => [context, rows, percent(filled), cut]),
  );
  table(
    ["n-grams", "in all", "different", "share", "most frequent"],
    result.ngrams.map(({ n, total, distinct, unique, sampled, frequent }) => [
      `n = ${n}`,
      total,
      `${sampled > 1 ? "about " : ""}${distinct.toLocaleString("en")}`,
      percent(unique),
      frequent.slice(0, 3).map(({ text }) => brief(JSON.stringify(text), 20)).join(" "),
    ]),
  );
  table(
    ["vocabulary", "tokens", "a byte", "a line"],
    result.fertility.map(({ tokenizer, tokens, perByte, perLine }) => [
      tokenizer,
      tokens,
      perByte.toFixed(4),
      perLine.toFixed(2),
    ]),
  );
  const { duplicates: { documents, duplicates, threshold }, behaviour } = result;
  print("");
  print(`${duplicates} of ${documents} documents nearly repeat another (similar by ${threshold})`);
  if (behaviour.actions > 0) printBehaviour(behaviour, result.observationShare);
  if (mismatch) printMismatch(mismatch);
}

function printBehaviour(
  { actions, trajectories, edits, testRuns, cycles, tools }: StatisticsResult["behaviour"],
  observationShare: number,
): void {
  const each = (count: number) => (count / Math.max(1, trajectories)).toFixed(2);
  print(
    `${actions} actions, ${edits} edits, ${testRuns} test runs, ${cycles} revisions after a test; ` +
      `${each(testRuns)} test runs and ${each(cycles)} revisions a trajectory; ` +
      `${percent(observationShare)} of tokens observed`,
  );
  table(["tool", "calls"], tools.slice(0, 20).map(({ tool, count }) => [tool, count]));
}

function printMismatch(mismatch: NonNullable<StatisticsResult["mismatch"]>): void {
  const { tokens, ngrams, tools, toolPairs } = mismatch;
  const bits = (value: number | null) => value === null ? "nothing to compare" : value.toFixed(4);
  table(["divergence of", "bits, 0 to 1"], [
    ["tokens", bits(tokens)],
    ...Object.entries(ngrams).map(([n, value]) => [`${n}-grams`, bits(value)]),
    ["tools", bits(tools)],
    ["pairs of tools", bits(toolPairs)],
  ]);
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  print("");
  printTable(head, rows);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
