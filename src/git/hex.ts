/**
 * Object ids as bytes and as text.
 *
 * @module
 */

/** Lower-case hexadecimal digits of `bytes`. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += DIGITS[byte];
  return text;
}

/** The bytes that an even number of hexadecimal digits stand for. */
export function fromHex(digits: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(digits.length >> 1);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = parseInt(digits.slice(index * 2, index * 2 + 2), 16);
  }
  return bytes;
}

/** Whether it is an object id in full: 40 lower-case hexadecimal digits. */
export function isOid(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
