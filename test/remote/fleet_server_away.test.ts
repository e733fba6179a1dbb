/** What a fleet's worker does while its server is away: it asks and tells anew, and can be ended. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { takeLease } from "../../src/remote/fleet/lease.ts";
import type { NatsLink } from "../../src/remote/fleet/nats_link.ts";
import { announce } from "../../src/remote/fleet/presence.ts";
import { sleep } from "./fleet_works.ts";

afterEach(() => void vi.useRealTimers());

describe("a worker whose question got lost", () => {
  /** A link whose server never answers, and how to tell its listeners that it is there again. */
  function silentLink() {
    const listeners = new Set<(subject: string) => void>();
    const subscription = {
      isClosed: () => false,
      unsubscribe: () => {},
      drain: () => Promise.resolve(),
    };
    const connection = {
      isClosed: () => false,
      publish: () => {},
      subscribe: () => subscription,
    };
    const link = {
      connection,
      inbox: () => "inbox",
      hear(_subjects: readonly string[], listener: (subject: string) => void) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    } as unknown as NatsLink;
    return { link, listeners };
  }

  test.each([["any"], ["gpu", "any"]])(
    "asks %s%s anew once the server is back",
    async (...queues) => {
      const { link, listeners } = silentLink();
      const taken = takeLease(link, queues, new AbortController().signal);
      for (const reconnected of listeners) reconnected("");
      expect(await Promise.race([taken, sleep(8_000)])).toBeNull();
      expect(listeners.size).toBe(0);
    },
  );

  test("asks no more once it is to end", async () => {
    const stop = new AbortController();
    const { link, listeners } = silentLink();
    const taken = takeLease(link, ["gpu", "any"], stop.signal);
    stop.abort();
    expect(await Promise.race([taken, sleep(8_000)])).toBeNull();
    expect(listeners.size).toBe(0);
  });
});

test("what the fleet could not be told of a worker is told again a second later", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date"] });
  const told: string[] = [];
  const lines: string[] = [];
  const workers = {
    put(name: string) {
      told.push(name);
      return told.length === 1 ? Promise.reject(new Error("timeout")) : Promise.resolve(1);
    },
    delete: () => Promise.resolve(),
  };
  const link = {
    connection: { isClosed: () => false },
    bucket: () => Promise.resolve(workers),
  } as unknown as NatsLink;
  const self = { name: "w", device: null, has: [], works: [], slots: 1, running: [], ended: 0 };
  await using _presence = await announce(link, () => self, (line) => lines.push(line));
  expect(told).toHaveLength(1);
  expect(lines).toEqual(["the fleet does not hear of w: timeout"]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told).toHaveLength(2);
});
