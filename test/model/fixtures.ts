/**
 * The published-like models beside this file: `fixtures/make_fixtures.py` made them and their logits
 * with Hugging Face's transformers.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const FIXTURES = ["qwen2", "smollm2", "gpt2"] as const;

/** The path of a fixture's folder. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}

/** What transformers computes: logits (T, V), and 32 tokens that it goes on with after the first 6. */
export interface Golden {
  readonly tokens: number[];
  readonly logits: number[];
  readonly greedy: number[];
}

export function golden(name: string): Golden {
  return JSON.parse(readFileSync(`${fixture(name)}/golden.json`, "utf8"));
}

/** The largest difference between two lists of numbers of one length. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}
