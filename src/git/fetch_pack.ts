/**
 * Fills a fresh bare repository from a remote.
 *
 * @see https://git-scm.com/docs/gitprotocol-pack#_packfile_negotiation
 * @module
 */

import type { Job } from "../gpu/mod.ts";
import { type Advertisement, checkRefs } from "./advertisement.ts";
import { GitError } from "./git_error.ts";
import { storePack } from "./pack.ts";
import { checkSize } from "./packs/limits.ts";
import { concat, packetLine, readPackets } from "./pkt_line.ts";
import { fetchCommand } from "./protocol_2.ts";
import { quote } from "./quote.ts";
import { type Head, isRefName, type Ref, writeRefs } from "./refs.ts";
import type { Remote } from "./remote.ts";
import type { GitFs } from "./storage.ts";

/** What is taken of a remote. */
export interface Selection {
  readonly refs: readonly Ref[];
  readonly head: Head | undefined;
  /** Objects asked for, with all that they need. */
  readonly wants: readonly string[];
  /** Commits of history; all where none is given. */
  readonly depth: number | undefined;
  /** Commits whose parents the remote lacks. */
  readonly shallow: readonly string[];
  /** Leaves out the contents of files; the remote must be able to. */
  readonly blobless?: boolean;
}

/** All branches and tags with their whole history. */
export function selectAll({ refs, head, headOid, shallow }: Advertisement): Selection {
  const kept = refs.filter(({ name }) => /^refs\/(heads|tags)\//.test(name));
  const wants = [...kept.map(({ oid }) => oid), ...(headOid ? [headOid] : [])];
  return { refs: kept, head, wants: [...new Set(wants)], depth: undefined, shallow };
}

/**
 * One branch, tag or commit, `HEAD` by default, with the newest `depth` commits of its history.
 *
 * @param source for the error
 * @throws {GitError} `no-such-revision`; `unsupported` if the remote cannot cut history short
 */
export function selectPart(
  advertisement: Advertisement,
  revision: string | undefined,
  depth: number | undefined,
  source: string,
): Selection {
  const { refs, head, headOid, capabilities, shallow } = advertisement;
  if (depth !== undefined && !capabilities.has("shallow")) {
    throw new GitError("unsupported", `${quote(source)} cannot give a part of its history.`);
  }
  if (revision === undefined || revision === "HEAD") {
    const branch = refs.filter(({ name }) => head && "branch" in head && name === head.branch);
    return { refs: branch, head, wants: headOid ? [headOid] : [], depth, shallow };
  }
  if (/^[0-9a-f]{40}$/.test(revision)) {
    return { refs: [], head: { oid: revision }, wants: [revision], depth, shallow };
  }
  const ref = [revision, `refs/tags/${revision}`, `refs/heads/${revision}`].filter(isRefName)
    .map((name) => refs.find((ref) => ref.name === name)).find((ref) => ref !== undefined);
  if (ref === undefined) {
    throw new GitError(
      "no-such-revision",
      `${quote(source)} has no branch or tag ${quote(revision)}.`,
    );
  }
  const at = ref.name.startsWith("refs/heads/")
    ? { branch: ref.name }
    : { oid: ref.peeled ?? ref.oid };
  return { refs: [ref], head: at, wants: [ref.oid], depth, shallow };
}

/**
 * Fetches `selection` into the fresh bare repository `gitdir`. Reports phase `clone`, in bytes while
 * they come in, then in objects. Holds the pack in memory.
 *
 * @throws {GitError}
 */
export async function fetchInto(
  fs: GitFs,
  gitdir: string,
  remote: Remote,
  selection: Selection,
  job: Job,
): Promise<void> {
  const { refs, head, wants, depth, blobless = false } = selection;
  if (wants.length > 0) {
    const body = blobless ? fetchCommand({ wants, depth, blobless }) : requestOf(wants, depth);
    const { oids, shallow } = await fetchPack(fs, gitdir, remote, wants, job, body, blobless);
    const cut = [...selection.shallow, ...shallow].filter((oid) => oids.has(oid));
    const lines = [...new Set(cut)].map((oid) => `${oid}\n`);
    if (lines.length > 0) await fs.promises.writeFile(`${gitdir}/shallow`, lines.join(""));
  }
  await writeRefs(fs, gitdir, refs, head);
}

/** The largest pack that is taken in, bytes: it is in memory until it is written. */
const MAX_PACK_BYTES = 2 ** 31 - 1;

/** How many objects are asked for at once. */
const BATCH = 4000;

/**
 * Fetches objects that a blobless clone lacks, as packs of their own. Reports as `fetchInto`.
 *
 * @throws {GitError} `no-such-object` if the remote does not have one of them
 */
export async function fetchObjects(
  fs: GitFs,
  gitdir: string,
  remote: Remote,
  oids: readonly string[],
  job: Job,
): Promise<void> {
  for (let start = 0; start < oids.length; start += BATCH) {
    const wants = oids.slice(start, start + BATCH);
    const body = fetchCommand({ wants, blobless: true });
    await fetchPack(fs, gitdir, remote, wants, job, body, true).catch((cause) => {
      if (!(cause instanceof GitError) || cause.code !== "no-such-revision") throw cause;
      const told = wants.length === 1 ? `${wants[0]}` : `one of ${wants.length} objects`;
      throw new GitError("no-such-object", `${quote(remote.source)} has not ${told}.`, { cause });
    });
  }
}

/** Asks for a pack, and stores it once it is whole and has what was wanted. */
async function fetchPack(
  fs: GitFs,
  gitdir: string,
  remote: Remote,
  wants: readonly string[],
  job: Job,
  body: string,
  isVersion2: boolean,
): Promise<{ oids: ReadonlySet<string>; shallow: readonly string[] }> {
  const answer = remote.uploadPack(body, isVersion2 ? 2 : undefined);
  const { pack, shallow } = await receivePack(remote, answer, wants, job);
  const oids = await storePack(fs, gitdir, pack, job).catch((cause) => {
    if (!(cause instanceof GitError) || cause.code !== "corrupt") throw cause;
    throw brokenOff(remote, cause.message, cause);
  });
  const lost = wants.find((oid) => !oids.has(oid));
  if (lost !== undefined) throw brokenOff(remote, `it did not send ${lost}`);
  return { oids, shallow };
}

/** Reads a pack from an answer, of either version of the protocol. */
async function receivePack(
  remote: Remote,
  answer: AsyncIterable<Uint8Array>,
  wants: readonly string[],
  { onProgress }: Job,
): Promise<{ pack: Uint8Array<ArrayBuffer>; shallow: string[] }> {
  const parts: Uint8Array[] = [];
  const shallow: string[] = [];
  const faults: string[] = [];
  let received = 0;
  let packets = 0;
  onProgress?.({ phase: "clone", done: 0, total: 0, unit: "bytes" });
  try {
    for await (const packet of readPackets(answer)) {
      packets++;
      if (packet === null) continue;
      const band = packet[0];
      if (band === PACK_BAND) {
        parts.push(packet.subarray(1));
        received += packet.length - 1;
        checkSize(received, MAX_PACK_BYTES, `The pack of ${quote(remote.source)}`);
        onProgress?.({ phase: "clone", done: received, total: 0, unit: "bytes" });
      } else if (band === ERROR_BAND) {
        if (faults.length > 20) break;
        faults.push(new TextDecoder().decode(packet.subarray(1)).trim());
      } else if (band !== PROGRESS_BAND) {
        const line = new TextDecoder().decode(packet).trim();
        if (/^shallow [0-9a-f]{40}$/.test(line)) {
          checkRefs(shallow.push(line.slice("shallow ".length)));
        }
        if (line.startsWith("ERR ")) faults.push(line.slice("ERR ".length));
      }
    }
  } catch (cause) {
    if (cause instanceof GitError) throw cause;
    throw brokenOff(remote, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (faults.some((fault) => fault.includes("not our ref"))) {
    throw new GitError(
      "no-such-revision",
      `${quote(remote.source)} has no commit ${wants.join(" or ")}.`,
    );
  }
  if (faults.length > 0) throw brokenOff(remote, `it says: ${faults.join(" ")}`);
  if (packets === 0) throw brokenOff(remote, "its answer is empty");
  return { pack: concat(parts), shallow };
}

function requestOf(wants: readonly string[], depth: number | undefined): string {
  const lines = wants.map((oid, index) =>
    packetLine(index === 0 ? `want ${oid} side-band-64k ofs-delta\n` : `want ${oid}\n`)
  );
  const deepen = depth === undefined ? "" : packetLine(`deepen ${depth}\n`);
  return `${lines.join("")}${deepen}${FLUSH}${packetLine("done\n")}`;
}

function brokenOff(remote: Remote, why: string, cause?: unknown): GitError {
  return new GitError(
    "network",
    `The transfer from ${quote(remote.source)} broke off: ${remote.hide(why)}.`,
    { cause },
  );
}

const FLUSH = "0000";
const PACK_BAND = 1;
const PROGRESS_BAND = 2;
const ERROR_BAND = 3;
