/**
 * What the filters left: units and tokens that each removed, and how many samples a context length
 * would keep.
 *
 * @module
 */
import type { Candidate } from "./unit_samples.ts";

/** Context lengths, tokens. */
export const CONTEXT_LENGTHS = [8_192, 16_384, 32_768, 65_536, 131_072] as const;

/** How many, and of how many tokens. */
export interface Amount {
  readonly units: number;
  readonly tokens: number;
}

/** The account of a corpus. */
export interface Retention {
  /** Everything that was looked at. */
  readonly all: Amount;
  /** By reason, in the order in which reasons came up; tokens of what could not be rendered are 0. */
  readonly dropped: Readonly<Record<string, Amount>>;
  readonly kept: Amount;
  /** Samples that would stay if nothing but this length cut them, by length. */
  readonly within: Readonly<Record<string, Amount>>;
  /** Changes left out of samples, by reason. */
  readonly omitted: Readonly<Record<string, number>>;
}

/** A candidate as it is accounted for. */
export type Account = Pick<Candidate, "tokens" | "reason">;

/** Adds up a {@linkcode Retention}, candidate by candidate. */
export class RetentionCounter {
  #all = { units: 0, tokens: 0 };
  #kept = { units: 0, tokens: 0 };
  readonly #dropped = new Map<string, Amount>();
  readonly #within = CONTEXT_LENGTHS.map((length) => ({ length, units: 0, tokens: 0 }));
  readonly #omitted = new Map<string, number>();

  /** Takes in one candidate: kept if it has no reason. */
  add({ tokens, reason }: Account): void {
    this.#all = plus(this.#all, tokens);
    if (reason === undefined) this.#kept = plus(this.#kept, tokens);
    else this.#dropped.set(reason, plus(this.#dropped.get(reason) ?? NONE, tokens));
    if (reason !== undefined && reason !== "tokens") return;
    for (const bin of this.#within) {
      if (tokens > bin.length) continue;
      bin.units++;
      bin.tokens += tokens;
    }
  }

  /** Takes back a candidate that was kept: something that is known at the end only is against it. */
  remove(tokens: number, reason: string): void {
    const { units, tokens: kept } = this.#kept;
    this.#kept = { units: units - 1, tokens: kept - tokens };
    this.#dropped.set(reason, plus(this.#dropped.get(reason) ?? NONE, tokens));
    for (const bin of this.#within) {
      if (tokens > bin.length) continue;
      bin.units--;
      bin.tokens -= tokens;
    }
  }

  /** Takes in changes that were left out. */
  omit(omitted: Readonly<Record<string, number>>): void {
    for (const [reason, count] of Object.entries(omitted)) {
      this.#omitted.set(reason, (this.#omitted.get(reason) ?? 0) + count);
    }
  }

  /** The account so far. */
  get retention(): Retention {
    return {
      all: this.#all,
      kept: this.#kept,
      dropped: Object.fromEntries(this.#dropped),
      within: Object.fromEntries(
        this.#within.map(({ length, units, tokens }) => [length, { units, tokens }]),
      ),
      omitted: Object.fromEntries(this.#omitted),
    };
  }
}

const NONE: Amount = { units: 0, tokens: 0 };

function plus({ units, tokens }: Amount, more: number): Amount {
  return { units: units + 1, tokens: tokens + more };
}
