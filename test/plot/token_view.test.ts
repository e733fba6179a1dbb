/** tokenView and attentionPlot: what they show, and how a token is chosen. */
import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { attentionPlot, tokenView } from "../../src/plot/mod.ts";
import { opacityImage } from "../../src/plot/opacity_image.ts";
import { headlessDocument } from "../support/plot.ts";

const tokens = [
  { text: "def", shade: 0.5, role: "action", note: "0.5 nats" },
  { text: "\n", shade: NaN, role: "observation" },
  { text: "<b>", shade: 7 },
];

describe("tokenView", () => {
  const made = () => {
    const document = headlessDocument();
    const view = tokenView(tokens, { title: "Loss", document });
    document.body.append(view);
    const spans = [...view.querySelectorAll("pre span")] as HTMLElement[];
    const chosen = () => spans.map((span) => span.getAttribute("aria-selected"));
    return { document, view, spans, chosen };
  };

  test("shows each token with its shade and the colour of its role", () => {
    const { view, spans } = made();
    expect(spans.map(({ textContent }) => textContent)).toEqual(["def", "↵\n", "<b>"]);
    const shades = spans.map((span) =>
      /--shade: (\d+%)/.exec(span.getAttribute("style") ?? "")?.[1]
    );
    expect(shades).toEqual(["50%", "0%", "100%"]);
    expect(spans[0]!.getAttribute("style")).toContain("--bottega-action");
    expect(spans[0]!.getAttribute("title")).toBe("0.5 nats");
    expect(view.querySelector(".legend")?.textContent).toMatch(/action.*observation/);
  });

  test("is an input: by click and by key", () => {
    const { document, view, spans, chosen } = made();
    const told: number[] = [];
    view.addEventListener("input", () => told.push(view.value));
    spans[2]!.click();
    expect(chosen()).toEqual([null, null, "true"]);
    const press = (key: string) => {
      const { KeyboardEvent } = document.defaultView as unknown as typeof globalThis;
      view.querySelector("pre")!.dispatchEvent(
        new KeyboardEvent("keydown", { key, bubbles: true }),
      );
    };
    for (const key of ["ArrowRight", "ArrowLeft", "Home", "End", "x"]) press(key);
    expect(told).toEqual([2, 2, 1, 0, 2]);
    view.value = 1;
    expect(chosen()).toEqual([null, "true", null]);
    expect(told).toHaveLength(5);
  });
});

describe("attentionPlot", () => {
  test("is a picture of N × N weights", () => {
    const N = 300;
    const weights = Float32Array.from({ length: N * N }, (_, i) => i === N + 2 ? 0.25 : 0);
    const plot = attentionPlot(weights, N, { document: headlessDocument(), row: 1 });
    expect(plot.querySelector("[role=img]")?.getAttribute("aria-label")).toContain("300 × 300");
    const base64 = /base64,([^)]+)\)/.exec(plot.innerHTML)?.[1] ?? "";
    const png = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    // The data follow signature (8) and header (25).
    const data = inflateSync(png.subarray(33 + 8, png.length - 12 - 4));
    expect(data.length).toBe(N * (1 + 2 * N));
    expect(data[1 * (1 + 2 * N) + 1 + 2 * 2 + 1]).toBe(128);
    expect(data.reduce((sum, byte) => sum + byte, 0)).toBe(128);
    expect(() => attentionPlot(weights, 3, { document: headlessDocument() })).toThrow(
      /90000.*3 × 3/,
    );
  });

  test("keeps values within 0 and 1", () => {
    expect(opacityImage([2, -1], 2, 1)).toBe(opacityImage([1, 0], 2, 1));
  });
});
