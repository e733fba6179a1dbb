import { afterEach, expect, it, vi } from "vitest";
import { createReactor } from "../../src/notebook/reactor.ts";
import type { Scheduler } from "../../src/notebook/scheduler.ts";
import { createScheduler } from "../../src/notebook/scheduler.ts";

let scheduler: Scheduler;
afterEach(() => {
  vi.useRealTimers();
  scheduler.dispose();
});

const next = () => new Promise<void>((resolve) => scheduler.pace(resolve));
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A clock that goes by `vi.advanceTimersByTime` alone; posted messages come as ever. */
const stopClock = () => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });

/** Resolves after what was posted before. */
const posted = () => new Promise<void>((resolve) => scheduler.soon(resolve));

it("runs a task soon, in a turn of its own", async () => {
  scheduler = createScheduler(() => false);
  const startMs = performance.now();
  for (let i = 0; i < 100; ++i) {
    let ran = false;
    const done = new Promise<void>((resolve) =>
      scheduler.soon(() => {
        ran = true;
        resolve();
      })
    );
    await Promise.resolve();
    expect(ran).toBe(false);
    await done;
  }
  // Timers of a page, held back to one in 4 ms or a second, would take longer than a busy machine.
  expect(performance.now() - startMs).toBeLessThan(10_000);
});

it("paces rounds as frames are, with all that is asked for meanwhile in one", async () => {
  stopClock();
  scheduler = createScheduler(() => false);
  await next();
  let count = 0;
  for (let round = 1; round <= 5; ++round) {
    for (let i = 0; i < 3; ++i) scheduler.pace(() => ++count);
    vi.advanceTimersByTime(15);
    await posted();
    expect(count, "before its time").toBe(3 * (round - 1));
    vi.advanceTimersByTime(1);
    expect(count).toBe(3 * round);
  }
});

it("keeps going without frames or timers in a hidden page, up to sixty times a second", async () => {
  stopClock();
  scheduler = createScheduler(() => true);
  // No timer fires between them.
  for (let i = 0; i < 61; ++i) await next();
  let late = false;
  scheduler.pace(() => late = true);
  await posted();
  expect(late, "the next one waits for a timer").toBe(false);
  vi.advanceTimersByTime(16);
  expect(late).toBe(true);
});

it("drops what was scheduled when it is disposed of", async () => {
  scheduler = createScheduler(() => false);
  let count = 0;
  scheduler.soon(() => ++count);
  scheduler.pace(() => ++count);
  scheduler.dispose();
  await sleep(30);
  expect(count).toBe(0);
});

it("computes variables where requestAnimationFrame never fires", async () => {
  const { requestAnimationFrame } = globalThis;
  globalThis.requestAnimationFrame = () => 0;
  scheduler = createScheduler(() => true);
  const values: unknown[] = [];
  const reactor = createReactor({
    library: { one: () => 1 },
    global: () => undefined,
    scheduler,
    onCaughtUp: () => {},
  });
  const variable = reactor.module.variable({ fulfilled: (value) => values.push(value) });
  variable.define("x", ["one"], (one: number) => one + 1);
  reactor.touch();
  expect(reactor.caughtUp).toBe(false);
  await expect.poll(() => values).toEqual([2]);
  expect(reactor.caughtUp).toBe(true);
  variable.define("x", [], () =>
    (function* () {
      yield 10;
      yield 11;
    })());
  await expect.poll(() => values).toEqual([2, 10, 11]);
  variable.define("x", [], () =>
    (function* () {
      while (true) yield 1;
    })());
  values.length = 0;
  const startMs = performance.now();
  await expect.poll(() => values.length).toBeGreaterThan(3);
  await sleep(200);
  const seconds = (performance.now() - startMs) / 1000;
  expect(values.length, "at the pace of frames").toBeLessThan(150 * (1 + seconds));
  reactor.dispose();
  globalThis.requestAnimationFrame = requestAnimationFrame;
});
