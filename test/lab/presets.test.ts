/** The ablations that have a name, and the worlds that they ask for. */
import { describe, expect, test } from "vitest";
import { makeMiniCode, makeMiniSwe, splitOfName } from "../../src/agent/mod.ts";
import { hashOf } from "../../src/lab/lab.ts";
import { ABLATION_PRESETS, parseAblation, recipesOf } from "../../src/lab/mod.ts";
import feedbackReport from "../../notebooks/data/results/feedback.report.json" with {
  type: "json",
};
import miniCpuReport from "../../notebooks/data/results/mini-cpu.report.json" with { type: "json" };

const specs = Object.fromEntries(
  Object.entries(ABLATION_PRESETS).map(([name, value]) => [name, parseAblation(value)]),
);
const of = (name: string) => specs[name] ?? expect.fail(name);

describe("the presets", () => {
  test.each(Object.keys(ABLATION_PRESETS))(
    "%s is named as it is called and tells what it is",
    (name) => {
      expect(of(name).name).toBe(name);
      expect(of(name).about.length).toBeGreaterThan(60);
    },
  );

  test.each([
    ["paper", "strong"],
    ["mini", "strong"],
    ["mini-cpu", "strong 0.2M"],
    ["demo", "strong"],
    ["smoke", "strong"],
  ])("%s sets the rival beside ours", (name, sft) => {
    expect(of(name).compare).toContainEqual([`factorized / ${sft}`, `ctx+env / ${sft}`]);
  });

  test.each([["mini-cpu", miniCpuReport], ["feedback", feedbackReport]])(
    "%s is still the spec that its report in results/ was made with",
    async (name, { specKey, spec }) => {
      expect(of(name)).toEqual(parseAblation(spec));
      expect(await hashOf(of(name))).toBe(specKey);
    },
  );

  test("feedback tells further tokens of the teacher's from corrections of the model's own", () => {
    const { sft, world, mid } = of("feedback");
    expect(world.shape?.printed).toBe(0.5);
    expect(Object.keys(mid)).toEqual(["ctx+env"]);
    const [more, corrected] = ["strong + strong", "strong + corrected"].map((name) => sft[name]);
    if (!Array.isArray(more) || !Array.isArray(corrected)) return expect.fail("they are stages");
    expect(corrected[0]).toEqual(more[0]);
    expect(corrected[1]?.data).toHaveProperty("corrected");
    expect(corrected[1]?.tokens).toBe(more[1]?.tokens);
  });

  test("the paper's are its own: general changes first, batches, peaks, warm-up, masks, epochs", () => {
    const { mid, sft, evaluate } = of("paper");
    const [general, mixed] = mid["ctx+env"] ?? [];
    expect(general).toMatchObject({ data: { ctx: 1 }, tokens: 26.7e9, batch: 1024, mask: "all" });
    expect(mixed).toMatchObject({ data: { ctx: 41.9, env: 4.5 }, tokens: 46.4e9, epochs: 1 });
    expect(mixed?.learningRate).toMatchObject({
      peak: 8e-5,
      warmupShare: 0.05,
      schedule: "cosine",
    });
    const [strong] = Array.isArray(sft["strong"]) ? sft["strong"] : [];
    expect(strong).toMatchObject({ batch: 128, mask: "answers", epochs: 5, tokens: 3.5e9 });
    expect(strong?.learningRate).toMatchObject({ peak: 1e-5, warmupShare: 0.1 });
    expect(evaluate).toMatchObject({ test: 500, steps: 100 });
  });

  test("mini is the full matrix with controls, five seeds and a thousand held-out tasks", () => {
    const mini = of("mini");
    expect(mini.seeds.length).toBe(5);
    expect(mini.evaluate.test).toBe(1000);
    expect(mini.gate).toBe(0.99);
    expect(mini.primary?.compare).toEqual(["factorized / strong", "ctx+env / strong"]);
    const names = recipesOf(mini).map(({ name }) => name);
    for (const mid of ["none", "factorized", "ctx", "env", "ctx+env"]) {
      for (const sft of ["none", "weak", "strong", "sweep 0.1M", "sweep 2.4M"]) {
        expect(names).toContain(`${mid} / ${sft}`);
      }
    }
    expect(names.length).toBe(55);
  });

  test.each(["mini", "mini-cpu", "demo", "smoke"])(
    "in %s the rival reads twice the mid-training tokens of ours",
    (name) => {
      const tokens = (mid: string) =>
        (of(name).mid[mid] ?? []).reduce((sum, stage) => sum + stage.tokens, 0);
      expect(tokens("factorized")).toBeGreaterThanOrEqual(2 * tokens("ctx+env"));
    },
  );
});

describe("the world of the presets", () => {
  test("has their idioms alone, one mistake a task, and no name of training in another split", async () => {
    const { shape, splits } = of("smoke").world;
    if (!shape || !splits) return expect.fail("smoke has a shape");
    const worlds = await Array.fromAsync(makeMiniSwe({ seed: 5, count: 40, shape, splits }));
    const tasks = worlds.flatMap(({ tasks }) => tasks);
    expect(worlds.map(({ split }) => split).slice(0, 4)).toEqual(splits);
    expect(new Set(tasks.map(({ tags }) => tags?.["files"]))).toEqual(new Set(["1"]));
    const used = tasks.flatMap(({ tags }) => (tags?.["composition"] ?? "").split(">"));
    for (const part of used) expect(shape.idioms).toContain(part.split(":")[0]);
    const pathsOf = (split: string) =>
      new Set(
        tasks.filter((task) => task.split === split)
          .flatMap(({ files = {} }) =>
            Object.keys(files).filter((path) => path.startsWith("src/"))
          ),
      );
    for (const path of pathsOf("test")) {
      // Two words, each of which training may have, that it never has together.
      expect(path).toMatch(/^src\/[a-z]+[A-Z][a-z]+\.js$/);
      expect(pathsOf("train")).not.toContain(path);
    }
  });

  test("is as much about held compositions as it is asked to be", async () => {
    const composed = async (held: number) => {
      const shape = { ...of("smoke").world.shape, held };
      const made = await Array.fromAsync(
        makeMiniSwe({ seed: 6, count: 40, shape, splits: ["train", "test"] }),
      );
      const tasks = made.flatMap(({ tasks }) => tasks);
      const composedOf = (split: string) =>
        tasks.filter((task) => task.split === split).map(({ tags }) => tags?.["composed"]);
      return composedOf("test");
    };
    // What is held out are compositions of two.
    expect(await composed(1)).not.toContain("false");
    expect(await composed(0)).toContain("false");
  });

  test("code that was never run is of the training split, in the same idioms", () => {
    const { shape } = of("smoke").world;
    const files = [...makeMiniCode({ seed: 3, count: 40, ...(shape && { shape }) })];
    expect(files).toEqual([...makeMiniCode({ seed: 3, count: 40, ...(shape && { shape }) })]);
    for (const { path, text } of files) {
      expect(splitOfName(path.slice("src/".length, -".js".length))).toBe("train");
      const names = [...text.matchAll(/function (\w+)/g)].map(([, name = ""]) => name);
      expect(new Set(names.map(splitOfName))).toEqual(new Set(["train"]));
      expect(text).not.toMatch(/orders|words|text\b/);
    }
  });
});
