/**
 * The figures of a corpus that people ask for, from what was counted about it.
 *
 * @module
 */
import type { Gpu } from "../gpu/mod.ts";
import {
  type AgentBehaviour,
  agentBehaviour,
  distinctNgrams,
  type Fertility,
  fertility,
  type LengthSummary,
  nearDuplicates,
  SIGNATURE_BINS,
  summarizeLengths,
  topNgrams,
} from "../stats/mod.ts";
import type { Tokenizer } from "../tokenizer/mod.ts";
import type { CorpusMeasure } from "./measure_corpus.ts";
import { type PackingEfficiency, packingEfficiency } from "./packing_efficiency.ts";

/** How long documents and their parts are. */
export interface LengthFigures {
  readonly sample: LengthSummary;
  readonly step: LengthSummary;
  /** Of segments, by the roles that occur. */
  readonly roles: Readonly<Record<string, LengthSummary>>;
}

/** What is known about n-grams of one n. */
export interface NgramFigures {
  readonly n: number;
  readonly total: number;
  /** Different ones; an estimate where `sampled` is not 1. */
  readonly distinct: number;
  /** Distinct by total: 1 where none is repeated; 0 for none. */
  readonly unique: number;
  /** One of so many different n-grams was kept: 1 where all were. */
  readonly sampled: number;
  /** The most frequent of those kept, as text. */
  readonly frequent: readonly { readonly text: string; readonly count: number }[];
}

/** Near duplicates among the documents. */
export interface DuplicateFigures {
  /** Documents that were compared, and how many of them are beyond the first of their cluster. */
  readonly documents: number;
  readonly duplicates: number;
  readonly threshold: number;
  /** The largest clusters, by index of document. */
  readonly clusters: readonly (readonly number[])[];
}

/** Everything that follows from a measure. Plain data. */
export interface CorpusFigures {
  readonly lengths: LengthFigures;
  readonly ngrams: readonly NgramFigures[];
  /** The vocabulary that measured first, then the others. */
  readonly fertility: readonly Fertility[];
  readonly duplicates: DuplicateFigures;
  readonly behaviour: AgentBehaviour;
  /** Share of all tokens that are observations. */
  readonly observationShare: number;
  readonly packing: readonly PackingEfficiency[];
}

/**
 * Derives the figures.
 *
 * @param gpu null computes on the CPU; the figures are the same.
 */
export async function corpusFigures(
  measure: CorpusMeasure,
  { tokenizer, gpu }: { tokenizer: Tokenizer; gpu: Gpu | null },
): Promise<CorpusFigures> {
  const { statistics, lengths, ngrams, size, otherTokens, actions, signatures } = measure;
  const roles: [string, LengthSummary][] = [];
  for (const [r, role] of lengths.roles.entries()) {
    const ofRole = lengths.byRole[r]!;
    if (ofRole.length > 0) roles.push([role, await summarizeLengths(ofRole, gpu)]);
  }
  const { clusters, duplicates, threshold } = nearDuplicates(signatures);
  return {
    lengths: {
      sample: await summarizeLengths(statistics.lengths, gpu),
      step: await summarizeLengths(lengths.steps, gpu),
      roles: Object.fromEntries(roles),
    },
    ngrams: ngrams.map((counts) => {
      const distinct = distinctNgrams(counts);
      return {
        n: counts.n,
        total: counts.total,
        distinct,
        unique: counts.total === 0 ? 0 : distinct / counts.total,
        sampled: 2 ** counts.level,
        frequent: topNgrams(counts, FREQUENT).map(({ tokens, count }) => ({
          text: tokenizer.decode(tokens),
          count,
        })),
      };
    }),
    fertility: [
      fertility(statistics.tokenizer, statistics.tokens, size),
      ...Object.entries(otherTokens).map(([name, tokens]) => fertility(name, tokens, size)),
    ],
    duplicates: {
      documents: signatures.length / SIGNATURE_BINS,
      duplicates,
      threshold,
      clusters: clusters.toSorted((a, b) => b.length - a.length).slice(0, LARGEST_CLUSTERS),
    },
    behaviour: await agentBehaviour(actions, gpu),
    observationShare: (statistics.byRole["observation"] ?? 0) / Math.max(1, statistics.tokens),
    packing: packingEfficiency(statistics.lengths),
  };
}

const FREQUENT = 50;
const LARGEST_CLUSTERS = 100;
