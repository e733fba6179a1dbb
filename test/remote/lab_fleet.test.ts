/** What pieces of an ablation begin with, on the way to a fleet. */
import { expect, test } from "vitest";
import {
  ABLATION_PRESETS,
  finishedStage,
  type LabWork,
  parseAblation,
  specOfWork,
  stageKey,
  type TrainedStage,
} from "../../src/lab/mod.ts";
import { type Fleet, openLabFleet, openLocalFleet } from "../../src/remote/fleet/mod.ts";
import { memoryRunFiles, piecesOf } from "../../src/train/mod.ts";

const spec = parseAblation(ABLATION_PRESETS.smoke);

function baseOf(seed: number, of = spec): LabWork<"stage"> {
  return { name: "stage", spec: of, request: { stage: of.base, name: "base", seed, parent: null } };
}

test("a file that several pieces begin with is sent once", async () => {
  const files = memoryRunFiles();
  await files.write("world.json", piecesOf("a world"));
  await files.write("tokenizer.json", piecesOf("a vocabulary"));
  // It knows no work at all: what is sent is sent before that is found.
  await using local = openLocalFleet({});
  const written: number[] = [];
  const fleet: Fleet = {
    ...local,
    data: {
      ...local.data,
      write: (bytes) => {
        written.push(bytes.length);
        return local.data.write(bytes);
      },
    },
  };
  await using pieces = openLabFleet(fleet, { files });
  const ends = await Promise.allSettled([1, 2, 3].map((seed) => pieces.worker(baseOf(seed))));
  expect(ends.map((end) => end.status === "rejected" && end.reason.code))
    .toEqual(["dead-letter", "dead-letter", "dead-letter"]);
  expect(written.toSorted((a, b) => a - b)).toEqual([7, 12]);
});

test("a stage that the ablation's files have is asked of nobody", async () => {
  await using fleet = openLocalFleet({});
  const files = memoryRunFiles();
  const work = baseOf(1);
  const { request } = work;
  expect(await finishedStage(request, { spec, files })).toBeNull();
  const own = { tokens: 7, lossTokens: 6, epochs: 1, sources: [], tasks: [] };
  const done: TrainedStage = {
    key: await stageKey(request, spec),
    name: "base",
    seed: 1,
    parent: null,
    checkpoint: "stages/x/checkpoints/step-1",
    along: [],
    tokens: 7,
    lossTokens: 6,
    lossNats: 1,
    own,
  };
  await files.write(`stages/${done.key}/stage.json`, piecesOf(JSON.stringify(done)));
  await using pieces = openLabFleet(fleet, { files });
  expect(await pieces.worker(work)).toEqual(done);
  // Another seed is another stage, which this fleet cannot do.
  await expect(pieces.worker(baseOf(2))).rejects.toMatchObject({ code: "dead-letter" });
});

test("a stage is the same piece in a matrix with more cells, and another one of other data", () => {
  const more = parseAblation({ ...spec, name: "more", seeds: [1, 2, 3], cells: undefined });
  expect(specOfWork(baseOf(1, more))).toEqual({ ...specOfWork(baseOf(1)) });
  const longer = { ...spec, base: { ...spec.base, tokens: 2 * spec.base.tokens } };
  expect(specOfWork(baseOf(1, longer))).not.toEqual(specOfWork(baseOf(1)));
  // A worker checks it as it checks any spec.
  expect(parseAblation(JSON.parse(JSON.stringify(specOfWork(baseOf(1)))))).toMatchObject({
    base: spec.base,
    seeds: [1],
  });
});
