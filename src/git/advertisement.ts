/**
 * What a remote says that it has, before anything is asked of it.
 *
 * @see https://git-scm.com/docs/gitprotocol-pack#_reference_discovery
 * @module
 */

import { GitError } from "./git_error.ts";
import { type Packet, readPackets } from "./pkt_line.ts";
import { chooseHead, type Head, isRefName, type Ref } from "./refs.ts";

/** The references of a remote. */
export interface Advertisement {
  /** Branches, tags and whatever else it shows; not `HEAD`. */
  readonly refs: readonly Ref[];
  /** What `HEAD` stands for; none in an empty repository. */
  readonly head: Head | undefined;
  /** Object that `HEAD` names, if it names one. */
  readonly headOid: string | undefined;
  readonly capabilities: ReadonlySet<string>;
  /** Commits whose parents it lacks itself. */
  readonly shallow: readonly string[];
}

/**
 * Reads an answer to `info/refs` in version 0 or 1 of the protocol.
 *
 * @throws {RangeError} if it is not well formed, or a complaint
 */
export async function parseAdvertisement(
  chunks: AsyncIterable<Uint8Array>,
): Promise<Advertisement> {
  const oids = new Map<string, string>();
  const shallow: string[] = [];
  let capabilities: ReadonlySet<string> = new Set();
  let sections = 0;
  for await (const packet of readPackets(chunks)) {
    if (packet === null) sections++;
    else {
      const [line = "", more] = textOf(packet).split("\0", 2);
      if (line.startsWith("# service=") || line === "version 1") continue;
      if (line.startsWith("ERR ")) throw new RangeError(`it says ${JSON.stringify(line.slice(4))}`);
      const [, cut] = /^shallow ([0-9a-f]{40})$/.exec(line) ?? [];
      if (cut !== undefined) {
        checkRefs(shallow.push(cut));
        continue;
      }
      const [, oid, name] = /^([0-9a-f]{40}) (\S+)$/.exec(line) ?? [];
      if (oid === undefined || name === undefined) {
        throw new RangeError(`the list of references has the line ${JSON.stringify(line)}`);
      }
      if (more !== undefined) capabilities = new Set(more.split(" "));
      if (name !== "capabilities^{}") oids.set(name, oid);
      checkRefs(oids.size);
    }
  }
  if (sections < 2) throw new RangeError("the list of references breaks off");
  return { ...headOf(oids, capabilities), refs: refsOf(oids), capabilities, shallow };
}

/** More references than any host has: a list without an end is not read for ever. */
const MOST_REFS = 400_000;

/** @throws {GitError} `too-large` */
export function checkRefs(count: number): void {
  if (count <= MOST_REFS) return;
  throw new GitError("too-large", `A remote of more than ${MOST_REFS} references is not read.`);
}

/** A packet as a line. */
export function textOf(packet: NonNullable<Packet>): string {
  return new TextDecoder().decode(packet).replace(/\n$/, "");
}

function refsOf(oids: ReadonlyMap<string, string>): Ref[] {
  return [...oids].filter(([name]) => isRefName(name)).map(([name, oid]) => {
    const peeled = oids.get(`${name}^{}`);
    return peeled === undefined ? { name, oid } : { name, oid, peeled };
  });
}

function headOf(
  oids: ReadonlyMap<string, string>,
  capabilities: ReadonlySet<string>,
): Pick<Advertisement, "head" | "headOid"> {
  const headOid = oids.get("HEAD");
  if (headOid === undefined) {
    const head = chooseHead(refsOf(oids));
    return { head, headOid: head && "branch" in head ? oids.get(head.branch) : undefined };
  }
  const symref = [...capabilities].find((capability) => capability.startsWith("symref=HEAD:"));
  const branch = symref?.slice("symref=HEAD:".length);
  const named = branch !== undefined && isRefName(branch);
  return { head: named ? { branch } : { oid: headOid }, headOid };
}
