/** Training, rollouts and statistics as jobs of a fleet: the same on a nats-server as in this process. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeMiniSwe, parseJournal, type Rollout, writeTask } from "../../src/agent/mod.ts";
import { WORKS } from "../../src/remote/headless.ts";
import {
  findNatsServer,
  type FleetServer,
  startFleetServer,
} from "../../src/remote/fleet/headless.ts";
import {
  type BlobStore,
  type Fleet,
  type FleetJob,
  openLocalFleet,
  openNatsFleet,
  type RolloutOutcome,
  sha256Of,
  type StatsOutcome,
  type TrainOutcome,
} from "../../src/remote/mod.ts";
import { type FleetProcess, startFleetProcess } from "./fleet_processes.ts";
import { COUNTING, countingSpec } from "./open_worker.ts";

const isMissing = await findNatsServer() === null;

describe.skipIf(isMissing)("works on a fleet", () => {
  let folder: string;
  let server: FleetServer;
  let nats: Fleet;
  const workers: FleetProcess[] = [];
  const local = openLocalFleet(WORKS, { workers: 2 });

  beforeAll(async () => {
    folder = await Deno.makeTempDir({ prefix: "fleet-" });
    server = await startFleetServer({ folder, port: 0 });
    nats = await openNatsFleet(server.url, { credentials: server.credentials.submitter });
    for (const name of ["a", "b"]) {
      workers.push(startFleetProcess(server.files.worker, name, "real"));
    }
  });
  afterAll(async () => {
    for (const worker of workers) await worker.kill();
    await nats?.[Symbol.asyncDispose]();
    await local[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  });

  /** Submits to both fleets and gives what comes of it, with the fleets' blobs. */
  async function onBoth<T>(
    jobOf: (data: BlobStore) => Promise<FleetJob>,
  ): Promise<{ readonly outcome: T; readonly data: BlobStore; readonly events: unknown[] }[]> {
    return await Promise.all([local, nats].map(async (fleet) => {
      const id = await fleet.submit(await jobOf(fleet.data));
      const outcome = await fleet.result(id) as T;
      const told = await Array.fromAsync(fleet.events(id));
      return { outcome, data: fleet.data, events: told.map(({ event }) => event) };
    }));
  }

  test("a model is trained, and its checkpoint comes back by hash", async () => {
    const { packed: { manifest, shards } } = COUNTING;
    const [here, there] = await onBoth<TrainOutcome>(async (data) => {
      const sent = await Promise.all(Object.values(shards).map((bytes) => data.write(bytes)));
      const request = { spec: countingSpec(30), data: { packed: manifest }, device: "cpu" };
      return { work: "train", request, data: sent };
    });
    expect(there?.outcome).toEqual(here?.outcome);
    expect(there?.outcome).toMatchObject({ step: 30, checkpoint: "checkpoints/step-30" });
    expect(there?.outcome.lossNats).toBeLessThan(2.5);
    const weights = there?.outcome.files["model.safetensors"] ?? "";
    expect(await sha256Of(await there!.data.read(weights))).toBe(weights);
    const steps = there?.events.filter((event) => (event as { type: string }).type === "step");
    expect(steps).toHaveLength(30);
  }, 300_000);

  test("tasks are rolled out, and the journal comes back by hash", async () => {
    const tasks = [];
    for await (const repository of makeMiniSwe({ seed: 5, count: 2 })) {
      tasks.push(...repository.tasks);
    }
    const lines = tasks.slice(0, 2).map((task) => `${JSON.stringify(writeTask(task))}\n`).join("");
    const both = await onBoth<RolloutOutcome>(async (data) => {
      const blob = await data.write(new TextEncoder().encode(lines));
      const request = { tasks: { name: "tasks.jsonl", blob }, runs: 2, device: "cpu" };
      return { work: "rollout", request, data: [blob], needs: ["sandbox"] };
    });
    const journals = await Promise.all(both.map(async ({ outcome, data }) => {
      expect(outcome).toMatchObject({ rollouts: 4, dropped: 0 });
      const rollouts = parseJournal(new TextDecoder().decode(await data.read(outcome.journal)));
      return rollouts.map(untimed);
    }));
    expect(journals[1]).toEqual(journals[0]);
    expect(journals[1]?.some(({ grade }) => grade.resolved)).toBe(true);
    expect(both[1]?.events).toHaveLength(4);
  }, 300_000);

  test(
    "the shards of a corpus are measured side by side, and add up to the whole",
    async () => {
      const documents = Array.from({ length: 30 }, (_, i) =>
        `${
          JSON.stringify({
            id: `${i}`,
            text: `document ${i} ${"has some words in it ".repeat(1 + i % 7)}`,
          })
        }\n`);
      const jobOf =
        (documents: readonly string[]) => async (data: BlobStore): Promise<FleetJob> => {
          const blob = await data.write(new TextEncoder().encode(documents.join("")));
          const request = { source: { name: "corpus.jsonl", blob }, ngrams: [1, 2], device: "cpu" };
          return { work: "stats", request, data: [blob] };
        };
      const shards = [0, 10, 20].map((first) => documents.slice(first, first + 10));
      const [whole = [], ...parts] = await Promise.all(
        [documents, ...shards].map((shard) => onBoth<StatsOutcome>(jobOf(shard))),
      );
      for (const [here, there] of parts) expect(there?.outcome).toEqual(here?.outcome);
      const sum = (of: (outcome: StatsOutcome) => number) =>
        parts.reduce((sum, [, there]) => sum + of(there!.outcome), 0);
      expect(sum(({ tokens }) => tokens)).toBe(whole[0]?.outcome.tokens);
      expect(sum(({ trajectories }) => trajectories)).toBe(30);
    },
    300_000,
  );
});

/** All of a rollout but when it was. */
function untimed(rollout: Rollout): Rollout {
  return JSON.parse(JSON.stringify(rollout, (key, value) => /ms$/i.test(key) ? 0 : value));
}
