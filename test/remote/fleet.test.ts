/** What every fleet promises, on a fleet of this process and on one behind a real nats-server. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Progress } from "../../src/gpu/mod.ts";
import { findNatsServer, runFleetWorker, startFleetServer } from "../../src/remote/headless.ts";
import { type Fleet, openLocalFleet, openNatsFleet } from "../../src/remote/mod.ts";
import { sleep, TEST_WORKS } from "./fleet_works.ts";

const version = await findNatsServer();
if (version === null) console.warn("skipped: a fleet on NATS needs nats-server");

/** A fleet with two workers, and how to open it again as another process would. */
interface Setting {
  readonly fleet: Fleet;
  close(): Promise<void>;
}

async function local(): Promise<Setting> {
  const fleet = openLocalFleet(TEST_WORKS, { workers: 2 });
  return await Promise.resolve({
    fleet,
    close: () => Promise.resolve(fleet[Symbol.asyncDispose]()),
  });
}

async function nats(): Promise<Setting> {
  const folder = await Deno.makeTempDir({ prefix: "fleet-" });
  const server = await startFleetServer({ folder, port: 0, leaseMs: 1_500 });
  const stop = new AbortController();
  const { worker, submitter } = server.credentials;
  const workers = ["w1", "w2"].map((name) =>
    runFleetWorker(server.url, TEST_WORKS, {
      credentials: worker,
      has: ["gpu"],
      name,
      signal: stop.signal,
    })
  );
  const fleet = await openNatsFleet(server.url, { credentials: submitter });
  return {
    fleet,
    async close() {
      await fleet[Symbol.asyncDispose]();
      stop.abort();
      await Promise.all(workers);
      await server[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

describe.each([
  { name: "of this process", open: local, skip: false },
  { name: "on a nats-server", open: nats, skip: version === null },
])("a fleet $name", ({ open, skip }) => {
  let setting: Setting;
  let fleet: Fleet;
  beforeAll(async () => {
    if (skip) return;
    setting = await open();
    fleet = setting.fleet;
  });
  afterAll(() => setting?.close());
  const check = test.skipIf(skip);

  check("gives each job its result", async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, (_, n) => fleet.submit({ work: "square", request: { n } })),
    );
    expect(new Set(ids).size).toBe(20);
    expect(await Promise.all(ids.map((id) => fleet.result(id))))
      .toEqual(Array.from({ length: 20 }, (_, n) => n * n));
    expect(await fleet.state(ids[0]!)).toBe("done");
  });

  check("knows a job by its content, whatever the order of its keys", async () => {
    const first = await fleet.submit({ work: "square", request: { n: 7, ms: 1 } });
    await fleet.result(first);
    expect(await fleet.submit({ work: "square", request: { ms: 1, n: 7 } })).toBe(first);
    expect(await fleet.result(first)).toBe(49);
    expect(await fleet.submit({ work: "square", request: { n: 8, ms: 1 } })).not.toBe(first);
  });

  check("carries a result of megabytes, and blobs by hash", async () => {
    const id = await fleet.submit({ work: "text", request: { length: 3_000_000 } });
    expect(await fleet.result(id)).toBe("x".repeat(3_000_000));
    const bytes = crypto.getRandomValues(new Uint8Array(65_536));
    const whole = new Uint8Array(1_500_000);
    for (let at = 0; at < whole.length; at += bytes.length) {
      whole.set(bytes.subarray(0, Math.min(bytes.length, whole.length - at)), at);
    }
    const blob = await fleet.data.write(whole.slice());
    const turned = await fleet.submit({ work: "reverse", request: { blob }, data: [blob] });
    const result = await fleet.result(turned) as string;
    expect(await fleet.data.read(result)).toEqual(whole.toReversed());
    await expect(fleet.data.read("0".repeat(64))).rejects.toMatchObject({ code: "no-such-blob" });
  });

  check("tells events in order, each once, from wherever one asks, and progress", async () => {
    const id = await fleet.submit({ work: "count", request: { to: 8, ms: 20 } });
    const progress: Progress[] = [];
    const result = fleet.result(id, { onProgress: (told) => progress.push(told) });
    const live = await Array.fromAsync(fleet.events(id));
    expect(live).toEqual(Array.from({ length: 8 }, (_, i) => ({ index: i, event: { i } })));
    expect(await result).toEqual({ to: 8, begin: 0 });
    expect(await Array.fromAsync(fleet.events(id, { from: 6 }))).toEqual(live.slice(6));
    expect(progress.at(-1)).toMatchObject({ phase: "count", done: 8, total: 8 });
  });

  check("begins a job that failed again, and it finds its files", async () => {
    const id = await fleet.submit({ work: "flaky", request: { failures: 2 } });
    expect(await fleet.result(id)).toBe(2);
  });

  check("keeps what fails for good as a dead letter, until it is queued again", async () => {
    const id = await fleet.submit({ work: "flaky", request: { failures: 4 }, maxDeliveries: 3 });
    await expect(fleet.result(id)).rejects.toMatchObject({
      code: "dead-letter",
      message: expect.stringContaining("failure 3"),
    });
    expect(await fleet.state(id)).toBe("dead");
    const [letter] = (await fleet.deadLetters()).filter((letter) => letter.id === id);
    expect(letter).toMatchObject({ work: "flaky", deliveries: 3, message: "failure 3" });
    expect(await fleet.submit({ work: "flaky", request: { failures: 4 }, maxDeliveries: 3 })).toBe(
      id,
    );
    expect(await fleet.state(id)).toBe("dead");
    await fleet.requeue(id);
    expect(await fleet.result(id)).toBe(4);
    expect((await fleet.deadLetters()).some((letter) => letter.id === id)).toBe(false);
  });

  check("refuses bad requests and unknown work with the reason", async () => {
    const bad = await fleet.submit({ work: "square", request: { n: "seven" } });
    await expect(fleet.result(bad)).rejects.toThrow(
      /begun once.*bad-request.*"square" cannot take n/,
    );
    const unknown = await fleet.submit({ work: "nothing", request: null, maxDeliveries: 1 });
    await expect(fleet.result(unknown)).rejects.toThrow(/no-such-work.*"nothing"/);
    await expect(fleet.submit({ work: "square", request: new Map() }))
      .rejects.toMatchObject({ code: "bad-job" });
    await expect(fleet.submit({ work: "a.b >", request: null }))
      .rejects.toMatchObject({ code: "bad-job" });
    await expect(fleet.result("0".repeat(64))).rejects.toMatchObject({ code: "no-such-job" });
    await expect(fleet.state("../x")).rejects.toMatchObject({ code: "no-such-job" });
  });

  check(
    "cancels within a second what runs and what waits, and runs it anew when asked",
    async () => {
      const orders = Array.from({ length: 3 }, (_, n) => ({
        work: "square",
        request: { n, ms: 60_000 },
      }));
      const ids = [];
      for (const order of orders) ids.push(await fleet.submit(order));
      while (
        (await fleet.jobs()).filter(({ state }) => state === "running").length < 2
      ) await sleep(20);
      expect((await fleet.jobs()).map(({ id }) => id).sort()).toEqual([...ids].sort());
      const ended = ids.map((id) => fleet.result(id).catch((error) => error.code));
      const beganMs = performance.now();
      for (const id of ids) await fleet.cancel(id);
      expect(await Promise.all(ended)).toEqual(["cancelled", "cancelled", "cancelled"]);
      // A second by itself, longer beside other work; uncancelled, they would sleep for a minute.
      expect(performance.now() - beganMs).toBeLessThan(15_000);
      expect(await fleet.state(ids[0]!)).toBe("cancelled");
      await fleet.submit(orders[0]!);
      expect(await fleet.state(ids[0]!)).toMatch(/queued|running/);
      await fleet.cancel(ids[0]!);
      await expect(fleet.result(ids[0]!)).rejects.toMatchObject({ code: "cancelled" });
    },
  );

  check("lets waiting be aborted, and the job goes on", async () => {
    const id = await fleet.submit({ work: "square", request: { n: 3, ms: 300 } });
    const stop = new AbortController();
    const waiting = fleet.result(id, { signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    expect(await fleet.result(id)).toBe(9);
  });

  check("tells its workers", async () => {
    const workers = await fleet.workers();
    expect(workers.length).toBeGreaterThan(0);
    expect(workers.reduce((sum, { slots }) => sum + slots, 0)).toBe(2);
    expect(workers[0]?.works).toContain("square");
  });
});
