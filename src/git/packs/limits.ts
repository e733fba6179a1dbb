/**
 * What is read of a repository at most: a few bytes of a pack can stand for terabytes.
 *
 * @module
 */

import { GitError } from "../git_error.ts";

/** The largest object that is ever unpacked, bytes: hosts take files of 100 MB. */
export const MAX_OBJECT_BYTES = 256 * 2 ** 20;

/** The most deltas between an object and its whole base; git itself makes at most 4,095. */
export const MAX_DELTAS = 4096;

/** What all the objects between one and its whole base may measure, bytes. */
export const MAX_CHAIN_BYTES = 4 * 2 ** 30;

/** @throws {GitError} `too-large` */
export function checkSize(sizeBytes: number, maxBytes: number, what: string): void {
  if (sizeBytes <= maxBytes) return;
  throw new GitError(
    "too-large",
    `${what} has ${sizeBytes} bytes; at most ${maxBytes} are read.`,
  );
}
