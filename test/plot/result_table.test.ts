/** Tables of results, and curves of rates. */
import { describe, expect, test } from "vitest";
import { rateCurves, resultTable } from "../../src/plot/mod.ts";
import { find, findAll, headlessDocument } from "../support/plot.ts";

const document = headlessDocument();

describe("a table of results", () => {
  const table = resultTable({
    title: "Resolved",
    caption: "of <few> tasks",
    columns: [
      { name: "recipe" },
      { name: "resolved", group: "here" },
      { name: "tokens", group: "here", numeric: true },
      { name: "72B", group: "the paper", numeric: true },
    ],
    rows: [
      {
        id: "row-a",
        cells: [
          "ctx",
          {
            text: "40.0%",
            rate: { value: 0.4, low: 0.25, high: 0.6 },
            detail: "of 20 tasks",
            links: [{ text: "seed 1", href: "#row-b", about: "run b" }],
          },
          12,
          null,
        ],
      },
      { id: "row-b", cells: ["<i>env</i>"], muted: true },
    ],
  }, { document });

  test("has a heading for each column and for each group of them", () => {
    const [groups, names] = findAll(table, "thead tr");
    expect(
      [...groups?.children ?? []].map((cell) => [cell.textContent, cell.getAttribute("colspan")]),
    )
      .toEqual([["", "1"], ["here", "2"], ["the paper", "1"]]);
    expect([...names?.children ?? []].map(({ textContent }) => textContent))
      .toEqual(["recipe", "resolved", "tokens", "72B"]);
  });

  test("draws an interval, tells it in words, and links to where a figure comes from", () => {
    const interval = find(table, ".interval");
    expect(interval.getAttribute("aria-label")).toBe("25% to 60%");
    expect(interval.getAttribute("style")).toBe("--low: 25%; --high: 60%; --value: 40%");
    const link = find(table, "a");
    expect([link.getAttribute("href"), link.textContent]).toEqual(["#row-b", "seed 1"]);
    expect(find(table, "tr[id='row-b']").className).toBe("muted");
  });

  test("says what was not measured, and takes text for text", () => {
    const [first, second] = findAll(table, "tbody tr");
    expect([...first?.children ?? []].at(-1)?.textContent).toBe("–");
    expect([...second?.children ?? []].map(({ textContent }) => textContent))
      .toEqual(["<i>env</i>", "–", "–", "–"]);
    expect(find(table, "figcaption").textContent).toBe("Resolvedof <few> tasks");
  });

  test("without rows says why", () => {
    const none = resultTable(
      { title: "T", columns: [{ name: "a" }], rows: [], empty: "Not run." },
      { document },
    );
    expect(find(none, ".empty").textContent).toBe("Not run.");
    expect(findAll(none, "table")).toEqual([]);
  });
});

describe("curves of rates", () => {
  const curves = [{
    name: "ctx",
    points: [
      { at: 10, value: 0.1, low: 0, high: 0.2 },
      { at: 100, value: 0.3, low: 0.2, high: 0.4 },
      { at: 0, value: 0.9 },
    ],
    fit: { slope: 0.2, intercept: -0.1, r2: 0.875 },
  }, { name: "env", points: [{ at: 1000, value: 0.4 }] }];
  const options = { document, title: "Along", label: "tokens" };

  test("have a point, an interval and a fit each, and say so in words", () => {
    const plot = rateCurves(curves, options);
    expect(find(plot, "svg").getAttribute("aria-description")).toBe(
      "ctx: 10%, 0% to 20% at 10 tokens; ctx: 30%, 20% to 40% at 100 tokens; env: 40% at 1,000 tokens",
    );
    expect(find(plot, ".legend").textContent).toContain("ctx (R² 0.88)");
    const links = findAll(plot, '[aria-label="link"] path, [aria-label="link"] line');
    // One fit, two intervals.
    expect(links).toHaveLength(3);
    expect(plot.innerHTML).not.toContain("NaN");
  });

  test("without a point say that nothing was measured", () => {
    const plot = rateCurves([], { ...options, empty: "Not measured." });
    expect(find(plot, ".empty").textContent).toBe("Not measured.");
  });
});
