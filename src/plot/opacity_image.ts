/**
 * Numbers as the opacity of an image's pixels: a PNG that a style sheet fills with any colour. Made by
 * hand, so that it is the same in a page and headless, where there is no canvas.
 *
 * Source: RFC 2083 (PNG), RFC 1950 (zlib), RFC 1951 (deflate): blocks that are stored, not compressed.
 *
 * @module
 */

/** A data URL; values from 0 to 1, row by row. */
export function opacityImage(values: ArrayLike<number>, width: number, height: number): string {
  // Each row: no filter, then black and its opacity for each pixel.
  const raw = new Uint8Array(height * (1 + 2 * width));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const opacity = Math.max(0, Math.min(1, values[y * width + x] ?? 0));
      raw[y * (1 + 2 * width) + 2 + 2 * x] = Math.round(255 * opacity);
    }
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  // Eight bits, grey with opacity.
  header.set([8, 4], 8);
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const parts = [
    signature,
    chunk("IHDR", [header]),
    chunk("IDAT", stored(raw)),
    chunk("IEND", []),
  ];
  let text = "";
  for (const part of parts) {
    for (const byte of part) text += String.fromCharCode(byte);
  }
  return `data:image/png;base64,${btoa(text)}`;
}

const MOST_STORED = 0xffff;

function stored(raw: Uint8Array<ArrayBuffer>): Uint8Array[] {
  const blocks: Uint8Array[] = [Uint8Array.of(0x78, 0x01)];
  for (let at = 0; at < raw.length; at += MOST_STORED) {
    const block = raw.subarray(at, at + MOST_STORED);
    const head = new Uint8Array(5);
    const view = new DataView(head.buffer);
    head[0] = Number(at + MOST_STORED >= raw.length);
    view.setUint16(1, block.length, true);
    view.setUint16(3, ~block.length & 0xffff, true);
    blocks.push(head, block);
  }
  return [...blocks, words(adler32(raw))];
}

function chunk(type: string, parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(length + 12);
  new DataView(bytes.buffer).setUint32(0, length);
  bytes.set(new TextEncoder().encode(type), 4);
  let at = 8;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  bytes.set(words(crc32(bytes.subarray(4, at))), at);
  return bytes;
}

function words(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return (b * 65536 + a) >>> 0;
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
