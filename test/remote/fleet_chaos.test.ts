/** A fleet of worker processes on a real nats-server, while workers and the server are killed. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  findNatsServer,
  type FleetServer,
  runFleetWorker,
  startFleetServer,
} from "../../src/remote/fleet/headless.ts";
import { type Fleet, openNatsFleet } from "../../src/remote/fleet/mod.ts";
import { ROOT } from "../support/bottega.ts";
import { connectAdmin } from "./fleet_admin.ts";
import { sleep, TEST_WORKS } from "./fleet_works.ts";

/** 1000 by hand. */
const JOBS = Number(Deno.env.get("BOTTEGA_FLEET_JOBS") ?? 120);

const isMissing = await findNatsServer() === null;

describe.skipIf(isMissing)("a fleet of processes", () => {
  let folder: string;
  let server: FleetServer;
  let fleet: Fleet;
  const workers = new Map<string, Deno.ChildProcess>();

  beforeAll(async () => {
    folder = await Deno.makeTempDir({ prefix: "fleet-" });
    server = await startFleetServer({ folder, port: 0, leaseMs: 2_000 });
    fleet = await openNatsFleet(server.url, { credentials: server.credentials.submitter });
    for (const name of ["a", "b", "c", "d"]) start(name);
  });
  afterAll(async () => {
    for (const name of [...workers.keys()]) await kill(name);
    await fleet[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  });

  /** Starts a worker; one that poison has ended is started anew, as Slurm or Kubernetes would. */
  function start(name: string): void {
    const script = "test/remote/fleet_process.ts";
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--node-modules-dir=manual", script, server.files.worker, name],
      cwd: ROOT,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    workers.set(name, child);
    child.status.then(() => {
      if (workers.get(name) === child) start(name);
    });
  }

  async function kill(name: string): Promise<void> {
    const child = workers.get(name);
    workers.delete(name);
    try {
      child?.kill("SIGKILL");
    } catch (error) {
      // Poison has ended it in this moment.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
    await child?.status;
  }

  async function until(reached: () => Promise<boolean>): Promise<void> {
    while (!await reached()) await sleep(20);
  }

  /** How many outcomes were ever written. */
  async function writes(): Promise<number> {
    return await connectAdmin(
      server,
      (streams) => streams.info("KV_results").then(({ state }) => state.last_seq),
    );
  }

  test("a job whose worker is killed goes on elsewhere, from its last checkpoint", async () => {
    const before = await writes();
    // The first attempt waits for its end: it would be over before a busy machine knows who holds it.
    const request = { to: 30, ms: 20, firstWaitsAt: 8 };
    const id = await fleet.submit({ work: "count", request });
    const events = fleet.events(id)[Symbol.asyncIterator]();
    const seen = [];
    for (let i = 0; i < 8; i++) seen.push((await events.next()).value);
    let holder: string | undefined;
    while (holder === undefined) {
      holder = (await fleet.workers()).find(({ running }) => running.includes(id))?.name;
    }
    await kill(holder);
    for (let next = await events.next(); !next.done; next = await events.next()) {
      seen.push(next.value);
    }
    expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => ({ index: i, event: { i } })));
    const { to, begin } = await fleet.result(id) as { to: number; begin: number };
    expect(to).toBe(30);
    expect(begin).toBeGreaterThanOrEqual(7);
    expect(await writes() - before).toBe(1);
    start(holder);
  });

  test("everything goes on when the server was killed", async () => {
    const before = await writes();
    const ids = await Promise.all(
      Array.from(
        { length: 30 },
        (_, n) => fleet.submit({ work: "square", request: { n: 1_000 + n, ms: 100 } }),
      ),
    );
    const long = await fleet.submit({ work: "count", request: { to: 20, ms: 40 } });
    const results = Promise.all(ids.map((id) => fleet.result(id)));
    const events = Array.fromAsync(fleet.events(long));
    await until(async () => await fleet.state(ids[2]!) === "done");
    await server.kill();
    await sleep(500);
    await server.start();
    const late = await fleet.submit({ work: "square", request: { n: 5 } });
    expect(await results).toEqual(ids.map((_, n) => (1_000 + n) ** 2));
    expect(await fleet.result(late)).toBe(25);
    expect(await fleet.result(long)).toMatchObject({ to: 20 });
    expect((await events).map(({ event }) => event))
      .toEqual(Array.from({ length: 20 }, (_, i) => ({ i })));
    expect(await writes() - before).toBe(32);
  });

  test("two of four workers killed, and a job that kills: one dead letter, all other results", async () => {
    const before = await writes();
    const poison = await fleet.submit({ work: "poison", request: null, maxDeliveries: 2 });
    const ids = await Promise.all(
      Array.from(
        { length: JOBS - 1 },
        (_, n) => fleet.submit({ work: "square", request: { n, ms: 5 } }),
      ),
    );
    await until(async () => await fleet.state(ids[JOBS / 4]!) === "done");
    await kill("a");
    await kill("b");
    expect(await Promise.all(ids.map((id) => fleet.result(id)))).toEqual(ids.map((_, n) => n * n));
    await expect(fleet.result(poison)).rejects.toMatchObject({
      code: "dead-letter",
      message: expect.stringContaining("each of its workers ended while it ran"),
    });
    expect((await fleet.deadLetters()).map(({ id }) => id)).toEqual([poison]);
    // One that was killed between storing and acknowledging leaves its ticket to the next.
    await until(async () => (await fleet.jobs()).length === 0);
    expect(await writes() - before).toBe(JOBS);
  });

  test("a worker that is asked to end gives back what it cannot finish", async () => {
    for (const name of [...workers.keys()]) await kill(name);
    const credentials = server.credentials.worker;
    const serve = (signal: AbortSignal) =>
      runFleetWorker(server.url, TEST_WORKS, { credentials, signal, graceMs: 200 });
    const first = new AbortController();
    const served = serve(first.signal);
    const id = await fleet.submit({ work: "count", request: { to: 40, ms: 30 } });
    const events = fleet.events(id)[Symbol.asyncIterator]();
    for (let i = 0; i < 5; i++) await events.next();
    first.abort();
    await served;
    const second = new AbortController();
    const servedAgain = serve(second.signal);
    const { begin } = await fleet.result(id) as { begin: number };
    expect(begin).toBeGreaterThan(3);
    second.abort();
    await servedAgain;
  });
});
