/**
 * Which units become samples: the filters of daVinci-Dev (arXiv 2601.18418, section 3.1), in the
 * order in which they are asked. Each tells why it removes a unit.
 *
 * @module
 */
import { findBenchmark, SWE_BENCH_VERIFIED } from "./benchmark_repositories.ts";
import type { ChangeUnit } from "./change_unit.ts";
import { classifier, type Language } from "./languages.ts";
import type { SampleKind } from "./sample.ts";
import type { ChangedCommit } from "./unit_files.ts";

/** Every filter can be changed; `null` turns one off. */
export interface Filters {
  /** Repositories of benchmarks, none of whose history is used. */
  readonly benchmarks: readonly string[];
  readonly mergedOnly: boolean;
  readonly withoutBots: boolean;
  /** Only source of this language, and documentation, may change. */
  readonly language: Language | null;
  /** At least one and at most so many source files of the language change. */
  readonly maxSourceFiles: number | null;
  readonly maxFiles: number | null;
  readonly maxIssueComments: number | null;
  readonly maxTokens: number | null;
  readonly withoutDuplicates: boolean;
}

/** Why a unit is not in a corpus, as it is counted. */
export const FILTER_REASONS = [
  "benchmark",
  "not-merged",
  "bot",
  "other-files",
  "source-files",
  "files",
  "issue-comments",
  "duplicate",
  "tokens",
] as const;

/** The paper's values. General samples are of all languages; the others are of Python. */
export function defaultFilters(kind: SampleKind): Filters {
  return {
    benchmarks: SWE_BENCH_VERIFIED,
    mergedOnly: true,
    withoutBots: true,
    language: kind === "python" || kind === "factorized" ? "python" : null,
    maxSourceFiles: kind === "factorized" ? 3 : 5,
    maxFiles: 20,
    maxIssueComments: 20,
    maxTokens: kind === "environment" ? 131_072 : 32_768,
    withoutDuplicates: true,
  };
}

/** No filter at all: what is left out then cannot be rendered. */
export const NO_FILTERS: Filters = {
  benchmarks: [],
  mergedOnly: false,
  withoutBots: false,
  language: null,
  maxSourceFiles: null,
  maxFiles: null,
  maxIssueComments: null,
  maxTokens: null,
  withoutDuplicates: false,
};

/** Why a unit is left out by what is known of it before its changes are; nothing if it is not. */
export function unitReason(unit: ChangeUnit, filters: Filters): string | undefined {
  const { benchmarks, mergedOnly, withoutBots, maxIssueComments } = filters;
  if (findBenchmark(unit.repository.name, benchmarks) !== undefined) return "benchmark";
  if (mergedOnly && !unit.merged) return "not-merged";
  if (withoutBots && unit.isBot) return "bot";
  const comments = unit.issue?.comments.length ?? 0;
  if (maxIssueComments !== null && comments > maxIssueComments) return "issue-comments";
  return undefined;
}

/** Why a unit is left out by the files that it changes; nothing if it is not. */
export function filesReason(
  commits: readonly ChangedCommit[],
  { language, maxSourceFiles, maxFiles }: Filters,
): string | undefined {
  /** By their last names. */
  const paths = new Set<string>();
  const names = new Set<string>();
  for (const { path, renamedFrom = path } of commits.flatMap(({ changes }) => changes)) {
    paths.delete(renamedFrom);
    paths.add(path);
    names.add(path).add(renamedFrom);
  }
  if (paths.size === 0) return "empty";
  if (language !== null) {
    const classOf = classifier(language);
    if ([...names].some((path) => classOf(path) === "other")) return "other-files";
    const sources = [...paths].filter((path) => classOf(path) === "source").length;
    if (sources === 0 || sources > (maxSourceFiles ?? Infinity)) return "source-files";
  }
  if (maxFiles !== null && paths.size > maxFiles) return "files";
  return undefined;
}
