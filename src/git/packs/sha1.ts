/**
 * SHA-1 without waiting: the browser's own gives a promise for each of a pack's many small objects.
 *
 * @see RFC 3174
 * @module
 */

/** The SHA-1 of the parts, one after the other: 20 bytes. */
export function sha1(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
  const block = new Uint8Array(64);
  let total = 0;
  let filled = 0;
  for (const part of parts) {
    total += part.length;
    let at = 0;
    if (filled > 0) {
      at = Math.min(64 - filled, part.length);
      block.set(part.subarray(0, at), filled);
      filled += at;
      if (filled < 64) continue;
      compress(state, block, 0);
      filled = 0;
    }
    for (; at + 64 <= part.length; at += 64) compress(state, part, at);
    block.set(part.subarray(at));
    filled = part.length - at;
  }
  const tail = new Uint8Array(filled < 56 ? 64 : 128);
  tail.set(block.subarray(0, filled));
  tail[filled] = 0x80;
  const view = new DataView(tail.buffer);
  view.setUint32(tail.length - 8, Math.floor(total / 2 ** 29));
  view.setUint32(tail.length - 4, (total * 8) >>> 0);
  for (let at = 0; at < tail.length; at += 64) compress(state, tail, at);
  const sum = new DataView(new ArrayBuffer(20));
  state.forEach((word, index) => sum.setInt32(index * 4, word));
  return new Uint8Array(sum.buffer);
}

const words = new Int32Array(80);

function compress(state: Int32Array, bytes: Uint8Array, start: number): void {
  for (let t = 0, at = start; t < 16; t++, at += 4) {
    words[t] = ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  }
  for (let t = 16; t < 80; t++) {
    const word = (words[t - 3] as number) ^ (words[t - 8] as number) ^
      (words[t - 14] as number) ^ (words[t - 16] as number);
    words[t] = (word << 1) | (word >>> 31);
  }
  let [a, b, c, d, e] = state as unknown as [number, number, number, number, number];
  for (let t = 0; t < 80; t++) {
    const mixed = t < 20
      ? (((b & c) | (~b & d)) + 0x5a827999)
      : t < 40
      ? ((b ^ c ^ d) + 0x6ed9eba1)
      : t < 60
      ? (((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc)
      : ((b ^ c ^ d) + 0xca62c1d6);
    const next = (((a << 5) | (a >>> 27)) + mixed + e + (words[t] as number)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  state[0] = (state[0] as number) + a;
  state[1] = (state[1] as number) + b;
  state[2] = (state[2] as number) + c;
  state[3] = (state[3] as number) + d;
  state[4] = (state[4] as number) + e;
}
