/**
 * UTF-8 as bytes.
 *
 * @module
 */

/** The text of valid or invalid UTF-8, a byte order mark kept. */
export const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Bytes of the character that begins with `lead`, in valid UTF-8. */
export function characterLength(lead: number): number {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/** The code point of the character at `at`, in valid UTF-8. */
export function codePointAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return lead;
  if (lead < 0xe0) return (lead & 0x1f) << 6 | bytes[at + 1]! & 0x3f;
  if (lead < 0xf0) {
    return (lead & 0x0f) << 12 | (bytes[at + 1]! & 0x3f) << 6 | bytes[at + 2]! & 0x3f;
  }
  return (lead & 0x07) << 18 | (bytes[at + 1]! & 0x3f) << 12 | (bytes[at + 2]! & 0x3f) << 6 |
    bytes[at + 3]! & 0x3f;
}

/** Whether all bytes are valid UTF-8: no stray, overlong or surrogate form, none cut short. */
export function isUtf8(bytes: Uint8Array): boolean {
  const n = bytes.length;
  for (let i = 0; i < n;) {
    const lead = bytes[i]!;
    if (lead < 0x80) {
      i++;
      continue;
    }
    const length = characterLength(lead);
    if (lead < 0xc2 || lead > 0xf4 || i + length > n) return false;
    const second = bytes[i + 1]!;
    const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    if (second < least || second > most) return false;
    for (let k = 2; k < length; k++) if ((bytes[i + k]! & 0xc0) !== 0x80) return false;
    i += length;
  }
  return true;
}
