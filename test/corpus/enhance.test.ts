import { describe, expect, test } from "vitest";
import {
  type ChangeUnit,
  type EnhancerOptions,
  memoryCache,
  openEnhancer,
} from "../../src/corpus/mod.ts";
import { type ModelServer, startModel } from "./model_server.ts";

const signature = { name: "Ada", email: "ada@example.org", timestampMs: 0 };
const commit = (message: string) => ({
  oid: "a".repeat(40),
  parents: [],
  message,
  author: signature,
  committer: signature,
  tree: "b".repeat(40),
});

const unit: ChangeUnit = {
  key: "#1",
  form: "pull-request",
  repository: { name: "o/r", description: "A thing" },
  title: "Mend it",
  body: "It was broken.",
  author: "ada",
  isBot: false,
  createdMs: 0,
  merged: true,
  discussion: [],
  base: null,
  commits: [commit("one"), commit("two")],
};
const patch = { path: "a.py", text: `diff --git a/a.py b/a.py\n${"+x\n".repeat(2_000)}END\n` };
const request = { unit, patches: [[patch], []] };

function openTest(model: ModelServer, options: Partial<EnhancerOptions> = {}) {
  return openEnhancer({ baseUrl: `${model.url}/v1`, model: "m", ...options });
}

describe("openEnhancer", () => {
  test("asks for a summary and a message a commit, as the paper does", async () => {
    await using model = await startModel({
      answer: ({ body }) => `<think>Hm.</think>\n${body.max_tokens === 512 ? "Sum" : "Message"}`,
    });
    const enhance = await openTest(model, { apiKey: "k3y" });
    expect(await enhance(request)).toEqual({
      summary: "Sum",
      messages: ["Message", "Message"],
      texts: "refined",
    });
    // Messages are asked for at once, and may arrive in any order.
    const [first, ...others] = model.requests;
    expect(first?.authorization).toBe("Bearer k3y");
    expect(first?.body).toMatchObject({
      model: "m",
      max_tokens: 512,
      temperature: 0.7,
      top_p: 0.9,
    });
    expect(first?.prompt).toContain("Mend it\nIt was broken.");
    expect(first?.prompt).toContain("A thing");
    expect(first?.prompt).not.toContain("END");
    expect(others.map(({ body }) => body.max_tokens)).toEqual([256, 256]);
    expect(others.map(({ prompt }) => /The message: (\w+)/.exec(prompt)?.[1]).sort())
      .toEqual(["one", "two"]);
  });

  test("what was answered once is not asked again, and so many are asked at once", async () => {
    await using model = await startModel({ delayMs: 50 });
    const cache = memoryCache();
    const units = Array.from({ length: 6 }, (_, i) => ({
      ...request,
      unit: { ...unit, title: `Unit ${i}` },
    }));
    const first = await openTest(model, { cache, concurrency: 3 });
    const texts = await Promise.all(units.map((unit) => first(unit)));
    expect([model.requests.length, model.mostAtOnce]).toEqual([18, 3]);
    const second = await openTest(model, { cache });
    expect(await Promise.all(units.map((unit) => second(unit)))).toEqual(texts);
    expect(model.requests).toHaveLength(18);
  });

  test("what is not answered stays as it was", async () => {
    await using model = await startModel({
      answer: ({ prompt }) => prompt.includes("The message: one") ? 400 : "Text",
    });
    const reasons: string[] = [];
    const enhance = await openTest(model, { onFallback: (reason) => reasons.push(reason) });
    expect(await enhance(request)).toMatchObject({
      messages: ["one", "Text"],
      texts: "partly-refined",
    });
    expect(reasons).toEqual([expect.stringContaining("400")]);
    const gone = await startModel();
    await gone[Symbol.asyncDispose]();
    const none = await openTest(gone);
    expect(await none(request)).toEqual({ messages: ["one", "two"], texts: "original" });
    await expect(openTest({ ...gone, url: "ftp://x" })).rejects.toThrow('"ftp://x/v1"');
  });

  test("a server that fails and fails is left alone", async () => {
    await using model = await startModel({ answer: () => 400 });
    const enhance = await openTest(model, { concurrency: 1 });
    for (let i = 0; i < 5; i++) await enhance(request);
    expect(model.requests).toHaveLength(8);
  });

  test("stops when told", async () => {
    await using model = await startModel({ delayMs: 5_000 });
    const stop = new AbortController();
    const enhance = await openTest(model);
    const asked = enhance(request, { signal: stop.signal });
    setTimeout(() => stop.abort(new Error("enough")), 30);
    await expect(asked).rejects.toThrow("enough");
  });
});
