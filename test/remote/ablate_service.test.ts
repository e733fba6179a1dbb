/** An ablation in a worker: its events arrive, it is stopped, and goes on where it was. */
import { afterAll, expect, test } from "vitest";
import type { AblationEvent } from "../../src/lab/mod.ts";
import { connect } from "../../src/remote/mod.ts";

const workbench = connect();
afterAll(() => workbench.close());

const stage = {
  data: { code: 1 },
  tokens: 1024,
  epochs: 50,
  batch: 1,
  learningRate: { peak: 1e-3 },
  mask: "all",
};

const spec = {
  name: "tiny",
  seeds: [1],
  world: { seed: 3, tasks: 20 },
  tokenizer: { vocabularySize: 320 },
  model: {
    architectures: ["Qwen2ForCausalLM"],
    hidden_size: 16,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    intermediate_size: 32,
    max_position_embeddings: 512,
    tie_word_embeddings: true,
  },
  base: stage,
  mid: { none: [], ctx: [{ ...stage, data: { ctx: 1 } }] },
  sft: { none: [] },
  gate: null,
  evaluate: { test: 1, steps: 1, maxTokens: 4, batch: 1 },
};

test("an ablation is stopped, goes on where it was, and ends with its table", async () => {
  const controller = new AbortController();
  const before: AblationEvent[] = [];
  const stopped = workbench.ablate(spec, {
    device: "cpu",
    signal: controller.signal,
    onEvent(event) {
      before.push(event);
      if (event.type === "cell") controller.abort(new Error("enough"));
    },
  });
  await expect(stopped).rejects.toThrow("enough");
  expect(trained(before)).toContain("base");

  const after: AblationEvent[] = [];
  const phases = new Set<string>();
  const { report, adapter } = await workbench.ablate(spec, {
    device: "cpu",
    onEvent: (event) => after.push(event),
    onProgress: ({ phase }) => phases.add(phase),
  });
  expect(adapter).toBeNull();
  expect(trained(after)).toEqual(["mid ctx 1"]);
  // The world was kept as well.
  expect([...phases]).not.toContain("teacher");
  expect(report.cells.map(({ name }) => name)).toEqual(["none / none", "ctx / none"]);
  expect(after.filter(({ type }) => type === "cell")).toHaveLength(2);
}, 60_000);

test("what is no ablation is refused with the lab's own word for it", async () => {
  const wrong = workbench.ablate({ ...spec, sead: 1 }, { device: "cpu" });
  await expect(wrong).rejects.toMatchObject({ name: "LabError", code: "spec" });
  await expect(wrong).rejects.toThrow('There is no key "sead".');
});

function trained(events: readonly AblationEvent[]): string[] {
  return events.flatMap((event) =>
    event.type === "training" && event.event.type === "end" && event.event.reason === "done"
      ? [event.name]
      : []
  );
}
