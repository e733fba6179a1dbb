/** What filters left, one sample, units as they come. */
import { describe, expect, test } from "vitest";
import { makeSample, RetentionCounter } from "../../src/corpus/mod.ts";
import { retentionPlot, sampleView, sourcePicker, unitFeed } from "../../src/plot/mod.ts";
import { find, findAll, headlessDocument } from "../support/plot.ts";

const document = headlessDocument();

describe("what the filters left", () => {
  const counter = new RetentionCounter();
  for (let i = 0; i < 6; i++) counter.add({ tokens: 1_000 });
  counter.add({ tokens: 50_000, reason: "tokens" });
  for (let i = 0; i < 3; i++) counter.add({ tokens: 10, reason: "bot" });
  counter.omit({ binary: 2 });

  test("a bar for all, one a filter from the most to the least, one for what is kept", () => {
    const plot = retentionPlot(counter.retention, { document });
    expect(find(plot, "figcaption").textContent).toContain("6 samples of 10 units, 6K tokens");
    const [bars, contexts] = findAll(plot, "svg");
    expect(bars?.getAttribute("aria-description")).toBe(
      "looked at 10, bot 3, tokens 1, kept 6",
    );
    const rects = findAll(bars!, "rect").map((rect) => [
      Number(rect.getAttribute("x")),
      Number(rect.getAttribute("width")),
    ]) as [number, number][];
    const [all, bot, tokens, kept] = rects as [
      [number, number],
      [number, number],
      [number, number],
      [number, number],
    ];
    expect(bot[1] / all[1]).toBeCloseTo(0.3);
    // Each begins where the next one ends, down to what is kept.
    expect(bot[0]).toBeCloseTo(tokens[0] + tokens[1]);
    expect(tokens[0]).toBeCloseTo(kept[0] + kept[1]);
    expect(contexts?.getAttribute("aria-description")).toBe(
      "up to 8k 6, up to 16k 6, up to 32k 6, up to 64k 7, up to 128k 7",
    );
    expect(plot.textContent).toContain("Changes that no sample tells: 2 binary.");
  });

  test("by tokens, and of nothing", () => {
    const plot = retentionPlot(counter.retention, { document, by: "tokens" });
    expect(findAll(plot, "svg")[0]?.getAttribute("aria-description")).toBe(
      "looked at 56,030, tokens 50,000, bot 30, kept 6,000",
    );
    const empty = retentionPlot(new RetentionCounter().retention, { document });
    expect(empty.outerHTML).not.toContain("NaN");
  });
});

describe("one sample", () => {
  const sample = makeSample(
    {
      id: "o/r#1",
      kind: "general",
      repo: "o/r",
      base: "a".repeat(40),
      texts: "partly-refined",
      commits: [{ oid: "b", message: "", edits: [] }],
    },
    [
      { role: "context", text: "<b>not bold</b>\n" },
      { role: "file", text: "line\n".repeat(100) },
      { role: "edit", text: "@@ -1 +1 @@\n-old\n+new\n" },
    ],
  );

  test("each stretch in the colour of its role, long ones folded, patches in theirs", () => {
    const view = sampleView(sample, { document, tokens: 1234, mask: true });
    expect(find(view, "header").textContent).toContain(
      "o/r#1general · 1,234 tokens · 1 commit · 0 edits · base aaaaaaaaaaaa · words partly refined",
    );
    const segments = findAll(view, ".segment");
    expect(segments.map(({ title }) => title)).toEqual(["context", "file", "edit"]);
    expect(segments[0]?.getAttribute("style")).toContain("--bottega-context");
    expect(segments[0]?.textContent).toBe("<b>not bold</b>");
    expect(findAll(view, "details")).toHaveLength(1);
    expect(find(segments[2]!, ".diff-added").textContent).toBe("+new");
    expect(segments.map(({ className }) => className.includes("masked"))).toEqual(
      [true, true, false],
    );
    expect(sampleView(null, { document }).textContent).toContain("Select a sample");
  });
});

describe("units as they come", () => {
  test("the newest on top, the sum above, no more than a page holds", () => {
    const feed = unitFeed({ document });
    feed.add({ id: "a", title: "<i>One</i>", tokens: 1200 });
    feed.add({ id: "b", title: "", reason: "bot", tokens: 5 });
    expect(find(feed, ".summary").textContent).toBe("1 sample of 1,200 tokens, 1 left out");
    expect(findAll(feed, "li").map((item) => item.textContent)).toEqual([
      "✕bbot",
      "●<i>One</i>1,200 tokens",
    ]);
    for (let i = 0; i < 300; i++) feed.add({ id: String(i), title: "", tokens: 1 });
    expect(findAll(feed, "li")).toHaveLength(200);
  });
});

test("a source picker without modes opens histories", () => {
  const picker = sourcePicker({ document, modes: false });
  document.body.append(picker);
  expect(findAll(picker, '[type="radio"]')).toHaveLength(0);
  find<HTMLInputElement>(picker, '[type="text"]').value = "https://example.org/r.git";
  find(picker, ".open").click();
  expect(picker.value).toEqual({ source: "https://example.org/r.git", history: true });
});
