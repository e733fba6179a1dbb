/** What a server or a bundle may claim, and must not get away with. */
import zlib from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAdvertisement } from "../../src/git/advertisement.ts";
import { toHex } from "../../src/git/hex.ts";
import { openRepository, walkHistory } from "../../src/git/mod.ts";
import { memorySource } from "../../src/git/packs/byte_source.ts";
import { indexPack } from "../../src/git/packs/index_pack.ts";
import { nativeCodec } from "../../src/git/packs/native_codec.ts";
import { packetLine } from "../../src/git/pkt_line.ts";
import { parseCapabilities, parseRefs } from "../../src/git/protocol_2.ts";
import { filesOfTree, type TreeEntry } from "../../src/git/tree.ts";
import { treeChanges } from "../../src/git/tree_changes.ts";
import { makeRepository, type TestRepository } from "../support/make_repository.ts";

const oid = "1".repeat(40);

async function* advertisement(symref: string): AsyncGenerator<Uint8Array> {
  const lines = [
    packetLine("# service=git-upload-pack\n"),
    "0000",
    packetLine(`${oid} HEAD\0symref=HEAD:${symref} shallow\n`),
    packetLine(`${oid} refs/heads/main\n`),
    "0000",
  ];
  yield new TextEncoder().encode(lines.join(""));
}

test("HEAD stands for a branch, and never for a path that leads elsewhere", async () => {
  expect((await parseAdvertisement(advertisement("refs/heads/main"))).head)
    .toEqual({ branch: "refs/heads/main" });
  for (const symref of ["../../../../dev/zero", "HEAD", "refs/heads/../../x", "/etc/passwd"]) {
    expect((await parseAdvertisement(advertisement(symref))).head, symref).toEqual({ oid });
  }
});

function neverRead(): never {
  throw new Error("there is no such tree");
}

/** Every folder holds ten times the next one, `levels` deep; below them one file. */
function readBomb(levels: number, wide: number) {
  return (name: string): Promise<TreeEntry[]> => {
    const level = Number(name);
    if (level === levels) return Promise.resolve([{ mode: "100644", name: "f", oid }]);
    const folder = (i: number) => ({ mode: "40000", name: `d${i}`, oid: String(level + 1) });
    return Promise.resolve(Array.from({ length: wide }, (_, i) => folder(i)));
  };
}

async function count(files: AsyncIterable<unknown>): Promise<number> {
  let total = 0;
  for await (const _ of files) total++;
  return total;
}

test("trees that contain each other ten times over are given up, and others work meanwhile", async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  await expect(count(filesOfTree(readBomb(12, 10), "0"))).rejects
    .toMatchObject({ code: "too-large" });
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(10);
  expect(await count(filesOfTree(readBomb(3, 10), "0"))).toBe(1000);
});

test("folders a thousand deep are refused with a reason", async () => {
  await expect(count(filesOfTree(readBomb(1000, 1), "0"))).rejects.toThrow(/deep/);
});

test("changes of trees that multiply are given up, in moments", () => {
  const entry = (name: string, mode: string, level: number) =>
    new Uint8Array([
      ...new TextEncoder().encode(`${mode} ${name}\0`),
      ...new Uint8Array(20).fill(level),
    ]);
  /** The first byte of an id is the level: each folder holds ten times the next one. */
  const store = (levels: number, name = "") => {
    const trees = Array.from({ length: 256 }, (_, level) => {
      const mode = level + 1 < levels ? "40000" : "100644";
      const entries = Array.from({ length: 10 }, (_, n) => entry(`${n}${name}`, mode, level + 1));
      return { type: "tree" as const, bytes: new Uint8Array(entries.flatMap((one) => [...one])) };
    });
    return { read: (bytes: Uint8Array, at: number) => trees[bytes[at] ?? 0] ?? neverRead() };
  };
  expect(treeChanges(store(3), undefined, "00".repeat(20))).toHaveLength(1000);
  const start = performance.now();
  expect(() => treeChanges(store(12), undefined, "00".repeat(20))).toThrow(/400000 changes/);
  expect(() => treeChanges(store(6, "x".repeat(5000)), undefined, "00".repeat(20)))
    .toThrow(/entries/);
  expect(() => treeChanges(store(5000), undefined, "00".repeat(20))).toThrow(/deep/);
  expect(performance.now() - start).toBeLessThan(60_000);
});

describe("lists without an end", () => {
  async function* endless(first: readonly string[], line: (n: number) => string) {
    yield new TextEncoder().encode(first.join(""));
    for (let n = 0;; n += 1000) {
      const lines = Array.from({ length: 1000 }, (_, k) => packetLine(line(n + k)));
      yield new TextEncoder().encode(lines.join(""));
    }
  }
  const head = [packetLine("# service=git-upload-pack\n"), "0000"];
  test("of references", async () => {
    const refs = (n: number) => `${oid} refs/heads/${n}\n`;
    await expect(parseRefs(endless([], refs), new Set())).rejects
      .toMatchObject({ code: "too-large" });
  });
  test("of shallow commits, of capabilities", async () => {
    await expect(parseAdvertisement(endless(head, () => `shallow ${oid}\n`))).rejects
      .toMatchObject({ code: "too-large" });
    await expect(parseCapabilities(endless([packetLine("version 2\n")], () => "x")))
      .rejects.toThrow(/without end/);
  });
});

describe("packs of few bytes that stand for many", () => {
  const size = (code: number, bytes: number) => {
    const head = [(code << 4) | (bytes % 16)];
    for (let rest = Math.floor(bytes / 16); rest > 0; rest = Math.floor(rest / 128)) {
      head.push((head.pop() ?? 0) | 128, rest % 128);
    }
    return head;
  };
  const varint = (value: number) => {
    const bytes = [];
    for (; value >= 128; value = Math.floor(value / 128)) bytes.push(128 | value % 128);
    return [...bytes, value];
  };
  const entry = (head: number[], content: Uint8Array) =>
    new Uint8Array([...head, ...zlib.deflateSync(content)]);

  function indexed(entries: readonly Uint8Array[]) {
    const body = new Uint8Array([
      ...[0x50, 0x41, 0x43, 0x4b, 0, 0, 0, 2, 0, 0, 0, entries.length],
      ...entries.flatMap((bytes) => [...bytes]),
      ...new Uint8Array(20),
    ]);
    return indexPack(memorySource(body), entries.length, nativeCodec, {});
  }

  test("a blob of 700 MB is not unpacked", async () => {
    const before = Deno.memoryUsage().rss;
    const blob = entry(size(3, 700e6), new Uint8Array(1000));
    await expect(indexed([blob])).rejects.toMatchObject({ code: "too-large" });
    expect(Deno.memoryUsage().rss - before).toBeLessThan(100e6);
  });

  test("a blob that is longer than it says is not unpacked either", async () => {
    const blob = entry(size(3, 10), new Uint8Array(20e6));
    await expect(indexed([blob])).rejects.toMatchObject({ code: "corrupt" });
  });

  test("deltas that multiply are given up before they are applied", async () => {
    const base = new Uint8Array(1000).fill(65);
    const entries = [entry(size(3, base.length), base)];
    for (let bytes = base.length; bytes < 1e12; bytes *= 1000) {
      // A thousand copies of the base's first bytes.
      const copy = [0xb0, Math.min(bytes, 0xffff) & 255, Math.min(bytes, 0xffff) >> 8];
      const delta = new Uint8Array([
        ...varint(bytes),
        ...varint(1000 * Math.min(bytes, 0xffff)),
        ...Array.from({ length: 1000 }, () => copy).flat(),
      ]);
      const back = entries.at(-1)?.length ?? 0;
      const offset = back < 128 ? [back] : [128 | ((back >> 7) - 1), back & 127];
      entries.push(entry([...size(6, delta.length), ...offset], delta));
      if (bytes > 65e6) break;
    }
    const claimed = new Uint8Array([...varint(1000), ...varint(1e12), 0x90, 1]);
    const back = entries[0]?.length ?? 0;
    const bomb = entry([...size(6, claimed.length), back], claimed);
    await expect(indexed([entries[0] ?? bomb, bomb])).rejects.toMatchObject({ code: "too-large" });
    await expect(indexed(entries)).rejects.toMatchObject({
      code: expect.stringMatching(/corrupt|too-large/),
    });
  });

  test("deltas that rest on each other rest on nothing", async () => {
    const delta = new Uint8Array([1, 1, 0x90, 1]);
    const on = (id: number) => entry([...size(7, 4), ...new Uint8Array(20).fill(id)], delta);
    await expect(indexed([on(1), on(2)])).rejects.toMatchObject({ code: "corrupt" });
  });
});

describe("a blob of 100 MB in a repository", () => {
  let repository: TestRepository;
  let large: string;
  beforeAll(async () => {
    repository = await makeRepository([{ files: { small: "1\n" } }]);
    await repository.commit({ files: { large: new Uint8Array(100e6), small: "2\n" } });
    large = (await repository.git("rev-parse", "HEAD:large")).trim();
  });
  afterAll(() => repository[Symbol.asyncDispose]());

  test.each(["loose", "packed"])("%s: is told, not read; the walk goes on", async (kind) => {
    if (kind === "packed") await repository.git("gc", "--quiet");
    const opened = await openRepository(repository.path);
    const before = Deno.memoryUsage().rss;
    await expect(opened.read(large, { maxBytes: 1e6 })).rejects.toMatchObject({
      code: "too-large",
    });
    const walked = await Array.fromAsync(
      walkHistory(opened, await opened.resolve(), { blobs: true }),
    );
    expect(walked.map(({ error, blobs }) => [error, blobs.size])).toEqual([
      [undefined, 2],
      [undefined, 1],
    ]);
    const [change] = walked[0]?.changes ?? [];
    if (change === undefined) throw new Error("no change");
    expect((await opened.patch(change)).omitted).toBe("too-large");
    expect(Deno.memoryUsage().rss - before).toBeLessThan(60e6);
    const bytes = await opened.read(large);
    expect(bytes.length).toBe(100e6);
    expect(toHex(bytes.subarray(0, 2))).toBe("0000");
    await opened.close();
  });
});
