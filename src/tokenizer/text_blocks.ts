/**
 * Where a long text may be cut without changing its tokens, so that blocks of it can be encoded one
 * after the other, or side by side.
 *
 * @module
 */
import type { SplitRule } from "./split_rule.ts";

/**
 * Where the block that begins at `from` ends: about `size` units or bytes on, before a space that
 * follows a printable character of ASCII, which begins a piece by every rule; the text's end where
 * there is no such place, or where the rule is a pattern that nothing is known of.
 */
export function blockEnd(
  text: string | Uint8Array,
  from: number,
  size: number,
  { family }: SplitRule,
): number {
  const n = text.length;
  if (n - from <= size || family === "pattern") return n;
  const unit = typeof text === "string"
    ? (i: number) => text.charCodeAt(i)
    : (i: number) => text[i]!;
  const isCut = (i: number) => unit(i) === 0x20 && unit(i - 1) > 0x20 && unit(i - 1) < 0x7f;
  const near = from + size;
  for (let i = near; i > from; i--) if (isCut(i)) return i;
  for (let i = near + 1; i < n; i++) if (isCut(i)) return i;
  return n;
}
