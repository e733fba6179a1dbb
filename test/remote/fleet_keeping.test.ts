/** A fleet forgets what is old, and computes again what is asked for after that. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  findNatsServer,
  type FleetServer,
  prepareFleet,
  runFleetWorker,
  startFleetServer,
} from "../../src/remote/fleet/headless.ts";
import { type Fleet, openNatsFleet } from "../../src/remote/fleet/mod.ts";
import { KEEPING } from "../../src/remote/fleet/layout.ts";
import { connectAdmin } from "./fleet_admin.ts";
import { sleep, TEST_WORKS } from "./fleet_works.ts";

/** How long results are kept here. */
const KEEP_MS = 2_000;

const isMissing = await findNatsServer() === null;

describe.skipIf(isMissing)("a fleet that forgets", () => {
  let folder: string;
  let server: FleetServer;
  let fleet: Fleet;
  let served: Promise<void>;
  const stop = new AbortController();

  beforeAll(async () => {
    folder = await Deno.makeTempDir({ prefix: "fleet-" });
    server = await startFleetServer({ folder, port: 0, keepMs: KEEP_MS });
    const { worker: credentials, submitter } = server.credentials;
    served = runFleetWorker(server.url, TEST_WORKS, { credentials, signal: stop.signal });
    fleet = await openNatsFleet(server.url, { credentials: submitter });
  });
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]();
    stop.abort();
    await served;
    await server?.[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  });

  /** How many messages were ever written to a stream. */
  const writes = (stream: string) =>
    connectAdmin(server, (streams) => streams.info(stream).then(({ state }) => state.last_seq));

  const forgotten = async (id: string) => {
    while (await fleet.state(id) !== "forgotten") await sleep(50);
  };

  test("every store has an end, and a server that is prepared again another one", async () => {
    const ages = async () => {
      const streams = await connectAdmin(server, (streams) => Array.fromAsync(streams.list()));
      return Object.fromEntries(
        streams.map(({ config: { name, max_age } }) => [name, (max_age ?? 0) / 1e6]),
      );
    };
    const told = await ages();
    const { KV_workers, ...kept } = told;
    expect(KV_workers).toBeGreaterThan(0);
    const asked = Object.entries(KEEPING).map(([name, times]) => [name, times * KEEP_MS]);
    expect(kept).toEqual(Object.fromEntries(asked));
    const { admin: credentials } = server.credentials;
    await prepareFleet(server.url, { credentials, keepMs: 1e9 });
    expect(await ages()).toMatchObject({ KV_results: 1e9, OBJ_blobs: 2e9, JOBS: 4e9, KV_workers });
    await prepareFleet(server.url, { credentials, keepMs: KEEP_MS });
    expect(await ages()).toEqual(told);
  });

  test("a result that was forgotten is computed again, for whoever waits or submits", async () => {
    const before = await writes("KV_results");
    const order = { work: "count", request: { to: 3, ms: 1 } };
    const id = await fleet.submit(order);
    expect(await fleet.result(id)).toMatchObject({ to: 3 });
    expect(await writes("KV_results")).toBe(before + 1);
    await forgotten(id);
    expect(await Array.fromAsync(fleet.events(id))).toEqual([]);
    expect(await fleet.result(id)).toMatchObject({ to: 3 });
    expect(await writes("KV_results")).toBe(before + 2);
    await forgotten(id);
    expect(await fleet.submit(order)).toBe(id);
    expect(await fleet.state(id)).not.toBe("forgotten");
    expect(await fleet.result(id)).toMatchObject({ to: 3 });
    await forgotten(id);
    await fleet.requeue(id);
    expect(await fleet.result(id)).toMatchObject({ to: 3 });
    expect(await writes("KV_results")).toBe(before + 4);
    expect(await fleet.jobs()).toEqual([]);
  }, 300_000);

  test("a job whose checkpoints were forgotten begins anew", async () => {
    const order = { work: "flaky", request: { failures: 9 }, maxDeliveries: 1 };
    const id = await fleet.submit(order);
    await expect(fleet.result(id)).rejects.toThrow("failure 1");
    // The index of its files is younger than they are.
    await connectAdmin(server, (streams) => streams.purge("OBJ_runs"));
    await forgotten(id);
    await fleet.submit(order);
    await expect(fleet.result(id)).rejects.toThrow("failure 1");
  }, 300_000);

  test("a blob that is sent again lives on with what names it", async () => {
    const bytes = new TextEncoder().encode("a blob");
    const sha256 = await fleet.data.write(bytes);
    const before = await writes("OBJ_blobs");
    await sleep(KEEP_MS);
    expect(await fleet.data.write(bytes)).toBe(sha256);
    expect(await writes("OBJ_blobs")).toBeGreaterThan(before);
    expect(await fleet.data.read(sha256)).toEqual(bytes);
    while (await fleet.data.has(sha256)) await sleep(50);
    await expect(fleet.data.read(sha256)).rejects.toMatchObject({ code: "no-such-blob" });
  }, 300_000);
});
