/**
 * What is known about the tokens of a corpus: exact counts, and the figures that follow from them.
 *
 * @module
 */

/** Lengths that contexts commonly have: how many trajectories are longer is what is told. */
export const OVER = ["8192", "16384", "32768", "65536", "131072"] as const;

/** The edges of `lengthHistogram`, (21) u32: 1, 2, 4 … 2²⁰ tokens. Each of {@linkcode OVER} is one. */
export const LENGTH_EDGES: Uint32Array = Uint32Array.from({ length: 21 }, (_, i) => 2 ** i);

/** What is counted; all else is derived from it. */
export interface Counts {
  readonly tokenizer: string;
  /** (K) tokens of each trajectory. */
  readonly lengths: Uint32Array;
  /** (R) the roles, in the order of the columns of `lengthsByRole`. */
  readonly roles: readonly string[];
  /** (K, R) row-major: tokens of each trajectory by role. */
  readonly lengthsByRole: Uint32Array;
  /**
   * Trajectories by length: `edges` (E) and `counts` (E + 1), of which the first counts
   * `length <= edges[0]`, the last `length > edges[E - 1]`, and number b between them
   * `edges[b - 1] < length <= edges[b]`.
   */
  readonly lengthHistogram: { readonly edges: Uint32Array; readonly counts: Uint32Array };
  /** (V) how often each token occurs. */
  readonly tokenCounts: Uint32Array;
  /** What counted: a GPU's description, or `cpu`. */
  readonly adapter: string;
}

/** The statistics of K trajectories. Plain data: it survives `postMessage` unchanged. */
export interface CorpusStatistics extends Counts {
  /** K */
  readonly trajectories: number;
  readonly tokens: number;
  /** Tokens of each of `roles`. */
  readonly byRole: Readonly<Record<string, number>>;
  /** Quantiles by nearest rank and the maximum, in tokens; 0 for a corpus of no trajectories. */
  readonly length: {
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
    readonly max: number;
  };
  /** How many trajectories have more tokens than the key says. */
  readonly over: Readonly<Record<typeof OVER[number], number>>;
}

/** Derives the figures. Cost: a sort of K lengths. */
export function summarizeCounts(counts: Counts): CorpusStatistics {
  const { lengths, roles, lengthsByRole, lengthHistogram } = counts;
  const sorted = lengths.toSorted();
  const byRole = roles.map((role, r) => [role, sumColumn(lengthsByRole, r, roles.length)] as const);
  const over = OVER.map((length) => [length, countOver(lengthHistogram, Number(length))] as const);
  return {
    ...counts,
    trajectories: lengths.length,
    tokens: byRole.reduce((sum, [, tokens]) => sum + tokens, 0),
    byRole: Object.fromEntries(byRole),
    length: {
      p50: nearestRank(sorted, 50),
      p90: nearestRank(sorted, 90),
      p99: nearestRank(sorted, 99),
      max: nearestRank(sorted, 100),
    },
    over: Object.fromEntries(over) as CorpusStatistics["over"],
  };
}

/** The smallest value that at least `percent` % of `sorted` do not exceed; 0 where there is none. */
export function nearestRank(sorted: Uint32Array, percent: number): number {
  return sorted[Math.ceil(percent * sorted.length / 100) - 1] ?? 0;
}

function sumColumn(lengthsByRole: Uint32Array, role: number, R: number): number {
  let sum = 0;
  for (let i = role; i < lengthsByRole.length; i += R) sum += lengthsByRole[i]!;
  return sum;
}

function countOver({ edges, counts }: Counts["lengthHistogram"], edge: number): number {
  return counts.subarray(edges.indexOf(edge) + 1).reduce((sum, count) => sum + count, 0);
}
