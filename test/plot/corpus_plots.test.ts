/** Charts of corpora side by side: lengths, n-grams, fertility, packing, mismatch, behaviour, leaks. */
import { describe, expect, test } from "vitest";
import {
  behaviourPlot,
  type ComparedCorpus,
  duplicateList,
  fertilityPlot,
  leakList,
  mismatchPlot,
  ngramPlot,
  packingPlot,
  segmentLengthPlot,
  toolPlot,
} from "../../src/plot/mod.ts";
import {
  type CorpusFigures,
  corpusFigures,
  decontamination,
  measureCorpus,
} from "../../src/corpus/mod.ts";
import { actionLog, agentBehaviour, type Mismatch } from "../../src/stats/mod.ts";
import { loadTokenizer } from "../../src/tokenizer/mod.ts";
import { find, findAll, headlessDocument } from "../support/plot.ts";

const document = headlessDocument();
const [tokenizer, other] = await Promise.all([loadTokenizer("r50k_base"), loadTokenizer("qwen3")]);

const bash = (command: string) =>
  `<function=bash>\n<parameter=command>${command}</parameter>\n</function>`;
const TEXTS = ["a b c d e f g h ".repeat(40), "def add(a, b):\n    return a + b\n".repeat(200)];

async function corpusOf(name: string, texts: readonly string[]): Promise<ComparedCorpus> {
  const documents = texts.map((text, i) => ({
    id: `${i}`,
    segments: [
      { role: "problem", text },
      { role: "thought", text: "I see." },
      { role: "action", text: bash("pytest -q") },
      { role: "observation", text: "1 passed" },
    ],
  }));
  const roles = ["problem", "thought", "action", "observation"];
  const measure = await measureCorpus(documents, { tokenizer, others: [other], roles, gpu: null });
  const figures = await corpusFigures(measure, { tokenizer, gpu: null });
  return { name, figures, statistics: measure.statistics };
}

const corpora = [await corpusOf("D_ctx", TEXTS), await corpusOf("code", ["x = 1\n".repeat(99)])];
const [first] = corpora as [ComparedCorpus];
const empty = await corpusOf("nothing", []);

/** Bars as wide as their values say, in the order of the marks. */
const widths = (root: Element, mark = "bar") =>
  findAll(root, `[aria-label="${mark}"] rect`).map((rect) => Number(rect.getAttribute("width")));

describe("every chart", () => {
  const charts: [string, (figures: ComparedCorpus[]) => HTMLElement][] = [
    ["lengths", ([corpus]) => segmentLengthPlot(corpus!.figures.lengths, { document })],
    ["n-grams", (corpora) => ngramPlot(corpora, { document })],
    ["fertility", (corpora) => fertilityPlot(corpora, { document })],
    ["packing", (corpora) => packingPlot(corpora, { document })],
    ["tools", ([corpus]) => toolPlot(corpus!.figures.behaviour, { document })],
    ["behaviour", ([corpus]) => behaviourPlot(corpus!.figures.behaviour, { document })],
    ["duplicates", ([corpus]) => duplicateList(corpus!.figures.duplicates, { document })],
  ];

  test.each(charts)(
    "%s: is drawn for corpora, for one without documents, and says what it shows",
    (_, draw) => {
      const drawn = draw(corpora);
      for (const svg of findAll(drawn, "svg")) expect(svg.getAttribute("aria-label")).toBeTruthy();
      expect(drawn.outerHTML).not.toContain("NaN");
      expect(draw([empty]).outerHTML).not.toContain("NaN");
    },
  );

  test("names from outside stay text", () => {
    const evil = [{ ...first, name: "<img onerror=1>" }];
    for (const draw of [ngramPlot, fertilityPlot, packingPlot]) {
      expect(findAll(draw(evil, { document }), "img")).toEqual([]);
    }
  });
});

describe("lengths by sample, step and role", () => {
  test("has a row for each that occurs, with a wider bar where lengths differ more", () => {
    const plot = segmentLengthPlot(first.figures.lengths, { document });
    expect(find(plot, "svg").textContent).toMatch(
      /sample.*step.*problem.*thought.*action.*observation/,
    );
    const [sample, step, problem, thought] = widths(plot);
    expect(sample).toBeGreaterThan(step!);
    expect(problem).toBeGreaterThan(thought!);
  });
});

describe("fertility", () => {
  test("has a bar for each vocabulary and corpus, as long as its value", () => {
    const plot = fertilityPlot(corpora, { document });
    const values = corpora.flatMap(({ figures }) =>
      figures.fertility.map(({ perByte }) => perByte)
    );
    const bars = widths(plot);
    expect(bars).toHaveLength(4);
    const order = (list: readonly number[]) =>
      list.map((_, i) => i).toSorted((a, b) => list[a]! - list[b]!);
    const byVocabulary = [values[0]!, values[2]!, values[1]!, values[3]!];
    expect(order(bars)).toEqual(order(byVocabulary));
    expect(find(plot, "figcaption").textContent).toContain("Tokens a byte");
    expect(find(fertilityPlot(corpora, { document, by: "line" }), "figcaption").textContent)
      .toContain("Tokens a line");
  });
});

describe("mismatch", () => {
  const mismatch: Mismatch = { tokens: 0.25, ngrams: { 2: 0.5 }, tools: null, toolPairs: 1 };
  const pairs = [{ a: "D_ctx", b: "D_env", mismatch }];

  test("stands in both directions, with its value and a darker field where it is more", () => {
    const texts = (of?: "tools" | "toolPairs" | number) =>
      findAll(mismatchPlot(pairs, { document, of }), '[aria-label="text"] text')
        .map(({ textContent }) => textContent);
    expect(texts()).toEqual(["0.250", "0.250"]);
    expect(texts(2)).toEqual(["0.500", "0.500"]);
    expect(texts("tools")).toEqual(["—", "—"]);
    expect(texts(7)).toEqual(["—", "—"]);
    const opacity = (of: "tokens" | "toolPairs") =>
      Number(
        find(mismatchPlot(pairs, { document, of }), '[aria-label="cell"] rect')
          .getAttribute("fill-opacity"),
      );
    expect(opacity("toolPairs")).toBeGreaterThan(opacity("tokens"));
  });
});

describe("behaviour", () => {
  test("counts trajectories by what was done in them; much of it shares the last bar", async () => {
    const call = (command: string) => ({ name: "bash", arguments: { command }, text: command });
    const log = actionLog([
      ["pytest"],
      ["sed -i s/a/b/ x", "pytest", "sed -i s/b/c/ x"],
      Array.from({ length: 30 }, () => "pytest"),
    ].map((commands) => commands.map(call)));
    const behaviour = await agentBehaviour(log, null);
    const plot = behaviourPlot(behaviour, { document });
    expect(find(plot, "figcaption").textContent).toContain("100% of 3 trajectories ran a test");
    const [edits, tests] = findAll(plot, "svg").map((svg) => svg.getAttribute("aria-description"));
    expect(edits).toMatch(/^0: 2, 1: 0, 2: 1,/);
    expect(tests).toMatch(/^0: 0, 1: 2,.*12 or more: 1$/);
    const tools = toolPlot(behaviour, { document });
    expect(tools.textContent).toContain("bash pytest");
    expect(tools.textContent).toContain("32 · 94.1%");
  });
});

describe("near duplicates", () => {
  test("are told as a share, with the names of what is alike", () => {
    const figures: CorpusFigures["duplicates"] = {
      documents: 10,
      duplicates: 3,
      threshold: 0.8,
      clusters: [[1, 4, 7], [2, 3]],
    };
    const list = duplicateList(figures, { document, nameOf: (k) => `commit ${k}` });
    expect(list.textContent).toContain("3 of 10 documents (30%)");
    expect(findAll(list, "li").map(({ textContent }) => textContent)).toEqual([
      "3 alike: commit 1 · commit 4 · commit 7",
      "2 alike: commit 2 · commit 3",
    ]);
  });
});

describe("leaks", () => {
  test("item and document stand side by side, what they share is marked, text stays text", async () => {
    const text = `${TEXTS[1]} <b>bold</b> `;
    const check = decontamination([{ id: "item", text }], { tokenizer, gpu: null });
    const documents = [{ id: "doc", segments: [{ role: "file", text: `before ${text}` }] }];
    for await (const { leak } of check.check(documents)) expect(leak?.item).toBe("item");
    const list = leakList(check.report(), { document });
    expect(list.textContent).toContain("1 of 1 document hold 10% or more of an item's 13-grams");
    expect(findAll(list, "details.out pre")).toHaveLength(2);
    expect(find(list, "mark").textContent).toContain("return a + b");
    expect(findAll(list, "b")).toEqual([]);
  });
});
