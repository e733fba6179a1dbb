/**
 * Arrays of shards, put together.
 *
 * @module
 */

/** Arrays of shards, one after the other. */
export function concatenate(arrays: readonly Uint32Array[]): Uint32Array<ArrayBuffer> {
  const all = new Uint32Array(arrays.reduce((length, array) => length + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}
