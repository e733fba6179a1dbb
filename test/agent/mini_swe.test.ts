import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { openEnvironment } from "../../src/agent/mod.ts";
import { BUG_KINDS, mutations } from "../../src/agent/mini_swe/bug_kinds.ts";
import { openCallRunner } from "../../src/agent/mini_swe/call_results.ts";
import { planFunction } from "../../src/agent/mini_swe/function_plan.ts";
import { DOMAINS } from "../../src/agent/mini_swe/idiom.ts";
import { HARD_DOMAINS, HELD_IDIOMS, IDIOMS } from "../../src/agent/mini_swe/idioms.ts";
import { makeMiniSwe, planMiniSwe } from "../../src/agent/mini_swe/mini_swe.ts";
import type { MiniRepository } from "../../src/agent/mini_swe/mini_repository.ts";
import { seededRandom } from "../../src/agent/mini_swe/seeded_random.ts";
import { literal, makeArguments } from "../../src/agent/mini_swe/values.ts";
import { gradePatch } from "../../src/agent/tasks/grade_patch.ts";
import { openRepository } from "../../src/git/mod.ts";

let repositories: MiniRepository[];
beforeAll(async () => {
  repositories = await Array.fromAsync(makeMiniSwe({ seed: 7, count: 100 }));
});
const tasks = () => repositories.flatMap(({ tasks }) => tasks);
const share = (tag: string, value: string) =>
  tasks().filter(({ tags }) => tags?.[tag] === value).length / tasks().length;

describe("the grammar", () => {
  test("has over sixty idioms in over ten domains, each held domain and idiom among them", () => {
    expect(new Set(IDIOMS.map(({ name }) => name)).size).toBe(IDIOMS.length);
    expect(IDIOMS.length).toBeGreaterThanOrEqual(60);
    expect(new Set(IDIOMS.map(({ domain }) => domain)).size).toBe(DOMAINS.length);
    for (const domain of DOMAINS) {
      expect(IDIOMS.filter((idiom) => idiom.domain === domain).length, domain).toBeGreaterThan(4);
    }
    const names = new Set(IDIOMS.map(({ name }) => name));
    expect([...HELD_IDIOMS].filter((name) => !names.has(name))).toEqual([]);
  });

  test("every idiom runs on whatever it may be given and never gives what a test cannot hold", async () => {
    using runner = await openCallRunner();
    for (const idiom of IDIOMS) {
      for (let seed = 0; seed < 2; seed++) {
        const random = seededRandom(`${idiom.name} ${seed}`);
        const request = { name: "made", chain: [idiom], field: "cost", concealed: seed % 2 === 1 };
        const plan = planFunction(random, request);
        const calls = Array.from(
          { length: 8 },
          () => `made(${makeArguments(random, plan, "cost").map(literal).join(", ")})`,
        );
        const results = runner.run(plan.text.replace("export ", ""), calls) ?? [];
        expect(results.length, idiom.name).toBe(8);
        for (const [at, result] of results.entries()) {
          expect(result, `${calls[at]}\n${plan.text}`).toHaveProperty("value");
          expect(JSON.stringify(result)).not.toMatch(/NaN|undefined|Infinity/);
        }
      }
    }
  });

  test("a concealed constant is changed wherever it stands, and nothing else", () => {
    const rotated = IDIOMS.filter(({ name }) => name === "rotated");
    const request = { name: "made", chain: rotated, field: "cost", concealed: true };
    const random = seededRandom(3);
    const plan = planFunction(random, request);
    expect(plan.text).toContain("the usual turn");
    const [change, ...others] = mutations(plan, random);
    expect(others).toEqual([]);
    expect(change?.kind).toBe("concealed-constant");
    const slices = change?.text.matchAll(/slice\((?:0, )?(\d+)\)/g) ?? [];
    const numbers = [...slices].map(([, number]) => number);
    expect(new Set(numbers).size).toBe(1);
    expect(numbers).toHaveLength(2);
  });
});

describe("a world", () => {
  test("is the same for the same seed, and another for another", async () => {
    const again = await Array.fromAsync(makeMiniSwe({ seed: 7, count: 12 }));
    const texts = (all: readonly MiniRepository[]) => JSON.stringify(all.map(({ tasks }) => tasks));
    expect(texts(again)).toBe(texts(repositories.slice(0, 3)));
    const other = await Array.fromAsync(makeMiniSwe({ seed: 8, count: 12 }));
    expect(texts(other)).not.toBe(texts(again));
    const [one, two] = await Promise.all([again[0]?.bundle(), repositories[0]?.bundle()]);
    expect(one).toEqual(two);
  });

  test("has as many tasks as asked for", () => {
    expect(tasks()).toHaveLength(100);
    expect(new Set(tasks().map(({ id }) => id)).size).toBe(100);
    expect(planMiniSwe({ seed: 1, count: 5 }).map(({ tasks }) => tasks)).toEqual([4, 1]);
  });

  test("no module, file name, function name or held composition is in two splits", () => {
    const seen = new Map<string, string>();
    const claim = (what: string, split: string) => {
      expect(seen.get(what) ?? split, what).toBe(split);
      seen.set(what, split);
    };
    for (const { files = {}, split } of tasks()) {
      for (const [path, text] of Object.entries(files)) {
        if (path === "package.json") continue;
        claim(path, split);
        claim(text, split);
        for (const [, name] of text.matchAll(/export function (\w+)/g)) claim(`${name}()`, split);
      }
    }
    for (const { split, tags } of tasks()) {
      const held = (tags?.["composition"] ?? "").split(">").map((name) => name.split(":")[0] ?? "");
      const isHard = held.some((name) =>
        HARD_DOMAINS.includes(IDIOMS.find((idiom) => idiom.name === name)?.domain ?? "totals")
      );
      expect(isHard, tags?.["composition"]).toBe(split === "test-hard");
      if (split === "train") expect(held.filter((name) => HELD_IDIOMS.has(name))).toEqual([]);
    }
  });

  test("mistakes are of many kinds, most of them in composed functions, some told by tests alone", () => {
    const kinds = new Set(tasks().map(({ tags }) => tags?.["bug"]));
    expect(kinds.size).toBeGreaterThanOrEqual(12);
    expect(Object.keys(BUG_KINDS)).toEqual(expect.arrayContaining([...kinds]));
    expect(share("composed", "true")).toBeGreaterThanOrEqual(0.6);
    expect(share("revealed_by", "test")).toBeGreaterThanOrEqual(0.2);
    expect(share("issue", "caller")).toBeGreaterThan(0.28);
    expect(share("issue", "caller")).toBeLessThan(0.55);
    expect(new Set(tasks().map(({ tags }) => tags?.["files"]))).toEqual(new Set(["1", "2", "3"]));
  });

  test("an issue tells what a user sees, and names no answer that only a test knows", () => {
    for (const { problem, tags, patch, id } of tasks()) {
      expect(problem, id).toMatch(/`\w+\(.*\)`/);
      if (tags?.["issue"] === "caller") {
        expect(problem.includes(`${tags["function"]}(`), `${id}: ${problem}`).toBe(false);
      }
      expect(patch).toMatch(/^diff --git a\/src\//);
      expect(patch).not.toContain("test/");
      if (tags?.["revealed_by"] === "test") expect(problem).not.toMatch(/should|expect|instead/);
    }
  });

  test("its histories are what git takes: each task begins at a commit, the next repairs it", async () => {
    const [first] = repositories;
    if (first === undefined) throw new Error("no repository");
    await using folder = await temporary();
    const path = join(folder.path, "a.bundle");
    await writeFile(path, await first.bundle());
    const git = (...args: string[]) =>
      new Deno.Command("git", { args, cwd: folder.path }).outputSync();
    expect(git("clone", "-q", path, "clone").success).toBe(true);
    const log = new TextDecoder().decode(
      git("-C", "clone", "log", "--format=%H", "--reverse").stdout,
    );
    expect(log.trim().split("\n")).toEqual(first.commits.map(({ oid }) => oid));
    expect(git("-C", "clone", "fsck", "--strict").success).toBe(true);
    for (const task of first.tasks) {
      expect(git("-C", "clone", "checkout", "-q", task.base ?? "").success).toBe(true);
      await writeFile(join(folder.path, "gold.patch"), task.patch + task.testPatch);
      expect(git("-C", "clone", "apply", "--index", "../gold.patch").success).toBe(true);
      const at = first.commits.findIndex(({ oid }) => oid === task.base);
      const fixed = first.commits[at + 1]?.oid ?? "";
      const rest = git("-C", "clone", "diff", "--cached", fixed, "--");
      expect(new TextDecoder().decode(rest.stdout)).toBe("");
      git("-C", "clone", "reset", "-q", "--hard");
    }
    const repository = await openRepository({ name: "a.bundle", bundle: await first.bundle() });
    expect(await repository.resolve()).toBe(first.commits.at(-1)?.oid);
    await repository.close();
  });

  test("its tasks fail before the gold patch and pass after it", async () => {
    for (const task of tasks().filter((_task, at) => at % 7 === 0)) {
      await using environment = await openEnvironment(task);
      const before = await gradePatch(environment, task, "");
      expect(before.failToPass.success, task.id).toEqual([]);
      expect(before.passToPass.failure, task.id).toEqual([]);
      expect((await gradePatch(environment, task, task.patch)).resolved, task.id).toBe(true);
    }
  });
});

async function temporary() {
  const path = await mkdtemp(join(tmpdir(), "bottega-mini-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
