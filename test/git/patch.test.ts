/** Renames and patches, held against git: its own list, and what it makes of a patch. */
import { chmod, rename, symlink, unlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  decodePath,
  diffLines,
  encodePath,
  filePatch,
  linesOf,
  openRepository,
  quotePath,
} from "../../src/git/mod.ts";
import { makeRepository } from "../support/make_repository.ts";
import { seededRandom } from "../support/random.ts";
import { checkPatches } from "../bench/history_patches.ts";
import { changesByGit, makeSample, randomBytes } from "./sample.ts";

const text = (count: number, word: string) =>
  Array.from({ length: count }, (_, line) => `${word} ${line}\n`).join("");

describe("git applies every patch, and makes the commit's tree of its base", () => {
  test("for a repository with everything that patches trip over", async () => {
    await using repository = await makeSample();
    const { path, commit, git } = repository;
    const file = (name: string) => join(path, name);
    await commit({
      files: {
        "crlf.txt": "one\r\ntwo\r\nthree\r\n",
        "mixed.txt": "one\r\ntwo\nthree\rfour\n",
        "no newline": "one\ntwo",
        "long.txt": text(300, "line"),
        "mode": "1\n",
        "latin.txt": Uint8Array.of(0x61, 0xe9, 0x0a),
        "binary.bin": randomBytes(3000),
        "form\ffeed and \u2028": "a\fb\u2028c\n",
      },
    });
    await commit({
      files: {
        "crlf.txt": "one\r\nTWO\r\nthree\r\n",
        "mixed.txt": "one\ntwo\nthree\rfour\n",
        "no newline": "one\ntwo\n",
        "long.txt": text(300, "line").replace("line 7\n", "").replace("line 250\n", "x\ny\n"),
        "form\ffeed and \u2028": "a\fb\u2028c\u2029d\n",
      },
    });
    await commit({ files: { "no newline": "one\nthree", "empty": "no more\n" } });
    await commit({ files: { "no newline": "", "latin.txt": Uint8Array.of(0xe9, 0x0a, 0x61) } });
    await chmod(file("mode"), 0o755);
    await rename(file("long.txt"), file('re"named\t.txt'));
    await unlink(file("crlf.txt"));
    await symlink("no newline", file("crlf.txt"));
    await commit({ files: { "binary.bin": randomBytes(3001) } });
    await unlink(file("crlf.txt"));
    // The target's name, as a file's content, is the same blob.
    await commit({ files: { "crlf.txt": "no newline" } });
    await git("rm", "--quiet", "--cached", "module");
    await git("update-index", "--add", "--cacheinfo", `160000,${"2".repeat(40)},other module`);
    await git("commit", "--quiet", "--message", "Submodules");
    await git("update-index", "--cacheinfo", `160000,${"3".repeat(40)},other module`);
    await git("commit", "--quiet", "--message", "Submodule");

    const report = await checkPatches(path);
    expect(report).toMatchObject({ failed: [], unreadable: [] });
    expect(report.omitted).toEqual({ binary: 3, "not-utf-8": 2 });
    expect(report.renames).toBeGreaterThan(1);
    expect(report.commits).toBeGreaterThan(15);
  });

  test("for random edits", async () => {
    const random = seededRandom(9);
    const pick = (count: number) => Math.floor(random() * count);
    const makeText = () => {
      const lines = Array.from({ length: pick(30) }, () => `line ${pick(6)}`).join("\n");
      return lines === "" || random() < 0.3 ? lines : `${lines}\n`;
    };
    await using repository = await makeRepository(
      Array.from({ length: 25 }, () => ({
        files: { a: makeText(), b: makeText(), "c/d": makeText() },
      })),
    );
    expect(await checkPatches(repository.path)).toMatchObject({ failed: [], commits: 25 });
  });
});

test("names that are not UTF-8 stay apart, are quoted as git quotes them, and come back", async () => {
  const names = [[0x66, 0xff], [0x66, 0xfe], [0xe9], [0xc3, 0xa9], [0xf0, 0x9f, 0x98, 0x80, 0x80]];
  const texts = names.map((bytes) => decodePath(Uint8Array.from(bytes)));
  expect(new Set(texts).size).toBe(names.length);
  expect(texts.map((path) => path.isWellFormed())).toEqual([false, false, false, true, false]);
  for (const [index, path] of texts.entries()) {
    expect(Array.from(encodePath(path))).toEqual(names[index]);
  }
  expect(quotePath(texts[0] ?? "")).toBe('"f\\377"');
  expect(quotePath('a"b\\c\n')).toBe('"a\\"b\\\\c\\n"');
  expect(quotePath("ä b")).toBe("ä b");

  await using repository = await makeRepository([{ files: { keep: "1\n" } }]);
  const blob = (await repository.git("rev-parse", "HEAD:keep")).trim();
  const entry = new TextEncoder().encode(`100644 ${blob}\tf`);
  await indexEntry(repository.path, Uint8Array.of(...entry, 0xff, 0));
  await repository.git("commit", "--quiet", "--message", "Odd");
  const opened = await openRepository(repository.path);
  const [change] = await opened.changes(await opened.commit(await opened.resolve()));
  expect(change?.path).toBe("f\udcff");
  await opened.close();
  expect(await checkPatches(repository.path)).toMatchObject({ failed: [], patches: 2 });
});

/** Puts an entry into the index that no file of this file system could be. */
async function indexEntry(path: string, entry: Uint8Array<ArrayBuffer>): Promise<void> {
  const child = new Deno.Command("git", {
    args: ["-C", path, "update-index", "-z", "--index-info"],
    stdin: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(entry);
  await writer.close();
  expect((await child.status).success).toBe(true);
}

// Without a last line that has no end: git counts it only since version 2.44.
test("renames are those that git finds", async () => {
  const random = seededRandom(4);
  const pick = (count: number) => Math.floor(random() * count);
  const files: Record<string, string> = {};
  for (let n = 0; n < 24; n++) {
    files[`${"abc"[n % 3]}/${n % 4 === 0 ? "same" : "file"}${n}`] = text(20 + pick(60), `w${n}`);
  }
  await using repository = await makeRepository([{ files }]);
  const { path, git, commit } = repository;
  for (let round = 0; round < 8; round++) {
    const names = (await git("ls-files", "-z")).split("\0").filter(Boolean);
    for (let moves = 0; moves < 5; moves++) {
      const from = names.splice(pick(names.length), 1)[0] ?? "";
      const lines = (await Deno.readTextFile(join(path, from))).trimEnd().split("\n");
      const changed = pick(lines.length);
      for (let line = 0; line < changed; line++) lines[pick(lines.length)] = `new ${pick(1e6)}`;
      const to = pick(2) === 0 ? `moved/${round}-${from.split("/").at(-1)}` : `x${round}${moves}`;
      await commit({ files: { [from]: null, [to]: `${lines.join("\n")}\n` } });
      await git("reset", "--quiet", "--soft", "HEAD~1");
    }
    await commit({ files: {} });
  }
  const opened = await openRepository(path);
  let found = 0;
  for await (const one of opened.log(await opened.resolve())) {
    for (const similarity of [50, 80]) {
      const changes = await opened.changes(one, { renames: { similarity } });
      expect(changes).toEqual(await changesByGit(repository, one.oid, similarity));
      found += changes.filter(({ renamedFrom }) => renamedFrom !== undefined).length;
    }
  }
  expect(found).toBeGreaterThan(20);
  await opened.close();
});

test("a file that is rewritten beyond measure is one hunk", () => {
  const change = {
    path: "f",
    before: "1",
    after: "2",
    beforeMode: "100644",
    afterMode: "100644",
  } as const;
  const bytes = (word: string) => new TextEncoder().encode(text(5000, word));
  const start = performance.now();
  const patch = filePatch(change, bytes("old"), bytes("new"));
  expect(performance.now() - start).toBeLessThan(30_000);
  expect(patch.text.match(/^@@ .* @@$/gm)).toEqual(["@@ -1,5000 +1,5000 @@"]);
});

test("content that is not shown is told by a reason", () => {
  const change = { path: "f", after: "2", afterMode: "100644" } as const;
  const told = (after: Uint8Array | "too-large") => filePatch(change, undefined, after).omitted;
  expect(told(new Uint8Array([0x61, 0]))).toBe("binary");
  expect(told(new Uint8Array([0xe9]))).toBe("not-utf-8");
  expect(told(new Uint8Array(2 ** 20 + 1).fill(0x61))).toBe("too-large");
  expect(told("too-large")).toBe("too-large");
  expect(told(new TextEncoder().encode("\ufeffé"))).toBeUndefined();
});

test("edits are in order, apart, and turn the one text into the other", () => {
  const random = seededRandom(2);
  for (let round = 0; round < 200; round++) {
    const make = () => Array.from({ length: random() * 20 }, () => "abc"[Math.floor(random() * 3)]);
    const [before, after] = [linesOf(make().join("\n")), linesOf(make().join("\n"))];
    const result: string[] = [];
    let at = 0;
    for (const { oldStart, oldEnd, newStart, newEnd } of diffLines(before, after)) {
      expect(oldStart).toBeGreaterThanOrEqual(at);
      result.push(...before.slice(at, oldStart), ...after.slice(newStart, newEnd));
      at = oldEnd;
    }
    expect([...result, ...before.slice(at)]).toEqual(after);
  }
});
