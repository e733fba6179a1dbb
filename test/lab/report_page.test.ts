/** A report as people read it: beside the paper, with links to every run, whole or in parts. */
import miniCpuReport from "../../notebooks/data/results/mini-cpu.report.json" with { type: "json" };
import { describe, expect, test } from "vitest";
import { writeReportPage } from "../../src/lab/headless.ts";
import { type AblationReport, ablationView, reportPage } from "../../src/lab/mod.ts";
import { memoryRunFiles } from "../../src/train/mod.ts";
import { madeUpReport } from "../support/ablation_report.ts";
import { find, findAll, headlessDocument } from "../support/plot.ts";

const document = headlessDocument();
const rowsOf = (root: ParentNode, part: string) =>
  findAll(find(root, `[data-part="${part}"]`), "tbody tr").map((row) =>
    [...row.children].map(({ textContent }) => textContent)
  );

describe("a report", () => {
  const view = ablationView(madeUpReport, { document, folder: "" });

  test("has table 1 beside the paper's, and says what was not run", () => {
    const rows = rowsOf(view, "table 1");
    expect(
      rows.map(([mid, sft, here, , small, large]) => [mid, sft, here?.slice(0, 7), small, large]),
    )
      .toEqual([
        ["none", "weak", "not run", "34.8", "38.0"],
        ["none", "strong", "25.0%5.", "53.0", "56.6"],
        ["factorized", "weak", "not run", "–", "≈ 46.0"],
        ["factorized", "strong", "not run", "–", "56.2"],
        ["ctx", "weak", "not run", "39.5", "46.4"],
        ["ctx", "strong", "not run", "54.1", "58.2"],
        ["ctx+env", "strong", "65.0%45", "56.1", "58.5"],
      ]);
    expect(find(view, '[data-part="table 1"] figcaption').textContent).toMatch(
      /20 held-out MiniSWE tasks at temperature 0 by models of 1,000,000 parameters, 2 seeds \(1, 2\)/,
    );
  });

  test("tells when seeds had tasks of their own", () => {
    const { spec } = madeUpReport;
    const report = {
      ...madeUpReport,
      spec: { ...spec, evaluate: { ...spec.evaluate, apart: true } },
    };
    const apart = ablationView(report, { document, folder: "", parts: ["table 1"] });
    expect(find(apart, '[data-part="table 1"] figcaption').textContent).toContain(
      "2 seeds (1, 2), each on tasks of its own, with 95 % intervals",
    );
  });

  test("has tables 3 and 4 beside the paper's", () => {
    expect(rowsOf(view, "table 4").map(([mid, sft, here]) => [mid, sft, here?.slice(0, 5)]))
      .toEqual([
        ["env", "none", "not r"],
        ["ctx+env", "none", "40.0%"],
        ["ctx", "strong", "not r"],
        ["ctx+env", "strong", "65.0%"],
      ]);
    const [base, , after, choices] = rowsOf(view, "table 3");
    expect(base?.slice(0, 2)).toEqual(["none", "functions to complete"]);
    expect(after?.slice(3)).toEqual(["+30.0", "HumanEval", "58.2 → 81.4+23.3", "64.3 → 76.7+12.5"]);
    expect(choices?.[3]).toBe("−2.0");
  });

  test("has figure 4 with its fit, beside the paper's", () => {
    const [ours, paper] = findAll(find(view, '[data-part="figure 4"]'), ".bottega-chart svg");
    expect(ours?.getAttribute("aria-description")).toContain(
      "ctx+env: 40%, 30% to 50% at 1,500,000",
    );
    expect(paper?.getAttribute("aria-description")).toContain("72B: 54.8% at 5,350 steps");
    expect(find(view, '[data-part="figure 4"] .legend').textContent).toContain("R² 0.97");
  });

  test("says what was decided, and by which test", () => {
    expect(find(view, '[data-part="summary"]').textContent).toContain(
      'The comparison that was to decide, on test: "ctx+env / strong" against "none / strong" differs ' +
        'by +40.0 points (+10.0 to +70.0): "ctx+env / strong" resolves more (p = 0.040, paired t over ' +
        "seeds, at a level of 0.05).",
    );
    expect(rowsOf(view, "comparisons").map(([mark]) => mark)).toEqual(["decidesfor second", ""]);
  });

  test("links every figure to a run that it names, and every run to its files", () => {
    const rows = new Set(findAll(view, "tr[id]").map(({ id }) => id));
    const inside = findAll(view, "a[href^='#']").map((link) => link.getAttribute("href") ?? "");
    expect(inside.length).toBeGreaterThan(20);
    expect(inside.filter((href) => !rows.has(href.slice(1)))).toEqual([]);
    const files = findAll(view, '[data-part="runs"] a:not([href^="#"])')
      .map((link) => link.getAttribute("href"));
    expect(files).toContain("stages/base-1/events.jsonl");
    expect(find(view, '[data-part="summary"] a').getAttribute("href")).toBe("spec.json");
    expect(find(view, '[data-part="spec"] pre').textContent).toContain('"name": "made up"');
  });

  test("leads to a run's row by a click, and leaves the page's address alone", () => {
    document.body.append(view);
    const link = find(view, '[data-part="cells"] a');
    const { MouseEvent } = document.defaultView ?? globalThis;
    const click = new MouseEvent("click", { bubbles: true, cancelable: true });
    link.dispatchEvent(click);
    expect(click.defaultPrevented).toBe(true);
    expect(document.activeElement?.id).toBe(link.getAttribute("href")?.slice(1));
  });

  test("is a page without script, in which text stays text", () => {
    const page = reportPage(madeUpReport, { document });
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script/i);
    expect(page).toContain("Asks &lt;nothing&gt; &amp; shows everything.");
    expect(page).not.toContain("NaN");
    expect(page).toContain("a device that was not recorded");
  });
});

test("is written into the run's folder, with what the stages were trained on", async () => {
  const files = memoryRunFiles();
  const adapters = ["a graphics card", "a processor"];
  const stages = madeUpReport.stages.map((stage, i) => ({
    ...stage,
    adapter: adapters[i % 2] ?? "",
  }));
  await writeReportPage(files, { ...madeUpReport, stages });
  const file = await files.read("report.html");
  const page = new TextDecoder().decode(await file?.read(0, file.sizeBytes));
  expect(page).toContain("Trained on a graphics card and a processor; spec ");
  expect(page).toContain('href="stages/base-1/spec.json"');
});

test("recipes stand beside each other with the same fine-tuning", () => {
  // Two of its mid-trainings have one size of the sweep alone.
  const report = miniCpuReport as unknown as AblationReport;
  const view = ablationView(report, { document, parts: ["table 1", "table 4"] });
  const sizes = findAll(view, "tbody tr").flatMap(({ children: [, sft] }) =>
    sft?.textContent?.startsWith("strong") ? [sft.textContent] : []
  );
  expect(sizes.length).toBeGreaterThan(4);
  expect(new Set(sizes)).toEqual(new Set(["strong 0.2M"]));
});

test("a report of which hardly anything is there says what is missing and how to get it", () => {
  const empty: AblationReport = {
    ...madeUpReport,
    cells: [],
    primary: null,
    comparisons: [],
    midCurves: [],
    stages: [],
    contamination: { method: "", kinds: {}, common: 0, leaks: [] },
  };
  const view = ablationView(empty, { document });
  expect(findAll(view, ".empty").map(({ textContent }) => textContent)).toEqual([
    expect.stringContaining("compare lists pairs"),
    expect.stringContaining("measure.alongMid"),
    expect.stringContaining("several sizes"),
    expect.stringContaining("measure.transfer"),
    "No cell has been run yet.",
    expect.stringContaining("measure.oracle"),
    "Not looked for.",
    "Nothing has been trained yet.",
  ]);
  expect(rowsOf(view, "table 1").every(([, , here]) => here === "not run")).toBe(true);
  expect(view.textContent).toContain("No comparison was named to decide.");
});
