/** An ablation in a worker: its events arrive, it is stopped, and goes on where it was. */
import { afterAll, expect, test } from "vitest";
import type { AblationEvent } from "../../src/lab/mod.ts";
import { connect } from "../../src/remote/mod.ts";
import { TINY_ABLATION, tinyStage } from "../support/tiny_ablation.ts";

const workbench = connect();
afterAll(() => workbench.close());

const spec = {
  ...TINY_ABLATION,
  base: tinyStage({ code: 1 }, 1024),
  // Long enough for an abort to be heard in it, on a busy machine too.
  mid: { none: [], ctx: [tinyStage({ ctx: 1 }, 8192)] },
  sft: { none: [] },
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
}, 300_000);

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
