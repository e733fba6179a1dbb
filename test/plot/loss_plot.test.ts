/** Loss curves that grow. */
import { expect, test } from "vitest";
import { lossPlot } from "../../src/plot/mod.ts";
import type { StepEvent, TrainingEvent } from "../../src/train/mod.ts";
import { find, findAll, headlessDocument } from "../support/plot.ts";

const document = headlessDocument();

const stepOf = (step: number, lossNats: number): StepEvent => ({
  type: "step",
  step,
  stage: "base",
  lossNats,
  gradientNorm: 1,
  learningRate: 1e-3,
  tokens: step,
  tokensPerSecond: 1234,
  utilization: 0.25,
  leftMs: 90_000,
});
const end: TrainingEvent = { type: "end", step: 3, reason: "done" };

test("draws each run in its colour, as events come", async () => {
  const plot = lossPlot({ document, vocabularySize: 257 });
  expect(plot.textContent).toContain("No step was done yet.");
  plot.add("small", stepOf(1, 5));
  plot.add("small", stepOf(2, 4));
  plot.add("small", { type: "evaluation", step: 2, lossNats: 4.5, lossTokens: 9 });
  await expect.poll(() => findAll(plot, "svg").length).toBe(1);
  plot.add("large", stepOf(1, 5));
  plot.add("large", stepOf(3, 3));
  plot.add("large", end);
  expect(find(plot, ".legend").textContent).toBe("▬ small▬ large● held out┄ guessing, 5.55");
  const lines = findAll(plot, 'svg [aria-label="line"]');
  expect(new Set(lines.map((line) => line.getAttribute("stroke")))).toEqual(
    new Set(["#0072b2", "#d55e00"]),
  );
  expect(findAll(plot, 'svg [aria-label="dot"] circle')).toHaveLength(1);
  expect(find(plot, ".readout").textContent)
    .toBe(
      "large: step 3, 3.000 nats, 1.23K tokens/s, 25% of the speed of matrix products, 1 min 30 s left",
    );
});

test("ten thousand steps are thinned", () => {
  const steps = Array.from({ length: 10_000 }, (_, i) => stepOf(i + 1, 5 - i / 5000));
  const plot = lossPlot({ document, runs: { long: steps } });
  const [line] = findAll(plot, 'svg [aria-label="line"] path');
  const points = line!.getAttribute("d")!.split(/[LM]/).length - 1;
  expect(points).toBeLessThan(700);
  expect(points).toBeGreaterThan(500);
  expect(plot.innerHTML).not.toContain("NaN");
});
