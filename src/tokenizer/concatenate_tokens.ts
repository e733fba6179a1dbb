/**
 * Tokens of parts as the tokens of a whole.
 *
 * @module
 */

/** All parts in one array. */
export function concatenateTokens(parts: readonly Uint32Array[]): Uint32Array<ArrayBuffer> {
  const whole = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
