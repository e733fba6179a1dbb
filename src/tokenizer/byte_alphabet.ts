/**
 * The characters that stand for bytes in the files of byte-level vocabularies: printable Latin-1
 * for itself, the other 68 bytes as U+0100 and up (GPT-2's `bytes_to_unicode`).
 *
 * @module
 */

/** The character that stands for each byte. */
export const BYTE_CHARACTERS: readonly string[] = characters();

function characters(): string[] {
  let other = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    return String.fromCharCode(printable ? byte : other++);
  });
}

/** The byte that each code unit stands for, -1 for none. */
const BYTES = new Int16Array(0x200).fill(-1);
BYTE_CHARACTERS.forEach((character, byte) => BYTES[character.charCodeAt(0)] = byte);

/** The bytes that `token` stands for, or null where a character of it stands for none. */
export function bytesOfToken(token: string): Uint8Array<ArrayBuffer> | null {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = BYTES[token.charCodeAt(i)] ?? -1;
    if (byte < 0) return null;
    bytes[i] = byte;
  }
  return bytes;
}

/** How `bytes` are written in a vocabulary's file. */
export function tokenOfBytes(bytes: Uint8Array): string {
  let token = "";
  for (const byte of bytes) token += BYTE_CHARACTERS[byte];
  return token;
}
