/**
 * Paths as text. Git's paths are bytes, usually UTF-8. A byte that is not part of valid UTF-8 becomes
 * the lone surrogate U+DC00 + byte, as in Python's `surrogateescape` (PEP 383): no two names become
 * the same text, and each can be turned back. `path.isWellFormed()` tells whether there is one.
 *
 * @module
 */

/** The text of a path's bytes. */
export function decodePath(bytes: Uint8Array): string {
  // Most names are short ASCII, for which a decoder's call costs more than the loop.
  if (bytes.length > 32) return decodeUtf8(bytes);
  let ascii = "";
  for (const byte of bytes) {
    if (byte >= 0x80) return decodeUtf8(bytes);
    ascii += String.fromCharCode(byte);
  }
  return ascii;
}

/** The bytes of a path's text. */
export function encodePath(path: string): Uint8Array<ArrayBuffer> {
  if (path.isWellFormed()) return new TextEncoder().encode(path);
  const bytes: number[] = [];
  for (const character of path) {
    const code = character.charCodeAt(0);
    if (character.length === 1 && code >= 0xdc80 && code <= 0xdcff) bytes.push(code - 0xdc00);
    else bytes.push(...new TextEncoder().encode(character));
  }
  return Uint8Array.from(bytes);
}

/**
 * A path as git writes it in a patch: in double quotes with escapes where it has control characters,
 * quotes, backslashes or bytes that are not UTF-8; else as it is.
 *
 * @see https://git-scm.com/docs/git-config#Documentation/git-config.txt-corequotePath
 */
export function quotePath(path: string): string {
  // deno-lint-ignore no-control-regex -- these are what has to be found
  if (path.isWellFormed() && !/[\x00-\x1f\x7f"\\]/.test(path)) return path;
  let quoted = "";
  for (const character of path) {
    const code = character.charCodeAt(0);
    if (character in ESCAPES) quoted += ESCAPES[character];
    else if (code < 0x20 || code === 0x7f) quoted += octal(code);
    else if (character.isWellFormed()) quoted += character;
    else quoted += Array.from(encodePath(character), octal).join("");
  }
  return `"${quoted}"`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  '"': '\\"',
  "\\": "\\\\",
};

function octal(byte: number): string {
  return `\\${byte.toString(8).padStart(3, "0")}`;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return STRICT.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    text += length === 0
      ? String.fromCharCode(0xdc00 + (bytes[at] ?? 0))
      : STRICT.decode(bytes.subarray(at, at + length));
    at += Math.max(1, length);
  }
  return text;
}

/** How many bytes of valid UTF-8 one character takes at `at`; 0 if there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  try {
    STRICT.decode(bytes.subarray(at, at + length));
    return at + length <= bytes.length ? length : 0;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return 0;
  }
}

const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
