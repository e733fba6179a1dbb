/** The pieces of an ablation on a fleet of processes: the same table as in one place. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  ablate,
  type AblationEvent,
  type AblationReport,
  parseAblation,
  sharedFiles,
  type TrainedStage,
} from "../../src/lab/mod.ts";
import {
  findNatsServer,
  type FleetServer,
  startFleetServer,
} from "../../src/remote/fleet/headless.ts";
import { type Fleet, openLabFleet, openNatsFleet } from "../../src/remote/fleet/mod.ts";
import { memoryRunFiles, type RunFiles } from "../../src/train/mod.ts";
import { TINY_ABLATION, tinyStage } from "../support/tiny_ablation.ts";
import { connectAdmin } from "./fleet_admin.ts";
import { type FleetProcess, startFleetProcess } from "./fleet_processes.ts";

const spec = parseAblation({
  ...TINY_ABLATION,
  base: tinyStage({ code: 1 }),
  mid: { none: [], ctx: [tinyStage({ ctx: 1 })] },
  sft: { none: [], more: [tinyStage({ code: 1 })] },
  cells: ["none / none", "none / more", "ctx / more"],
  measure: { oracle: 1, transfer: 1, alongMid: { shares: [0.5, 1], tasks: 1 } },
});

/** A base, mid-training, more after either; copying, three cells, two on the way. */
const PIECES = 4 + 1 + 3 + 2;

/** What a cell finds beside its model. */
const SHARED = sharedFiles({ name: "cell", spec, request: { model: {} as TrainedStage } });

const isMissing = await findNatsServer() === null;

describe.skipIf(isMissing)("an ablation on a fleet", () => {
  let folder: string;
  let server: FleetServer;
  let fleet: Fleet;
  let local: AblationReport;
  let files: RunFiles;
  const workers: FleetProcess[] = [];

  beforeAll(async () => {
    files = memoryRunFiles();
    local = await ablate(spec, { gpu: null, files });
    folder = await Deno.makeTempDir({ prefix: "fleet-" });
    server = await startFleetServer({ folder, port: 0, leaseMs: 2_000 });
    fleet = await openNatsFleet(server.url, { credentials: server.credentials.submitter });
  }, 300_000);
  afterAll(async () => {
    for (const worker of workers) await worker.kill();
    await fleet?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  });

  const start = (name: string) => {
    const worker = startFleetProcess(server.files.worker, name, "real");
    workers.push(worker);
    return worker;
  };

  /** Ablates by the fleet alone, in files of its own. */
  async function onFleet(onEvent: (event: AblationEvent) => void, signal?: AbortSignal) {
    const own = memoryRunFiles();
    // Making the world takes longer than all the rest.
    const [world = ""] = SHARED;
    await own.write(world, [await bytesOf(files, world)]);
    await using pieces = openLabFleet(fleet, {
      files: own,
      device: "cpu",
      signal,
      onTraining: (name, event) => onEvent({ type: "training", name, event }),
    });
    const host = { gpu: null, files: own, worker: pieces.worker, parallel: 4, onEvent, signal };
    return { report: await ablate(spec, host), files: own };
  }

  /** How many outcomes were ever written. */
  const writes = () =>
    connectAdmin(
      server,
      (streams) => streams.info("KV_results").then(({ state }) => state.last_seq),
    );

  test(
    "a worker is killed in the middle, and two others end with the table of one place",
    async () => {
      const doomed = start("a");
      let killed: Promise<void> | null = null;
      const { report, files: made } = await onFleet((event) => {
        if (killed || event.type !== "training" || !event.name.startsWith("mid")) return;
        killed = doomed.kill();
        start("b");
        start("c");
      });
      expect(killed).not.toBeNull();
      await killed;
      expect(report).toEqual(local);
      expect(await writes()).toBe(PIECES);
      expect(await fleet.deadLetters()).toEqual([]);
      // All of it lies in the files of whoever asked, who can go on without the fleet.
      const alone: AblationEvent[] = [];
      const onEvent = (event: AblationEvent) => alone.push(event);
      expect(await ablate(spec, { gpu: null, files: made, onEvent })).toEqual(local);
      expect(alone.filter(({ type }) => type === "training")).toEqual([]);
    },
    300_000,
  );

  test("asked again, from elsewhere, it finds all results", async () => {
    const before = await writes();
    const { report } = await onFleet(() => {});
    expect(report).toEqual(local);
    expect(await writes()).toBe(before);
  }, 300_000);

  test("what pieces begin with is sent along", async () => {
    for (const path of SHARED) expect(await files.read(path), path).not.toBeNull();
  });

  test("stopped, it leaves nothing in the queue", async () => {
    for (const worker of workers.splice(0)) await worker.kill();
    const controller = new AbortController();
    const changed = parseAblation({ ...spec, world: { ...spec.world, seed: 4 } });
    const files = memoryRunFiles();
    await using pieces = openLabFleet(fleet, { files, device: "cpu", signal: controller.signal });
    const { signal } = controller;
    const run = ablate(changed, { gpu: null, files, signal, worker: pieces.worker });
    const stopped = expect(run).rejects.toThrow("enough");
    await expect.poll(() => fleet.jobs(), { timeout: 240_000 }).toHaveLength(1);
    controller.abort(new Error("enough"));
    await stopped;
    const waiting = await fleet.jobs();
    expect(waiting).toEqual([expect.objectContaining({ work: "lab", state: "queued" })]);
    await pieces[Symbol.asyncDispose]();
    expect(await fleet.state(waiting[0]?.id ?? "")).toBe("cancelled");
  }, 300_000);
});

async function bytesOf(files: RunFiles, path: string): Promise<Uint8Array<ArrayBuffer>> {
  const file = await files.read(path);
  if (!file) throw new Error(`there is no ${path}`);
  return await file.read(0, file.sizeBytes);
}
