/**
 * How long the parts of a corpus are: its segments by role, and its steps.
 *
 * @module
 */

import type { Gpu, Job } from "../gpu/mod.ts";
import type { CorpusTokens } from "./corpus_statistics.ts";
import { concatenate } from "./concatenate.ts";
import { StatisticsError } from "./error.ts";
import { lengthHistogram, lengthHistogramCpu } from "./length_histogram.ts";
import { roleTokens, roleTokensCpu } from "./role_tokens.ts";
import { LENGTH_EDGES, nearestRank } from "./statistics.ts";

/** Lengths in tokens. Plain data. */
export interface SegmentLengths {
  /** (R) */
  readonly roles: readonly string[];
  /** For each role, the lengths of its segments in their order. */
  readonly byRole: readonly Uint32Array[];
  /**
   * The lengths of steps. A step begins with a thought, or with an action that follows anything else
   * than an action; it ends before the next one, and what precedes the first belongs to none.
   */
  readonly steps: Uint32Array;
}

/** A distribution of lengths in few numbers. */
export interface LengthSummary {
  readonly count: number;
  readonly tokens: number;
  /** Quantiles by nearest rank and the maximum; 0 where there are none. */
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
  /** By `LENGTH_EDGES`, as `lengthHistogram` counts. */
  readonly histogram: Uint32Array;
}

/**
 * Measures segments and steps: the same lengths on every adapter and on the CPU.
 *
 * @param gpu null adds up on the CPU.
 * @throws {GpuError} As `runPiecewise`.
 */
export async function segmentLengths(
  corpus: CorpusTokens,
  gpu: Gpu | null,
  job: Job = {},
): Promise<SegmentLengths> {
  const { roles, segmentRoles, segmentOffsets, segmentTrajectories } = corpus;
  const lengths = segmentRoles.map((_, i) => segmentOffsets[i + 1]! - segmentOffsets[i]!);
  const byRole = roles.map((_, r) => lengths.filter((_, i) => segmentRoles[i] === r));
  const stepOf = stepNumbers(roles, segmentRoles, segmentTrajectories);
  const inSteps = Array.from(stepOf.keys()).filter((i) => stepOf[i]! >= 0);
  const segments = {
    lengths: Uint32Array.from(inSteps, (i) => lengths[i]!),
    roles: new Uint32Array(inSteps.length),
    trajectories: Uint32Array.from(inSteps, (i) => stepOf[i]!),
    trajectoryCount: stepOf.reduce((most, step) => Math.max(most, step), -1) + 1,
    roleCount: 1,
  };
  const steps = gpu ? await roleTokens(gpu, segments, job) : roleTokensCpu(segments);
  return { roles: [...roles], byRole, steps: steps.lengths };
}

/**
 * Puts shards together in their order: equal to the lengths of the whole.
 *
 * @throws {StatisticsError} "not-mergeable" for no shards, or of different roles.
 */
export function mergeSegmentLengths(shards: readonly SegmentLengths[]): SegmentLengths {
  const [first] = shards;
  if (first === undefined || shards.some(({ roles }) => String(roles) !== String(first.roles))) {
    throw new StatisticsError(
      "not-mergeable",
      `Lengths by ${shards.map(({ roles }) => roles.join(", ")).join(" and by ") || "no roles"} ` +
        "cannot be merged. Measure all shards with one list of roles.",
    );
  }
  return {
    roles: first.roles,
    byRole: first.roles.map((_, r) => concatenate(shards.map(({ byRole }) => byRole[r]!))),
    steps: concatenate(shards.map(({ steps }) => steps)),
  };
}

/** Sums up lengths: the histogram on the GPU where there is one, quantiles by sorting. */
export async function summarizeLengths(
  lengths: Uint32Array,
  gpu: Gpu | null,
): Promise<LengthSummary> {
  const sorted = lengths.toSorted();
  return {
    count: lengths.length,
    tokens: lengths.reduce((sum, length) => sum + length, 0),
    p10: nearestRank(sorted, 10),
    p50: nearestRank(sorted, 50),
    p90: nearestRank(sorted, 90),
    p99: nearestRank(sorted, 99),
    max: nearestRank(sorted, 100),
    histogram: gpu && lengths.length > 0
      ? await lengthHistogram(gpu, lengths, LENGTH_EDGES)
      : lengthHistogramCpu(lengths, LENGTH_EDGES),
  };
}

/** (S) the number of each segment's step, -1 for what belongs to none. */
function stepNumbers(
  roles: readonly string[],
  segmentRoles: Uint32Array,
  segmentTrajectories: Uint32Array,
): Int32Array {
  const [THOUGHT, ACTION, OBSERVATION] = ["thought", "action", "observation"]
    .map((role) => roles.indexOf(role));
  let steps = 0;
  let inStep = false;
  return Int32Array.from(segmentRoles, (role, i) => {
    const continues = i > 0 && segmentTrajectories[i] === segmentTrajectories[i - 1];
    const before = continues ? segmentRoles[i - 1] : undefined;
    if (!continues) inStep = false;
    const begins = role === THOUGHT ||
      role === ACTION && (!inStep || before !== ACTION && before !== THOUGHT);
    if (begins) {
      steps++;
      inStep = true;
    } else if (role !== ACTION && role !== OBSERVATION) {
      inStep = false;
    }
    return inStep ? steps - 1 : -1;
  });
}
