/**
 * All idioms, and which of them each split of MiniSWE may use.
 *
 * @module
 */
import { type Domain, DOMAINS, type Idiom } from "./idiom.ts";
import { arithmetic } from "./idioms/arithmetic.ts";
import { clocks } from "./idioms/clocks.ts";
import { codes } from "./idioms/codes.ts";
import { grids } from "./idioms/grids.ts";
import { ledgers } from "./idioms/ledgers.ts";
import { records } from "./idioms/records.ts";
import { searching } from "./idioms/searching.ts";
import { selection } from "./idioms/selection.ts";
import { shaping } from "./idioms/shaping.ts";
import { spans } from "./idioms/spans.ts";
import { tallies } from "./idioms/tallies.ts";
import { text } from "./idioms/text.ts";
import { totals } from "./idioms/totals.ts";
import { words } from "./idioms/words.ts";

/** Every idiom, by domain. */
export const IDIOMS: readonly Idiom[] = [
  totals,
  selection,
  shaping,
  searching,
  arithmetic,
  text,
  words,
  records,
  tallies,
  spans,
  ledgers,
  grids,
  clocks,
  codes,
].flat();

/** The domains of `test-hard` alone. */
export const HARD_DOMAINS: readonly Domain[] = DOMAINS.slice(-3);

/** The idioms of `test` alone: one or two of each domain that is not hard. */
export const HELD_IDIOMS: ReadonlySet<string> = new Set([
  "alternatingSum",
  "roundedMean",
  "movedBack",
  "untilFirst",
  "mirrorSums",
  "rotated",
  "peaks",
  "secondLargest",
  "commonDivisor",
  "tiered",
  "masked",
  "placesOf",
  "joinedWithAnd",
  "withoutShared",
  "nameOfBest",
  "labels",
  "percentages",
  "keptTally",
  "gapsBetween",
  "spansAround",
  "streakScore",
  "dips",
]);

/** Whether the idiom is of a domain that `train` and `test` never see. */
export function isHard({ domain }: Idiom): boolean {
  return HARD_DOMAINS.includes(domain);
}
