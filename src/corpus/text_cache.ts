/**
 * Answers that were had once, by a key made of everything that they depend on: a forge's, a language
 * model's. A stopped run asks for none of them again.
 *
 * @module
 */

/** Where answers are kept. */
export interface TextCache {
  get(key: string): Promise<string | undefined>;
  set(key: string, text: string): Promise<void>;
}

/** A cache that lasts as long as the page, or the process. */
export function memoryCache(): TextCache {
  const kept = new Map<string, string>();
  return {
    get: (key) => Promise.resolve(kept.get(key)),
    set(key, text) {
      kept.set(key, text);
      return Promise.resolve();
    },
  };
}

/** SHA-256 of the JSON of `value`, 64 lower-case hexadecimal digits. */
export async function cacheKey(value: unknown): Promise<string> {
  return await sha256(new TextEncoder().encode(JSON.stringify(value)));
}

/** SHA-256 of bytes, 64 lower-case hexadecimal digits. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
