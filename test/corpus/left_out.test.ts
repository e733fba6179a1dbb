import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { defaultFilters, NO_FILTERS } from "../../src/corpus/mod.ts";
import { openRepository } from "../../src/git/mod.ts";
import { makeRepository } from "../support/make_repository.ts";
import { checkPatches } from "./check_patches.ts";
import { corpusOf, open } from "./corpus_of.ts";

describe("what cannot be rendered", () => {
  test("is counted by its reason", async () => {
    await using repository = await makeRepository([{ message: "text", files: { "a.py": "1\n" } }]);
    const { git: run, path } = repository;
    await repository.commit({ message: "binary", files: { "p.png": new Uint8Array([0, 1]) } });
    await repository.commit({ message: "latin", files: { "l.py": new Uint8Array([0xe9, 10]) } });
    await repository.commit({ message: "big", files: { "big.py": "x\n".repeat(2 ** 20) } });
    await repository.commit({ message: "mode", files: { "a.py*": "1\n" } });
    await repository.commit({ message: "nothing", files: {} });
    await symlink("a.py", `${path}/link`);
    await repository.commit({ message: "link", files: {} });
    const oid = (await run("rev-parse", "HEAD")).trim();
    await run("update-index", "--add", "--cacheinfo", `160000,${oid},sub`);
    await run("commit", "-q", "-m", "submodule");
    await mkdir(`${path}/sub`, { recursive: true });
    const lines = Array.from({ length: 200 }, () => "same\n");
    await repository.commit({ message: "lines", files: { "same.py": lines.join("") } });
    lines.splice(100, 1, "other\n");
    await repository.commit({ message: "ambiguous", files: { "same.py": lines.join("") } });
    const blob = (await run("hash-object", "-w", "a.py")).trim();
    const name = new TextEncoder().encode(`100644 blob ${blob}\t`);
    await writeFile(`${path}/.git/tree`, Uint8Array.from([...name, 0xff, 0x2e, 0x70, 0x79, 0]));
    await repository.git("config", "alias.t", "!git mktree -z < .git/tree");
    const tree = (await run("t")).trim();
    const odd = (await run("commit-tree", tree, "-m", "odd name")).trim();
    const git = await open(repository);
    const python = await corpusOf(git);
    expect(python.samples).toHaveLength(2);
    expect(python.dropped).toEqual({
      "ambiguous-edit": 1,
      "binary": 1,
      "empty": 1,
      "mode-change": 1,
      "not-utf-8": 1,
      "submodule": 1,
      "symlink": 1,
      "too-large": 1,
    });
    expect(Object.keys((await corpusOf(git, { revision: odd })).dropped)).toEqual([
      "path-not-utf-8",
    ]);
    const general = await corpusOf(git, { kind: "general" });
    expect(general.samples).toHaveLength(4);
    expect(await checkPatches(path, general.samples)).toBe(4);
    expect(general.retention.omitted).toEqual({
      "binary": 1,
      "not-utf-8": 1,
      "submodule": 1,
      "symlink": 1,
      "too-large": 1,
    });
    await git.close();
  });

  test("what stands where a link was is left out with it: git would not write it", async () => {
    await using repository = await makeRepository([{ files: { "a.py": "1\n", "t/x.py": "x\n" } }]);
    await symlink("t", `${repository.path}/link`);
    await repository.commit({ message: "link", files: { "a.py": "2\n" } });
    await rm(`${repository.path}/link`);
    const files = { "a.py": "3\n", "link/deep/y.py": "y\n", "linked.py": "z\n" };
    await repository.commit({ message: "folder", files });
    const git = await open(repository);
    const { samples, retention } = await corpusOf(git, { kind: "general" });
    expect(samples.map(({ text }) => text.match(/(?<=<commit_file>).*/g))).toEqual([
      ["a.py", "linked.py"],
      ["a.py"],
      ["a.py", "t/x.py"],
    ]);
    expect(retention.omitted).toEqual({ symlink: 3 });
    expect(await checkPatches(repository.path, samples)).toBe(3);
    await git.close();
  });

  test("a shallow clone, a missing object and an empty repository", async () => {
    await using repository = await makeRepository([
      { message: "one", files: { "a.py": "1\n" } },
      { message: "two", files: { "a.py": "2\n" } },
      { message: "three", files: { "a.py": "3\n" } },
    ]);
    const url = `file://${repository.path}`;
    await repository.git("clone", "-q", "--depth", "2", url, "shallow");
    const shallow = await openRepository(`${repository.path}/shallow`);
    const read = await corpusOf(shallow);
    expect([read.samples.length, read.dropped]).toEqual([1, { shallow: 1 }]);
    await shallow.close();
    const blob = (await repository.git("rev-parse", "HEAD~1:a.py")).trim();
    await rm(`${repository.path}/.git/objects/${blob.slice(0, 2)}/${blob.slice(2)}`);
    const broken = await open(repository);
    const rest = await corpusOf(broken);
    expect([rest.samples.length, rest.dropped]).toEqual([1, { "no-such-object": 2 }]);
    await broken.close();
    await using empty = await makeRepository();
    const none = await openRepository(empty.path);
    await expect(corpusOf(none)).rejects.toThrow(/HEAD/);
    await none.close();
  });
});

describe("filters", () => {
  test("have the paper's defaults, and tell what each removed", async () => {
    await using repository = await makeRepository([
      { message: "keep", files: { "a.py": "1\n", "README.md": "# A\n" } },
      { message: "script", files: { "a.py": "2\n", "x.js": "1\n" } },
      { message: "only words", files: { "README.md": "# B\n" } },
      { message: "six", files: Object.fromEntries([..."abcdef"].map((n) => [`${n}.py`, n])) },
      {
        message: "many",
        files: Object.fromEntries([
          ["a.py", "m\n"],
          ...Array.from({ length: 20 }, (_, i) => [`${i}.md`, "x\n"]),
        ]),
      },
      { message: "long", files: { "a.py": "word another ".repeat(20_000) } },
      { message: "again", files: { "a.py": "back\n" } },
    ]);
    await repository.git(
      "commit",
      "-q",
      "--amend",
      "--author",
      "b[bot] <b@example.org>",
      "-C",
      "HEAD",
    );
    const git = await open(repository);
    const filters = defaultFilters("python");
    const { samples, dropped, retention } = await corpusOf(git, { filters });
    expect(samples.map(({ commits }) => commits?.[0]?.message)).toEqual(["keep\n"]);
    expect(dropped).toEqual({
      "bot": 1,
      "tokens": 1,
      "files": 1,
      "source-files": 2,
      "other-files": 1,
    });
    expect(retention.within[32_768]?.units).toBe(1);
    expect(retention.within[65_536]?.units).toBe(2);
    expect(retention.dropped.tokens?.tokens).toBeGreaterThan(32_768);
    expect(retention.all.tokens).toBe(
      Object.values(retention.dropped).reduce((sum, { tokens }) => sum + tokens, 0) +
        retention.kept.tokens,
    );
    const uncounted = await corpusOf(git, { filters, countDropped: false });
    expect(uncounted.retention.dropped.files?.tokens).toBe(0);
    const benchmark = { name: "Django/django" };
    expect((await corpusOf(git, { filters, repository: benchmark })).dropped)
      .toEqual({ benchmark: 7 });
    await git.close();
  });

  test("the same change comes once", async () => {
    await using repository = await makeRepository([
      { message: "base", files: { "a.py": "1\n" } },
      { message: "change", files: { "a.py": "2\n" } },
      { message: "undo", files: { "a.py": "1\n" } },
      { message: "change it again", files: { "a.py": "2\n" } },
    ]);
    const git = await open(repository);
    const filters = { ...NO_FILTERS, withoutDuplicates: true };
    const { samples, dropped } = await corpusOf(git, { filters });
    expect([samples.length, dropped]).toEqual([3, { duplicate: 1 }]);
    await git.close();
  });
});
