/**
 * The secret of a worker, or of one start of the server. Whoever has it may use what it is of; a worker's
 * travels in the first frame alone.
 *
 * @module
 */

/** How many characters a token of 256 bits has at least. */
export const TOKEN_CHARACTERS = 43;

/** 256 random bits, as 43 characters of base64url. */
export function randomToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_")
    .replaceAll("=", "");
}

/** Whether `given` is `token`, in a time that depends on the length of `given` only. */
export function isToken(token: string, given: string | null | undefined): boolean {
  const expected = new TextEncoder().encode(token);
  const actual = new TextEncoder().encode(given ?? "");
  let difference = expected.length ^ actual.length;
  for (const [i, byte] of actual.entries()) {
    difference |= byte ^ (expected[i % expected.length] ?? 0);
  }
  return difference === 0 && expected.length > 0;
}
