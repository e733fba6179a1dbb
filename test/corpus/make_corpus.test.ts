import { spawn } from "node:child_process";
import { truncate } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeCorpus, type MakeCorpusOptions } from "../../src/corpus/headless.ts";
import {
  defaultFilters,
  isSample,
  NO_FILTERS,
  readSamples,
  type Sample,
} from "../../src/corpus/mod.ts";
import { openFileSource } from "../../src/trajectory/mod.ts";
import { loadTokenizer } from "../../src/tokenizer/mod.ts";
import { bottega, bottegaJson } from "../support/bottega.ts";
import {
  makeRepository,
  temporaryFolder,
  type TestRepository,
} from "../support/make_repository.ts";
import { seededRandom } from "../support/random.ts";
import { startGitHub } from "./github_server.ts";
import { startModel } from "./model_server.ts";

const tokenizer = await loadTokenizer();
let repository: TestRepository;
let folder: string;

beforeAll(async () => {
  folder = await temporaryFolder("corpus");
  repository = await makeRepository();
  const files: Record<string, string> = {};
  for (let i = 0; i < 40; i++) {
    files[`m${i % 7}.py`] = `x = ${i}\n`.repeat(5) + `y = ${i % 3}\n`;
    files["p.png"] = i % 9 === 0 ? `\0${i}` : files["p.png"] ?? "";
    await repository.commit({ message: `Change ${i}`, files });
  }
});
afterAll(async () => {
  await Deno.remove(folder, { recursive: true });
  await repository[Symbol.asyncDispose]();
});

function optionsFor(path: string, more: Partial<MakeCorpusOptions> = {}): MakeCorpusOptions {
  return {
    kind: "python",
    filters: { ...NO_FILTERS, withoutDuplicates: true, maxTokens: 150 },
    tokenizer,
    repository: { name: "o/r" },
    out: { path, run: { test: 1 } },
    ...more,
  };
}

const text = (path: string) => Deno.readTextFile(path);

/** A run that is stopped after some samples. */
async function stopAfter(path: string, samples: number, more: Partial<MakeCorpusOptions> = {}) {
  const stop = new AbortController();
  let count = 0;
  const run = makeCorpus([repository.path], {
    ...optionsFor(path, more),
    signal: stop.signal,
    onSample: () => ++count === samples && stop.abort(new Error("stopped")),
  });
  await expect(run).rejects.toThrow("stopped");
}

describe("a run that was stopped", () => {
  test("gives the same corpus and account when it is taken up, wherever it broke off", async () => {
    const whole = `${folder}/whole.jsonl`;
    const { retention } = await makeCorpus([repository.path], optionsFor(whole));
    expect(Object.keys(retention.dropped).sort()).toEqual(["binary"]);
    const random = seededRandom(3);
    for (let round = 0; round < 8; round++) {
      const path = `${folder}/cut${round}.jsonl`;
      await stopAfter(path, 3 + Math.floor(random() * 20));
      for (const file of [`${path}.partial`, `${path}.journal`]) {
        const { size } = await Deno.stat(file);
        if (round > 1) await truncate(file, Math.floor(size * random()));
      }
      const out = { path, run: { test: 1 }, resume: true };
      const resumed = await makeCorpus([repository.path], optionsFor(path, { out }));
      expect(await text(path) === await text(whole)).toBe(true);
      expect(resumed.retention).toEqual(retention);
      await expect(Deno.stat(`${path}.journal`)).rejects.toThrow();
    }
  });

  test("goes on from the commit that it began with", async () => {
    const path = `${folder}/moved.jsonl`;
    await stopAfter(path, 5);
    const head = (await repository.git("rev-parse", "HEAD")).trim();
    await repository.commit({ message: "Later", files: { "later.py": "1\n" } });
    const out = { path, run: { test: 1 }, resume: true };
    await makeCorpus([repository.path], optionsFor(path, { out }));
    await repository.git("reset", "-q", "--hard", head);
    expect(await text(path)).toBe(await text(`${folder}/whole.jsonl`));
  });

  test("is not taken up by a run of other options", async () => {
    const path = `${folder}/other.jsonl`;
    await stopAfter(path, 2);
    const out = { path, run: { test: 2 }, resume: true };
    await expect(makeCorpus([repository.path], optionsFor(path, { out }))).rejects.toThrow(
      "whose test was 1 and is 2 now",
    );
  });

  test("after kill -9 too, while a language model is asked", async () => {
    await using model = await startModel({ delayMs: 15 });
    const path = `${folder}/killed.jsonl`;
    const args = (path: string) =>
      ["corpus", repository.path, "--no-filters", "--name", "o/r", "--out", path]
        .concat("--enhance", `${model.url}/v1`, "--concurrency", "2", "--cache", `${path}.cache`);
    const child = spawn(Deno.execPath(), ["run", "-A", "src/cli/main.ts", ...args(path)], {
      stdio: "ignore",
    });
    const ended = new Promise((resolve) => child.on("close", resolve));
    let killed = false;
    const timer = setInterval(() => {
      killed ||= model.requests.length > 20 && child.kill("SIGKILL");
    }, 1);
    await ended;
    clearInterval(timer);
    expect(killed).toBe(true);
    const before = (await text(`${path}.partial`)).split("\n").length;
    expect(before).toBeGreaterThan(3);
    await bottegaJson(...args(path), "--resume");
    const unbroken = `${folder}/unbroken.jsonl`;
    const report = await bottegaJson(...args(unbroken), "--verify");
    expect(await text(path)).toBe(await text(unbroken));
    const lines = (await text(path)).trim().split("\n").map((line) => JSON.parse(line));
    expect(report).toMatchObject({
      units: 40,
      samples: lines.length,
      dropped: { binary: 40 - lines.length },
      seconds: expect.any(Number),
      tokens: expect.any(Number),
      verification: { samples: lines.length, faults: [] },
    });
    expect(lines[0]).toMatchObject({ kind: "python", texts: "refined", repo: "o/r" });
    expect(lines[0].text).toMatch(/# Edits\nAnswer \w+\nAnswer \w+\nEdit: /);
  });
});

describe("the forms of a corpus", () => {
  test("hold the same samples: JSONL, Parquet, shards named by their hash", async () => {
    const wanted = (await text(`${folder}/whole.jsonl`)).trim().split("\n").map((line) =>
      JSON.parse(line)
    );
    const parquet = `${folder}/whole.parquet`;
    await makeCorpus([repository.path], optionsFor(parquet));
    expect(await samplesIn(parquet)).toEqual(wanted);
    for (const format of ["jsonl", "parquet"] as const) {
      const path = `${folder}/shards-${format}/`;
      const out = { path, run: {}, shards: { format, shardBytes: 20_000 } };
      const { shards = [] } = await makeCorpus([repository.path], optionsFor(path, { out }));
      expect(shards.length).toBeGreaterThan(2);
      const samples = [];
      for (const { file, sha256 } of shards) {
        const bytes = await Deno.readFile(path + file);
        const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
        expect([hash, `${hash}.${format}`]).toEqual([sha256, file]);
        samples.push(...await samplesIn(path + file));
      }
      expect(samples).toEqual(wanted);
      const names = [...Deno.readDirSync(path)].map(({ name }) => name);
      expect(names.sort()).toEqual([...shards.map(({ file }) => file), "manifest.json"].sort());
      expect(JSON.parse(await text(`${path}manifest.json`))).toMatchObject({
        format: "bottega-corpus-1",
        shards,
      });
    }
  });
});

describe("pull requests", () => {
  const record = async (number: number, commit: string) => ({
    repository: { full_name: "o/r", description: "A thing" },
    pull: {
      number,
      title: `Pull ${number}`,
      body: null,
      user: { login: "ada", type: number === 3 ? "Bot" : "User" },
      state: "closed",
      created_at: "2024-01-01T00:00:00Z",
      merged_at: number === 4 ? null : "2024-01-02T00:00:00Z",
      merge_commit_sha: (await repository.git("rev-parse", commit)).trim(),
      base: { sha: "0".repeat(40) },
      head: { sha: "0".repeat(40) },
    },
    issue: { number: 9, title: "It fails", body: "Badly.", created_at: "2024-01-01T00:00:00Z" },
  });

  test("from a file: the issue stands before the change; a broken line is counted", async () => {
    const file = `${folder}/records.jsonl`;
    const records = await Promise.all([
      record(1, "HEAD~1"),
      record(2, "HEAD~2"),
      record(3, "HEAD~3"),
      record(4, "HEAD~4"),
      { ...await record(5, "HEAD"), pull: {} },
    ]);
    const lines = records.map((record) => JSON.stringify(record));
    await Deno.writeTextFile(file, [...lines, "{"].join("\n"));
    const samples: Sample[] = [];
    const { retention } = await makeCorpus([repository.path], {
      ...optionsFor(""),
      out: undefined,
      filters: { ...defaultFilters("python"), language: null },
      pullRequests: { file },
      onSample: (sample) => samples.push(sample),
    });
    expect(samples.map(({ id }) => id)).toEqual(["o/r#1", "o/r#2"]);
    expect(samples[0]?.text).toContain(
      "Description: A thing\n# Issue\n## It fails\nBadly.\n# Pull Request\n## Pull 1\n",
    );
    expect(Object.entries(retention.dropped).map(([reason, { units }]) => [reason, units]))
      .toEqual(expect.arrayContaining([["forge", 2], ["bot", 1]]));
  });

  test("from a forge, by the command; its token stays with it", async () => {
    const { pull } = await record(1, "HEAD~1");
    const path = "repos/o/r/pulls/1";
    await using forge = await startGitHub({
      "repos/o/r": { full_name: "o/r", description: null },
      "repos/o/r/pulls": [{ number: 1 }],
      [path]: { ...pull, comments: 0, review_comments: 0 },
      [`${path}/commits`]: [],
      [`${path}/reviews`]: [],
    }, {
      graphql: () => ({
        data: { repository: { pullRequest: { closingIssuesReferences: { nodes: [] } } } },
      }),
    });
    Deno.env.set("GITHUB_TOKEN", "t0ken");
    try {
      const args = ["corpus", repository.path, "--language", "any", "--cache", `${folder}/cache`];
      const ended = await bottega(...args, "--name", "o/r", "--forge", forge.url, "--json");
      expect(JSON.parse(ended.stdout)).toMatchObject({ units: 1, samples: 1 });
      expect(forge.requests.map(({ headers }) => headers.authorization)).toContain("Bearer t0ken");
      const told = [ended.stdout, ended.stderr];
      for (const entry of Deno.readDirSync(`${folder}/cache/forge`)) {
        const inside = `${folder}/cache/forge/${entry.name}`;
        for (const { name } of Deno.readDirSync(inside)) told.push(await text(`${inside}/${name}`));
      }
      expect(told.length).toBeGreaterThan(5);
      expect(told.join()).not.toContain("t0ken");
      const unnamed = await bottega(...args, "--forge", forge.url);
      expect([unnamed.code, unnamed.stderr]).toEqual([1, expect.stringContaining("owner/name")]);
    } finally {
      Deno.env.delete("GITHUB_TOKEN");
    }
  });
});

test("near duplicates are left out at the end, and accounted for", async () => {
  const path = `${folder}/distinct.jsonl`;
  const filters = { ...NO_FILTERS };
  const plain = await makeCorpus([repository.path], optionsFor(path, { filters }));
  const before = await samplesIn(path);
  const out = { path, run: {}, nearDuplicates: 0.6 };
  const { retention } = await makeCorpus([repository.path], optionsFor(path, { filters, out }));
  const after = await samplesIn(path);
  const removed = retention.dropped["near-duplicate"]?.units ?? 0;
  expect(removed).toBeGreaterThan(1);
  expect(after.length).toBe(before.length - removed);
  expect(after[0]).toEqual(before[0]);
  expect(retention.kept.units).toBe(after.length);
  expect(retention.kept.tokens + (retention.dropped["near-duplicate"]?.tokens ?? 0))
    .toBe(plain.retention.kept.tokens);
  expect(retention.within[8192]?.units).toBe(after.length);
});

async function samplesIn(path: string) {
  const source = await openFileSource(path);
  const samples = [];
  for await (const file of source.files()) {
    for await (const read of readSamples(file)) {
      if (!isSample(read)) throw new Error(read.reason);
      samples.push(read);
    }
  }
  await source.close();
  return samples;
}

test("a clone is called as where it came from, so that benchmarks are known", async () => {
  await using clone = await makeRepository([{ files: { "a.py": "1\n" } }]);
  const reported = async () => {
    const { sources, retention } = await makeCorpus([clone.path], {
      kind: "python",
      filters: defaultFilters("python"),
      tokenizer,
    });
    return [sources[0]?.repository, retention.dropped["benchmark"]?.units];
  };
  expect(await reported()).toEqual([clone.path.split("/").at(-1), undefined]);
  await clone.git("remote", "add", "origin", "git@github.com:pallets/flask.git");
  expect(await reported()).toEqual(["pallets/flask", 1]);
  await clone.git("remote", "set-url", "origin", "https://me@example.org/group/o/r/");
  expect(await reported()).toEqual(["o/r", undefined]);
});

test("--walk-only reads every blob and tells how long it took", async () => {
  const report = await bottegaJson(
    "corpus",
    repository.path,
    "--walk-only",
    "--commits",
    "10",
    "--json",
  );
  expect(report).toMatchObject({ commits: 10, walkSeconds: expect.any(Number) });
});
