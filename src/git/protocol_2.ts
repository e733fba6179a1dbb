/**
 * Version 2 of git's protocol, for what version 0 cannot do: a clone without the contents of files,
 * and asking for them by their ids later.
 *
 * @see https://git-scm.com/docs/protocol-v2
 * @module
 */

import { type Advertisement, checkRefs, textOf } from "./advertisement.ts";
import { packetLine, readPackets } from "./pkt_line.ts";
import { chooseHead, isRefName, type Ref } from "./refs.ts";

/** A request for the list of references. */
export const LIST_REFS = [
  packetLine("command=ls-refs\n"),
  "0001",
  ...["peel", "symrefs", "ref-prefix HEAD", "ref-prefix refs/heads/", "ref-prefix refs/tags/"]
    .map((line) => packetLine(`${line}\n`)),
  "0000",
].join("");

/** What is asked of a remote. */
export interface FetchRequest {
  readonly wants: readonly string[];
  readonly depth?: number | undefined;
  /** Leaves out all blobs that are not asked for by id. */
  readonly blobless?: boolean | undefined;
}

const MOST_CAPABILITIES = 1000;

/** A request for objects. */
export function fetchCommand({ wants, depth, blobless = false }: FetchRequest): string {
  return [
    packetLine("command=fetch\n"),
    "0001",
    packetLine("ofs-delta\n"),
    ...(blobless ? [packetLine("filter blob:none\n")] : []),
    ...(depth === undefined ? [] : [packetLine(`deepen ${depth}\n`)]),
    ...wants.map((oid) => packetLine(`want ${oid}\n`)),
    packetLine("done\n"),
    "0000",
  ].join("");
}

/**
 * What a remote can do, as its first answer tells: the features of `fetch`, and `ls-refs`. Nothing if
 * it speaks an older version.
 *
 * @throws {RangeError} if the answer is not well formed
 */
export async function parseCapabilities(
  chunks: AsyncIterable<Uint8Array>,
): Promise<ReadonlySet<string> | undefined> {
  const found = new Set<string>();
  let isVersion2 = false;
  let packets = 0;
  for await (const packet of readPackets(chunks)) {
    if (++packets > MOST_CAPABILITIES) throw new RangeError("it has capabilities without end");
    if (packet === null) continue;
    const line = textOf(packet);
    if (line === "version 2") isVersion2 = true;
    else if (!isVersion2 && !line.startsWith("# service=")) return undefined;
    const [name = "", value = ""] = line.split("=", 2);
    if (name === "ls-refs") found.add(name);
    if (name === "fetch") value.split(" ").forEach((feature) => found.add(feature));
  }
  return isVersion2 && found.has("ls-refs") ? found : undefined;
}

/**
 * The answer to {@linkcode LIST_REFS}.
 *
 * @throws {RangeError} if it is not well formed
 */
export async function parseRefs(
  chunks: AsyncIterable<Uint8Array>,
  capabilities: ReadonlySet<string>,
): Promise<Advertisement> {
  const refs: Ref[] = [];
  let headOid: string | undefined;
  let branch: string | undefined;
  let whole = false;
  for await (const packet of readPackets(chunks)) {
    if (packet === null) {
      whole = true;
      continue;
    }
    const line = textOf(packet);
    if (line.startsWith("ERR ")) throw new RangeError(`it says ${JSON.stringify(line.slice(4))}`);
    const [oid = "", name = "", ...attributes] = line.split(" ");
    if (!/^([0-9a-f]{40}|unborn)$/.test(oid) || name === "") {
      throw new RangeError(`the list of references has the line ${JSON.stringify(line)}`);
    }
    const attribute = (key: string) =>
      attributes.find((text) => text.startsWith(`${key}:`))?.slice(key.length + 1);
    if (name === "HEAD") {
      branch = attribute("symref-target");
      if (oid !== "unborn") headOid = oid;
    } else if (isRefName(name)) {
      const peeled = attribute("peeled");
      refs.push(peeled && /^[0-9a-f]{40}$/.test(peeled) ? { name, oid, peeled } : { name, oid });
      checkRefs(refs.length);
    }
  }
  if (!whole) throw new RangeError("the list of references breaks off");
  const named = branch !== undefined && isRefName(branch) ? { branch } : undefined;
  const chosen = chooseHead(refs);
  const head = headOid === undefined ? chosen : named ?? { oid: headOid };
  const chosenOid = chosen && "branch" in chosen
    ? refs.find(({ name }) => name === chosen.branch)?.oid
    : undefined;
  return { refs, head, headOid: headOid ?? chosenOid, capabilities, shallow: [] };
}
