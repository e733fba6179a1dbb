/** Roles, steps against tokens, frequent tokens. */
import { describe, expect, test } from "vitest";
import { rolePlot, stepsPlot, tokenPlot } from "../../src/plot/mod.ts";
import { visibleText } from "../../src/plot/token_plot.ts";
import {
  find,
  findAll,
  headlessDocument,
  movePointer,
  pressKey,
  recordInputs,
  rowOf,
  rowsOf,
  statisticsOf,
} from "../support/plot.ts";

const document = headlessDocument();

describe("tokens by role", () => {
  test("shares overall, and a bar for each trajectory, longest first", () => {
    const plot = rolePlot(statisticsOf([[10, 0, 20, 30, 40], [0, 100, 0, 0, 200]]), { document });
    expect(find(plot, ".legend").textContent).toBe(
      "■ system 2.5%■ problem 25%■ thought 5%■ action 7.5%■ observation 60%",
    );
    const [, bars] = findAll(plot, "svg");
    const rects = findAll(bars!, "rect");
    expect(rects).toHaveLength(10);
    const height = (i: number) => Number(rects[i]?.getAttribute("height"));
    // The longer one comes first: 200 observation tokens against 40.
    expect(height(4) / height(9)).toBeCloseTo(5);
    expect(rects.map((rect) => rect.getAttribute("fill"))[4]).toContain("--bottega-observation");
  });

  test("more than 200 trajectories are sampled, the longest among them", () => {
    const rows = Array.from({ length: 1000 }, (_, i) => [0, 0, 0, 0, 1 + (i * 617) % 1000]);
    const plot = rolePlot(statisticsOf(rows), { document });
    expect(find(plot, "figcaption").textContent).toContain("1,000 trajectories, 200 drawn below");
    const rects = findAll(findAll(plot, "svg")[1]!, "rect");
    // Only observations occur.
    expect(rects).toHaveLength(200);
    const drawn = rects.map((rect) => Number(rect.getAttribute("height"))).filter((h) => h > 0);
    expect(Math.max(...drawn)).toBe(drawn[0]);
  });

  test("an empty corpus is drawn empty", () => {
    expect(rolePlot(statisticsOf([]), { document }).innerHTML).not.toContain("NaN");
  });
});

describe("steps against tokens", () => {
  const rows = [
    rowOf(0, { steps: 10, tokens: 1000, resolved: true }),
    rowOf(1, { steps: 20, tokens: 2000, resolved: false }),
    rowOf(2, { steps: 40, tokens: null, resolved: null }),
    rowOf(3, { steps: 0, tokens: 0, resolved: null }),
  ];

  test("colour and symbol tell the outcome", () => {
    const plot = stepsPlot(rows, null, { document });
    const dots = findAll(plot, '[aria-label="dot"] path');
    // Without tokens of its own or in the statistics a row has no place.
    expect(dots).toHaveLength(3);
    expect(new Set(dots.map((dot) => dot.getAttribute("d"))).size).toBe(3);
    expect(dots[0]?.getAttribute("stroke")).toContain("--bottega-resolved");
    expect(find(plot, ".legend").textContent).toBe("● resolved 1✕ not resolved 1◇ unknown 1");
    expect(plot.innerHTML).not.toContain("NaN");
  });

  test("tokens come from the statistics where rows have none", () => {
    const plot = stepsPlot(rows, { lengths: Uint32Array.of(1, 2, 4000, 8) }, { document });
    expect(findAll(plot, '[aria-label="dot"] path')).toHaveLength(4);
  });

  test("the brush selects in both directions", () => {
    const value = { steps: [5, 15], tokens: [500, 1500] } as const;
    const plot = stepsPlot(rows, null, { document, value });
    expect(plot.value).toEqual(value);
    expect(find(plot, "output").textContent).toBe(
      "5 to 15 steps, 500 to 1,500 tokens: 1 trajectory",
    );
    const values = recordInputs(plot);
    const overlay = find(plot, ".brush-overlay");
    pressKey(overlay, "Escape");
    const box = Object.fromEntries(
      ["x", "y", "width", "height"].map((name) => [name, Number(overlay.getAttribute(name))]),
    ) as Record<"x" | "y" | "width" | "height", number>;
    movePointer(overlay, "pointerdown", box.x, box.y + box.height);
    movePointer(overlay, "pointermove", box.x + box.width, box.y);
    movePointer(overlay, "pointerup", box.x + box.width, box.y);
    expect(values[0]).toBeNull();
    expect(values[1]).toEqual({ steps: [1, 24], tokens: [1, 2600] });
    expect(find(plot, "output").textContent).toContain(": 3 trajectories");
  });

  test("100,000 rows are sampled", () => {
    const plot = stepsPlot(rowsOf(100_000), null, { document });
    expect(findAll(plot, '[aria-label="dot"] path')).toHaveLength(4000);
    expect(find(plot, "figcaption").textContent).toContain("4,000 of 100,000 trajectories drawn");
  });

  test("no rows are no error", () => {
    expect(stepsPlot([], null, { document }).value).toBeNull();
  });
});

describe("frequent tokens", () => {
  test("each has its bar, also where two look the same", () => {
    const frequent = [{ text: " the", count: 300 }, { text: "�", count: 200 }, {
      text: "�",
      count: 100,
    }];
    const plot = tokenPlot(frequent, { document });
    const widths = findAll(plot, '[aria-label="bar"] rect').map((bar) =>
      Number(bar.getAttribute("width"))
    );
    expect(widths).toHaveLength(3);
    expect(widths[0]! / widths[2]!).toBeCloseTo(3);
    expect(plot.textContent).toContain("·the");
  });

  test("markup stays text", () => {
    const plot = tokenPlot([{ text: "<script>", count: 1 }], { document });
    expect(plot.querySelector("script")).toBeNull();
    expect(plot.textContent).toContain("<script>");
  });

  test("none is told", () => {
    expect(tokenPlot([], { document }).textContent).toContain("No tokens were counted.");
  });

  test.each([
    [" a b", "·a·b"],
    ["\n\t\r", "⏎⇥↵"],
    ["\u0000\u200b\u00a0", "⟨00⟩⟨200b⟩⟨a0⟩"],
    ["\u202eevil", "⟨202e⟩evil"],
    ["x".repeat(40), `${"x".repeat(23)}…`],
    ["é漢😀", "é漢😀"],
  ])("%j is shown as %s", (text, visible) => {
    expect(visibleText(text)).toBe(visible);
  });
});
