import { describe, expect, test } from "vitest";
import { type Sample, verifySample } from "../../src/corpus/mod.ts";
import { makeRepository } from "../support/make_repository.ts";
import { seededRandom } from "../support/random.ts";
import { checkPatches } from "./check_patches.ts";
import { corpusOf, open } from "./corpus_of.ts";

describe("the python format", () => {
  test("is the paper's, to the letter", async () => {
    await using repository = await makeRepository([
      {
        message: "Begin",
        files: { "a.py": "x = 1\n", "b.py": "gone\n", "doc.md": "```\nhi\n```\n" },
      },
      {
        message: "Mend it\n\nBecause.\n\nSigned-off-by: Ada <ada@example.org>\n",
        files: {
          "a.py": "x = 2",
          "b.py": null,
          "new.py": "print()\n",
          "doc.md": "```\nhi\n```\nMore.\n",
          "empty.py": "",
        },
      },
    ]);
    const git = await open(repository);
    const { samples: [sample, first] } = await corpusOf(git);
    const [head, base] = (await repository.git("log", "--format=%H")).trim().split("\n");
    expect(sample?.id).toBe(`o/r@${head}`);
    expect([sample?.base, first?.base]).toEqual([base, null]);
    expect(sample?.texts).toBe("original");
    expect(sample?.text).toBe(`# Repository Context
Name: o/r
Description: A thing
# Pull Request
## Mend it
Because.

Signed-off-by: Ada <ada@example.org>
# Relevant Files Found
## a.py
\`\`\`
x = 1
\`\`\`
## b.py
\`\`\`
gone
\`\`\`
## doc.md
\`\`\`\`
\`\`\`
hi
\`\`\`
\`\`\`\`
# Edits
Mend it

Because.
Edit: a.py
Search:
\`\`\`
x = 1

\`\`\`
Replace:
\`\`\`
x = 2
\`\`\`
Delete: b.py
Edit: doc.md
Search:
\`\`\`\`
\`\`\`
hi
\`\`\`
\`\`\`\`
Replace:
\`\`\`\`
\`\`\`
hi
\`\`\`
More.
\`\`\`\`
Create: empty.py
Text:
\`\`\`
\`\`\`
Create: new.py
Text:
\`\`\`
print()
\`\`\`
`);
    expect(sample?.segments.map(({ role }) => role)).toEqual(
      ["context", "problem", "context", "file", "context", "file", "context", "file", "context"]
        .concat("thought", "edit"),
    );
    await git.close();
  });
});

describe("edits", () => {
  test("of random histories give every file byte for byte, and git applies every patch", async () => {
    await using repository = await makeRepository();
    const random = seededRandom(4);
    const pick = (count: number) => Math.floor(random() * count);
    const line = () => ["a", "b", "\tc", "", "d\r", "é😀", "```", "\\"][pick(8)] ?? "";
    const text = () => {
      const lines = Array.from({ length: pick(60) }, line).join("\n");
      return lines === "" || random() < 0.2 ? lines : `${lines}\n`;
    };
    const names = ["one.py", "two words.py", 'q"uote.md', "dir/x.py", "dir/ü.md", "tab\t.py"];
    const files = new Map<string, string>();
    for (let round = 0; round < 60; round++) {
      const changes: Record<string, string | null> = {};
      for (let i = 0; i <= pick(3); i++) {
        const name = names[pick(names.length)] ?? "";
        const old = files.get(name);
        const dice = random();
        if (old !== undefined && dice < 0.15) changes[name] = null;
        else if (old !== undefined && dice < 0.3) {
          changes[name] = null;
          changes[`moved/${round} ${i}.py`] = old + (random() < 0.5 ? "more\n" : "");
        } else if (old !== undefined && dice < 0.8) {
          const lines = old.split("\n");
          for (let n = 0; n <= pick(3); n++) lines.splice(pick(lines.length + 1), pick(2), line());
          changes[name] = lines.join("\n");
        } else changes[name] = text();
      }
      for (const [name, content] of Object.entries(changes)) {
        if (content === null) files.delete(name);
        else files.set(name, content);
      }
      await repository.commit({ message: `round ${round}`, files: changes });
    }
    for (const content of ["", "x\n", "x\ny\n"]) {
      await repository.commit({ message: "grow", files: { "__init__.py": content } });
    }
    const git = await open(repository);
    const counts = { samples: 0, applied: 0, patches: 0 };
    const kinds = new Set<string>();
    for (const kind of ["python", "general"] as const) {
      const { samples, dropped } = await corpusOf(git, { kind });
      expect(Object.keys(dropped).filter((reason) => !["ambiguous-edit", "empty"].includes(reason)))
        .toEqual([]);
      for (const sample of samples) {
        const { faults, applied } = await verifySample(git, sample);
        expect(faults).toEqual([]);
        counts.applied += applied;
        sample.commits?.flatMap(({ edits }) => edits).forEach(({ kind }) => kinds.add(kind));
      }
      counts.samples += samples.length;
      if (kind === "general") counts.patches = await checkPatches(repository.path, samples);
    }
    expect(counts.samples).toBeGreaterThan(90);
    expect(counts.applied).toBeGreaterThan(150);
    expect(counts.patches).toBeGreaterThan(50);
    expect([...kinds].sort()).toEqual(["create", "delete", "insert", "rename", "str_replace"]);
    await git.close();
  });

  test("that are not true are found out", async () => {
    await using repository = await makeRepository([
      { files: { "a.py": "1\n2\n", "b.py": "b\n" } },
      { files: { "a.py": "1\n3\n", "b.py": "c\n" } },
    ]);
    const git = await open(repository);
    const { samples: [python] } = await corpusOf(git);
    const { samples: [general] } = await corpusOf(git, { kind: "general" });
    if (!python || !general) throw new Error("no samples");
    const withEdits = (change: (edits: Sample["commits"] & object) => unknown) => {
      const copy = structuredClone(python) as Sample & { commits: [] };
      change(copy.commits);
      return copy;
    };
    const faults = async (sample: Sample) => (await verifySample(git, sample)).faults.length;
    expect(await faults(python)).toBe(0);
    // deno-lint-ignore no-explicit-any -- samples are read-only to everybody else
    const edits = (commits: any) => commits[0].edits as { replace: string }[];
    expect(await faults(withEdits((commits) => edits(commits).pop()))).toBe(1);
    expect(await faults(withEdits((commits) => (edits(commits)[0]!.replace = "9")))).toBe(2);
    const wrong = general.commits?.map((commit) => ({
      ...commit,
      patch: commit.patch?.replace("+3", "+4") ?? "",
    }));
    expect(await faults({ ...general, commits: wrong ?? [] })).toBe(1);
    await git.close();
  });
});

describe("units", () => {
  test("merged branches, squashed pull requests and direct commits are told apart", async () => {
    await using repository = await makeRepository([{ message: "Begin", files: { "a.py": "1\n" } }]);
    const { git: run } = repository;
    await run("checkout", "-q", "-b", "work");
    await repository.commit({ message: "one", files: { "b.py": "1\n" } });
    await run("checkout", "-q", "main");
    await repository.commit({ message: "Meanwhile", files: { "c.py": "1\n" } });
    await run("checkout", "-q", "work");
    await run("merge", "-q", "--no-edit", "main");
    await repository.commit({ message: "two", files: { "b.py": "2\n" } });
    await run("checkout", "-q", "main");
    const message = "Merge pull request #7 from o/work\n\nAdd b\n\nIt was missing.";
    await run("merge", "-q", "--no-ff", "-m", message, "work");
    await repository.commit({ message: "Mend (#8)\n\n* why", files: { "a.py": "2\n" } });
    for (const branch of ["x", "y"]) {
      await run("checkout", "-q", "-b", branch, "main");
      await repository.commit({ message: `on ${branch}`, files: { [`${branch}.py`]: "1\n" } });
    }
    await run("checkout", "-q", "main");
    await repository.commit({ message: "Straight", files: { "d.py": "1\n" } });
    await run("merge", "-q", "-m", "Octopus", "x", "y");
    const git = await open(repository);
    const { plan, samples, dropped } = await corpusOf(git);
    expect(plan).toMatchObject({ units: "pull-requests", merges: 2, squashes: 1, direct: 3 });
    expect(samples.map(({ commits }) => commits?.map((commit) => commit.message.trim()))).toEqual([
      ["on x"],
      ["on y"],
      ["Mend (#8)\n\n* why"],
      ["one", "Merge branch 'main' into work", "two"],
    ]);
    expect(samples.map(({ text }) => /# Pull Request\n## (.*)\n(.*)/.exec(text)?.slice(1)))
      .toEqual([
        ["Octopus", "# Relevant Files Found"],
        ["Octopus", "# Relevant Files Found"],
        ["Mend", "* why"],
        ["Add b", "It was missing."],
      ]);
    expect(dropped).toEqual({ "direct-commit": 3 });
    for (const sample of samples) expect((await verifySample(git, sample)).faults).toEqual([]);
    const commits = await corpusOf(git, { units: "commits" });
    expect([commits.samples.length, commits.dropped]).toEqual([8, { "merge-commit": 3 }]);
    expect((await corpusOf(git, { units: "all" })).samples).toHaveLength(7);
    expect((await corpusOf(git, { units: "commits", commits: 3 })).retention.all.units).toBe(3);
    await git.close();
  });
});
