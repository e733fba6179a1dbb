/** Packs are unpacked and indexed as git does it, by either codec, and damage is told. */
import { createHash } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import zlib from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toHex } from "../../src/git/hex.ts";
import { openRepository } from "../../src/git/mod.ts";
import { memorySource } from "../../src/git/packs/byte_source.ts";
import { portableCodec } from "../../src/git/packs/codec.ts";
import { applyDelta } from "../../src/git/packs/delta.ts";
import { indexPack } from "../../src/git/packs/index_pack.ts";
import { inflate } from "../../src/git/packs/inflate.ts";
import { nativeCodec } from "../../src/git/packs/native_codec.ts";
import { sha1 } from "../../src/git/packs/sha1.ts";
import { makeRepository, type TestRepository } from "../support/make_repository.ts";
import { seededRandom } from "../support/random.ts";
import { filesByGit, makeSample, randomBytes } from "./sample.ts";

const codecs = { portable: portableCodec, native: nativeCodec };

describe.each(Object.entries(codecs))("the %s codec", (_, codec) => {
  test("inflates what zlib deflates, tells its end, and notices damage", () => {
    const random = seededRandom(3);
    const below = (most: number) => Math.floor(random() * most);
    for (let round = 0; round < 400; round++) {
      const size = below(below(40_000));
      const kinds = [() => below(256), () => 65, () => below(below(40)), () => 97 + round % 3];
      const bytes = Uint8Array.from({ length: size }, kinds[round % 4] ?? (() => 0));
      const deflated = zlib.deflateSync(bytes, {
        level: [0, 1, 6, 9][below(4)],
        strategy: round % 5 === 0 ? zlib.constants.Z_FIXED : zlib.constants.Z_DEFAULT_STRATEGY,
      });
      const padded = new Uint8Array(deflated.length + 20).fill(7);
      padded.set(deflated, 5);
      const whole = codec.inflate(padded, 5, size);
      expect(whole?.end).toBe(5 + deflated.length);
      expect(whole?.bytes).toEqual(bytes);
      expect(codec.inflate(padded.subarray(0, 5 + below(deflated.length)), 5, size))
        .toBeUndefined();
      expect(() => codec.inflate(padded, 5, size + 1)).toThrow(RangeError);
      if (size > 0) expect(() => codec.inflate(padded, 5, size - 1)).toThrow(RangeError);
      const at = 7 + below(deflated.length - 2);
      padded[at] = (padded[at] ?? 0) ^ (1 << below(8));
      try {
        // A flipped bit may make the stream end later, or not at all.
        expect(codec.inflate(padded, 5, size)?.bytes ?? bytes).toEqual(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }
  });

  test("names as SHA-1 does", () => {
    for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 1000]) {
      const bytes = randomBytes(length);
      const parts = [bytes.subarray(0, length / 3), bytes.subarray(length / 3)];
      expect(toHex(codec.sha1(...parts))).toBe(createHash("sha1").update(bytes).digest("hex"));
    }
  });
});

test("a stream that gives more than announced is not followed", () => {
  const bomb = new Uint8Array(zlib.deflateSync(new Uint8Array(50_000_000)));
  expect(() => inflate(bomb, 0, 1000)).toThrow(/longer/);
  expect(() => nativeCodec.inflate(bomb, 0, 1000)).toThrow(/long/);
});

describe("deltas", () => {
  const base = Uint8Array.of(1, 2, 3, 4, 5);
  test("copy and insert", () => {
    expect(applyDelta(base, Uint8Array.of(5, 4, 0x91, 1, 2, 2, 9, 8)))
      .toEqual(Uint8Array.of(2, 3, 9, 8));
  });
  const damaged: Record<string, number[]> = {
    "another base": [4, 1, 1, 9],
    "outside of its base": [5, 5, 0x91, 1, 5],
    "more than announced": [5, 1, 0x90, 2],
    "less than announced": [5, 3, 1, 9],
    "an unknown instruction": [5, 1, 0],
    "an end within": [5, 4, 4, 1],
    "no size": [0x80],
  };
  test.each(Object.entries(damaged))("%s", (_, bytes) => {
    expect(() => applyDelta(base, Uint8Array.from(bytes))).toThrow(RangeError);
  });
});

describe("a repository's packs", () => {
  let sample: TestRepository;
  let folder: string;
  beforeAll(async () => {
    sample = await makeSample();
    await sample.git("gc", "--quiet", "--aggressive");
    folder = join(sample.path, ".git/objects/pack");
  });
  afterAll(() => rm(sample.path, { recursive: true }));

  const packs = async () =>
    (await readdir(folder)).filter((name) => name.endsWith(".pack"))
      .map((name) => join(folder, name));
  const index = (bytes: Uint8Array<ArrayBuffer>, codec = nativeCodec) =>
    indexPack(memorySource(bytes), new DataView(bytes.buffer).getUint32(8), codec, {});

  test("are indexed to the byte as git does it", async () => {
    await using other = await makeRepository(
      Array.from({ length: 12 }, (_, n) => ({
        files: { "a.txt": `${"line\n".repeat(500)}${n}\n`, [`b/${n}`]: `${n}`.repeat(50) },
      })),
    );
    await other.git("gc", "--quiet", "--aggressive");
    const elsewhere = join(other.path, ".git/objects/pack");
    const [name = ""] = (await readdir(elsewhere)).filter((name) => name.endsWith(".pack"));
    for (const path of [...await packs(), join(elsewhere, name)]) {
      const bytes = new Uint8Array(await readFile(path));
      const byGit = new Uint8Array(await readFile(path.replace(/pack$/, "idx")));
      for (const codec of Object.values(codecs)) {
        expect((await index(bytes, codec)).index).toEqual(byGit);
      }
    }
  });

  test("are read together with loose objects, also those that come later", async () => {
    const opened = await openRepository(sample.path);
    const late = async () => {
      const head = await opened.resolve("main");
      const files = await Array.fromAsync(opened.files(head));
      expect(files).toEqual(await filesByGit(sample, head));
      for (const { oid } of files) {
        expect(toHex(sha1(...blobParts(await opened.read(oid))))).toBe(oid);
      }
    };
    await late();
    for (let round = 0; round < 3; round++) {
      await sample.commit({ files: { "late.txt": `${round}\n`.repeat(100) } });
      await late();
      await sample.git("repack", "--quiet", "-d");
      await late();
    }
    expect((await packs()).length).toBeGreaterThan(3);
    await sample.git("gc", "--quiet");
    await late();
    await opened.close();
  });

  test("whatever byte is damaged, it is told, or nothing is wrong", async () => {
    const [path = ""] = await packs();
    const bytes = new Uint8Array(await readFile(path));
    const whole = await index(bytes);
    const random = seededRandom(5);
    for (let round = 0; round < 60; round++) {
      const damaged = bytes.slice();
      const at = 12 + Math.floor(random() * Math.min(6000, bytes.length - 32));
      damaged[at] = (damaged[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      const oids = await index(damaged).then(({ oids }) => oids, (error) => error.code);
      if (typeof oids === "string") expect(["corrupt", "too-large"]).toContain(oids);
      else expect(oids).not.toEqual(whole.oids);
    }
  });
});

function blobParts(bytes: Uint8Array): Uint8Array[] {
  return [new TextEncoder().encode(`blob ${bytes.length}\0`), bytes];
}
