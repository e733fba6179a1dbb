/**
 * Objects that a pack stores as a difference from another one.
 *
 * @see https://git-scm.com/docs/pack-format#_deltified_representation
 * @module
 */

/** The sizes that a delta begins with, and where its instructions start. */
export interface DeltaHead {
  readonly baseBytes: number;
  readonly resultBytes: number;
  readonly start: number;
}

/**
 * Reads the head of a delta.
 *
 * @throws {RangeError} if it is cut short
 */
export function parseDeltaHead(delta: Uint8Array): DeltaHead {
  const base = readSize(delta, 0);
  const result = readSize(delta, base.next);
  return { baseBytes: base.value, resultBytes: result.value, start: result.next };
}

/**
 * The object that `delta` makes of `base`. Its size is the one that the delta begins with.
 *
 * @throws {RangeError} if the delta is damaged, or made for another base
 */
export function applyDelta(base: Uint8Array, delta: Uint8Array): Uint8Array<ArrayBuffer> {
  const { baseBytes, resultBytes, start } = parseDeltaHead(delta);
  if (baseBytes !== base.length) throw new RangeError("a delta is for another base");
  const result = new Uint8Array(resultBytes);
  let written = 0;
  for (let at = start; at < delta.length;) {
    const code = delta[at++] as number;
    if (code === 0) throw new RangeError("a delta has an instruction of no known kind");
    if ((code & 0x80) === 0) {
      if (at + code > delta.length || written + code > resultBytes) throw outside();
      for (let index = 0; index < code; index++) result[written++] = delta[at++] as number;
      continue;
    }
    let offset = 0;
    let size = 0;
    if (code & 0x01) offset = delta[at++] ?? 0;
    if (code & 0x02) offset |= (delta[at++] ?? 0) << 8;
    if (code & 0x04) offset |= (delta[at++] ?? 0) << 16;
    if (code & 0x08) offset += (delta[at++] ?? 0) * 2 ** 24;
    if (code & 0x10) size = delta[at++] ?? 0;
    if (code & 0x20) size |= (delta[at++] ?? 0) << 8;
    if (code & 0x40) size |= (delta[at++] ?? 0) << 16;
    if (size === 0) size = 0x10000;
    if (at > delta.length || offset + size > base.length || written + size > resultBytes) {
      throw outside();
    }
    if (size < 64) {
      for (const end = offset + size; offset < end;) result[written++] = base[offset++] as number;
    } else {
      result.set(base.subarray(offset, offset + size), written);
      written += size;
    }
  }
  if (written !== resultBytes) throw new RangeError("a delta gives less than announced");
  return result;
}

function readSize(bytes: Uint8Array, start: number): { value: number; next: number } {
  let value = 0;
  let at = start;
  for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
    const byte = bytes[at++];
    if (byte === undefined) break;
    value += (byte & 127) * scale;
    if (byte < 128) return { value, next: at };
  }
  throw new RangeError("a delta's size is damaged");
}

function outside(): RangeError {
  return new RangeError("a delta reaches outside of its base or its result");
}
