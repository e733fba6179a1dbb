/**
 * Commits and tags as their objects tell them.
 *
 * @see https://git-scm.com/docs/git-commit-tree
 * @module
 */

import type { Commit, Signature } from "./history.ts";
import { isOid } from "./hex.ts";

/**
 * The commit in these bytes.
 *
 * @throws {RangeError} if it names no tree
 */
export function parseCommit(oid: string, bytes: Uint8Array): Commit {
  const { headers, body } = split(bytes);
  const values = (name: string) =>
    headers.filter((line) => line.startsWith(`${name} `)).map((line) =>
      line.slice(name.length + 1)
    );
  const [tree = ""] = values("tree");
  if (!isOid(tree)) throw new RangeError(`commit ${oid} names no tree`);
  const text = decoder(values("encoding")[0]);
  // Names are in the encoding of the message.
  const recoded = text === UTF8 ? headers : split(bytes, text).headers;
  const person = (name: string) =>
    parseSignature(
      recoded.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? "",
    );
  return {
    oid,
    parents: values("parent").filter(isOid),
    message: text.decode(body),
    author: person("author"),
    committer: person("committer"),
    tree,
  };
}

/** The object that an annotated tag names; nothing if it names none. */
export function taggedObject(bytes: Uint8Array): string | undefined {
  const [line = ""] = split(bytes).headers;
  const oid = line.slice("object ".length);
  return line.startsWith("object ") && isOid(oid) ? oid : undefined;
}

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

function split(bytes: Uint8Array, text = UTF8): { headers: string[]; body: Uint8Array } {
  let end = bytes.indexOf(LF);
  while (end >= 0 && bytes[end + 1] !== LF) end = bytes.indexOf(LF, end + 1);
  const head = end < 0 ? bytes : bytes.subarray(0, end);
  const body = end < 0 ? new Uint8Array() : bytes.subarray(end + 2);
  return { headers: text.decode(head).split("\n"), body };
}

/** Old commits say their encoding; git shows one that it does not know as it is. */
function decoder(label: string | undefined): TextDecoder {
  if (label === undefined || /^utf-?8$/i.test(label)) return UTF8;
  try {
    return new TextDecoder(label, { ignoreBOM: true });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return UTF8;
  }
}

/** `Name <mail> 1700000000 +0100`; old tools wrote odd ones. */
function parseSignature(line: string): Signature {
  const [, name = line, email = "", seconds = "0"] =
    /^(.*?)\s*<([^>]*)>[^\d-]*(-?\d+)?/.exec(line) ?? [];
  const timestampMs = Number(seconds) * 1000;
  return {
    name: name.trim(),
    email: email.trim(),
    timestampMs: Number.isSafeInteger(timestampMs) ? timestampMs : 0,
  };
}

const LF = 0x0a;
