/**
 * The tables of an ablation, printed.
 *
 * @module
 */
import {
  type AblationReport,
  ACTION_PARTS,
  type CellComparison,
  type CellRate,
  type CellReport,
  type TokensNeeded,
} from "../lab/mod.ts";
import { points, print, printTable } from "./output.ts";

/** Prints all that was measured; what the spec does not ask for is left out. */
export function printReport(report: AblationReport): void {
  const { cells, comparisons, primary, sweeps, midCurves } = report;
  printGround(report);
  section(["cell", "resolved", "test-hard", "recovered", "run"], cells, (cell) => [
    rate(cell),
    cell.hard ? rate(cell.hard) : "-",
    cell.recovered ? rate(cell.recovered) : "-",
    cell.run.join(" "),
  ]);
  section(
    ["cell", "tokens", "of mid", "of sft", "in the loss", "tasks", "points per M of mid"],
    cells,
    (cell) => [
      cell.tokens,
      cell.midTokens,
      cell.sftTokens,
      cell.lossTokens,
      cell.distinctTasks,
      cell.pointsPerMillionTokens?.toFixed(2) ?? "-",
    ],
  );
  section(
    ["cell", ...ACTION_PARTS.map((part) => `right ${part}`)],
    cells.filter(({ accuracy }) => accuracy !== null),
    ({ accuracy }) =>
      ACTION_PARTS.map((part) => `${accuracy?.[part].right ?? 0}/${accuracy?.[part].of ?? 0}`),
  );
  const roles = Object.keys(cells.find(({ heldOut }) => heldOut !== null)?.heldOut ?? {});
  section(
    ["cell", ...roles.map((role) => `loss of ${role}`)],
    cells.filter(({ heldOut }) => heldOut !== null),
    ({ heldOut }) => roles.map((role) => heldOut?.[role]?.lossNats.toFixed(3) ?? "-"),
  );
  section(
    ["cell", "completed functions", "multiple choice"],
    cells.filter(({ transfer }) => transfer !== null),
    ({ transfer }) => transfer ? [rate(transfer.humanEval), rate(transfer.choices)] : [],
  );
  if (midCurves.length > 0) {
    print("");
    printTable(
      ["mid-training alone", "tokens: resolved", "points per tenfold tokens", "R²"],
      midCurves.map(({ mid, points: along, fit }) => [
        mid,
        along.map(({ tokens, resolved }) => `${tokens}: ${percent(resolved)}`).join(", "),
        fit ? points(fit.slope) : "-",
        fit?.r2.toFixed(2) ?? "-",
      ]),
    );
  }
  if (sweeps.length > 0) {
    print("");
    printTable(
      ["mid", "sft", "tokens of sft for 50 %"],
      sweeps.map(({ mid, sft, half }) => [mid, sft, needed(half)]),
    );
  }
  if (comparisons.length > 0) printComparisons(comparisons);
  if (primary === null) return;
  const { comparison: { first, second, split, difference }, pValue, test, alpha, decided } =
    primary;
  const better = decided === "first" ? first : second;
  const verdict = decided === "neither" ? "they do not differ" : `${better} resolves more`;
  print("");
  print(
    `primary, ${second} against ${first} on ${split}: ${points(difference)} points, ` +
      `p = ${pValue.toFixed(4)} (${test}), at ${alpha}: ${verdict}`,
  );
}

function printGround({ parameters, copied, contamination: { kinds, leaks } }: AblationReport) {
  const names = copied.map(percent).join(", ");
  print(`${parameters.toLocaleString("en")} parameters; names copied by the base: ${names}`);
  const leaked = (what: "names" | "modules" | "functions" | "tasks") =>
    Object.values(kinds).reduce((sum, counts) => sum + counts[what], 0);
  print(
    `of the evaluated tasks in training: ${leaked("names")} names, ${leaked("modules")} modules, ` +
      `${leaked("functions")} functions, ${leaked("tasks")} tasks by 13-grams`,
  );
  for (const { kind, task, what, text } of leaks) print(`  ${what} of ${task} in ${kind}: ${text}`);
}

/** A table with a row for each cell, unless there is none. */
function section(
  head: readonly string[],
  cells: readonly CellReport[],
  row: (cell: CellReport) => readonly (string | number)[],
): void {
  if (cells.length === 0) return;
  print("");
  printTable(head, cells.map((cell) => [cell.name, ...row(cell)]));
}

function printComparisons(comparisons: readonly CellComparison[]): void {
  print("");
  printTable(
    ["first", "second", "second - first", "p over seeds", "p over tasks"],
    comparisons.map(({ first, second, difference, low, high, pairedT, overTasks }) => [
      first,
      second,
      `${points(difference)} (${points(low)} to ${points(high)})`,
      pairedT ? pairedT.pValue.toFixed(3) : "-",
      overTasks.toFixed(3),
    ]),
  );
}

function needed({ reached, tokens }: TokensNeeded): string {
  const told = tokens.toLocaleString("en");
  if (reached === "within") return told;
  return reached === "never" ? `more than ${told}` : `fewer than ${told}`;
}

function percent(share: number): string {
  return `${points(share)} %`;
}

function rate({ resolved, low, high }: CellRate): string {
  return `${percent(resolved)} (${percent(low)} to ${percent(high)})`;
}
