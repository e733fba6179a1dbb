/** Shares with intervals, and pass@k. */
import { describe, expect, test } from "vitest";
import { passAtKPlot, ratePlot } from "../../src/plot/mod.ts";
import { find, findAll, headlessDocument } from "../support/plot.ts";

const document = headlessDocument();

describe("rates", () => {
  const rates = [
    { name: "careful", value: 0.75, low: 0.5, high: 1, total: 8 },
    { name: "hasty", value: 0.25, low: 0, high: 0.5 },
  ];

  test("each has a dot within its interval, on a scale from 0 to 1", () => {
    const plot = ratePlot(rates, { document, width: 500 });
    const circles = findAll(plot, "circle");
    const lines = findAll(plot, '[aria-label="rule"] line').slice(-2);
    expect(circles).toHaveLength(2);
    const at = (element: Element | undefined, name: string) => Number(element?.getAttribute(name));
    const [first, second] = circles;
    expect(at(first, "cx")).toBeCloseTo((at(lines[0], "x1") + at(lines[0], "x2")) / 2);
    expect(at(second, "cx")).toBeCloseTo((at(lines[1], "x1") + at(lines[1], "x2")) / 2);
    expect(at(lines[0], "x1")).toBeCloseTo(at(lines[1], "x2"));
    expect(at(lines[0], "x2")).toBeLessThanOrEqual(500);
    expect(at(lines[1], "x1")).toBeGreaterThan(0);
  });

  test("are told in words", () => {
    const plot = ratePlot(rates, { document, title: "By issue", subtitle: "some" });
    expect(find(plot, "figcaption").textContent).toBe("By issuesome");
    expect(find(plot, "svg").getAttribute("aria-description"))
      .toBe("careful: 75% of 8 tasks, 50% to 100%; hasty: 25%, 0% to 50%");
    expect(ratePlot([], { document }).innerHTML).not.toContain("NaN");
  });
});

describe("pass@k", () => {
  test("a line a policy, its name at the end", () => {
    const points = ["a", "b"].flatMap((name, i) =>
      [1, 2, 3].map((k) => ({ name, k, value: (k + i) / 4 }))
    );
    const plot = passAtKPlot(points, { document, width: 400 });
    expect(findAll(plot, '[aria-label="line"] path')).toHaveLength(2);
    expect(findAll(plot, '[aria-label="dot"] path')).toHaveLength(6);
    expect(findAll(plot, '[aria-label="text"] text').map((text) => text.textContent)).toEqual([
      "a",
      "b",
    ]);
    expect(find(plot, "svg").getAttribute("aria-description")).toContain("b, pass@3: 100%");
    expect(passAtKPlot([], { document }).innerHTML).not.toContain("NaN");
  });
});
