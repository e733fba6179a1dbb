/**
 * Figures of a report as tables show them: with their interval, on how many tasks, and with a link to
 * the run of each seed.
 *
 * @module
 */
import type { ResultFigure, ResultLink } from "../plot/mod.ts";
import type { CellRate, CellReport, Count, Interval, SeedRate } from "./ablation_report.ts";

/** Where the row of a run is in a report. */
export function runHref(key: string): string {
  return `#run-${key}`;
}

/** A resolved rate with its seeds; few seeds have a wide interval, that over tasks is told beside it. */
export function rateFigure(
  { resolved, low, high, tasks, overTasks }: CellRate & { readonly overTasks?: Interval },
  seeds: readonly SeedRate[],
): ResultFigure {
  return {
    text: percent(resolved),
    rate: { value: resolved, low, high },
    detail: `${percent(low)} to ${percent(high)} · ${count(tasks, "task")}` +
      (overTasks && seeds.length > 1
        ? `; over tasks alone ${percent(overTasks.low)} to ${percent(overTasks.high)}`
        : ""),
    links: seeds.map(({ seed, run, resolved, tasks }) => ({
      text: seeds.length === 1 ? `seed ${seed}` : `seed ${seed}: ${percent(resolved)}`,
      href: runHref(run),
      about: `${Math.round(resolved * tasks)} of ${tasks}, run ${run}`,
    })),
  };
}

/** Links to a cell's runs, where a figure is over all of them. */
export function seedLinks({ seeds }: Pick<CellReport, "seeds">): ResultLink[] {
  return seeds.map(({ seed, run }) => ({
    text: `seed ${seed}`,
    href: runHref(run),
    about: `run ${run}`,
  }));
}

/** A share of 0 to 1: `43.2%`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

/** A difference of shares in points: `+3.1`. */
export function points(difference: number): string {
  const text = (100 * difference).toFixed(1);
  return difference > 0 ? `+${text}` : text.replace("-", "−");
}

/** `p` as it is quoted. */
export function pText(p: number): string {
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}

/** `1,000 tasks`, `1 task`. */
export function count(n: number, singular: string): string {
  return `${n.toLocaleString("en")} ${n === 1 ? singular : `${singular}s`}`;
}

/** Tokens: `60.0K`, `68.6B`. */
export function amount(tokens: number): string {
  return AMOUNT.format(tokens);
}

const AMOUNT = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

/** So many of so many, as a share and as both. */
export function countFigure({ right, of }: Count): ResultFigure | null {
  return of === 0 ? null : { text: percent(right / of), detail: `${right} of ${of}` };
}
