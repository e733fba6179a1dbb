import { describe, expect, it } from "vitest";
import type { Session } from "../../src/notebook/mod.ts";
import { cellOf, statuses, textOf, untilStatus } from "../support/notebook.ts";
import { useSessions } from "../support/sessions.ts";

let session: Session;
const { start, open } = useSessions((opened) => session = opened);

const LOG = 'import {log} from "probe";';

describe("a cell that hangs", () => {
  const HUNG = "const a = await new Promise(() => {})";

  it("does not wedge its dependants once it is edited", async () => {
    start([HUNG, "a + 1"]);
    await untilStatus(session, 1, "running");
    const seen: string[] = [];
    session.onChange(({ id }) => id === 2 && seen.push(cellOf(session, 2).status));
    session.edit(1, "const a = 1");
    await session.settled();
    expect(textOf(session, 2)).toBe("2");
    expect(seen, "no moment of being blocked between").not.toContain("blocked");
  });

  it("can be stopped: cancelled, dependants blocked, healed by an edit", async () => {
    start([HUNG, "const b = a + 1", "b"]);
    await untilStatus(session, 1, "running");
    session.stop(1);
    await session.settled();
    expect(statuses(session)).toEqual(["cancelled", "blocked", "blocked"]);
    expect(cellOf(session, 2).error).toMatchObject({ name: "BlockedError", blockedBy: "a" });
    expect(cellOf(session, 3).error).toMatchObject({ blockedBy: "b" });
    session.edit(1, "const a = 1");
    await session.settled();
    expect(textOf(session, 3)).toBe("2");
  });

  it("can be stopped in a promise that it defines without awaiting", async () => {
    start(["const a = new Promise(() => {})", "a"]);
    await untilStatus(session, 1, "running");
    session.stop(1);
    await session.settled();
    expect(statuses(session)).toEqual(["cancelled", "blocked"]);
  });

  it("can be stopped in a generator that never yields again", async () => {
    start([
      "const a = (async function* () { yield 1; await new Promise(() => {}); })()",
      "a",
    ]);
    await untilStatus(session, 2, "ok");
    expect(cellOf(session, 1).status).toBe("running");
    session.stop(1);
    await session.settled();
    expect(statuses(session)).toEqual(["cancelled", "blocked"]);
    session.edit(1, "const a = 2");
    await session.settled();
    expect(textOf(session, 2)).toBe("2");
  });

  it("can be stopped with a generator that answers at once, and all its names with it", async () => {
    start([
      "const a = 1;\nconst g = (function* () { while (true) yield 2 })()",
      "a",
      "g",
    ]);
    await untilStatus(session, 3, "ok");
    session.stop(1);
    await session.settled();
    expect(statuses(session)).toEqual(["cancelled", "blocked", "blocked"]);
  });

  it("lets a queued dependant be stopped before its input is there", async () => {
    const log: number[] = [];
    start([
      "const a = await new Promise((resolve) => setTimeout(resolve, 50, 1))",
      `${LOG}\nconst b = (log.push(a), a)`,
      "b",
    ], { probe: { log } });
    await untilStatus(session, 1, "running");
    session.stop(2);
    expect(cellOf(session, 2).status).toBe("cancelled");
    await session.settled();
    expect(statuses(session)).toEqual(["ok", "cancelled", "blocked"]);
    expect(log).toEqual([]);
    session.edit(1, "const a = 5");
    await session.settled();
    expect(textOf(session, 3)).toBe("5");
  });

  it("is stopped with all others by a stop without id", async () => {
    start([HUNG, "a", "const b = await new Promise(() => {})", "1"]);
    await untilStatus(session, 4, "ok");
    session.stop();
    await session.settled();
    expect(statuses(session)).toEqual(["cancelled", "blocked", "cancelled", "ok"]);
  });

  it("leaves no rejection to nobody when it is edited as soon as it has run", async () => {
    const stray: unknown[] = [];
    const listen = (event: PromiseRejectionEvent) => {
      event.preventDefault();
      stray.push(event.reason);
    };
    globalThis.addEventListener("unhandledrejection", listen);
    start(["const a = new Promise(() => {})", "a"]);
    await untilStatus(session, 1, "running");
    session.edit(1, "const a = 1");
    await session.settled();
    session.edit(1, "const a = new Promise(() => {})");
    await untilStatus(session, 1, "running");
    session.stop(1);
    await session.settled();
    await new Promise((resolve) => setTimeout(resolve, 30));
    globalThis.removeEventListener("unhandledrejection", listen);
    expect(stray).toEqual([]);
  });

  it("is told by signal and invalidation, and its timers stop", async () => {
    const log: string[] = [];
    start([
      `${LOG}
const a = await new Promise(() => {
  signal.addEventListener("abort", () => log.push("signal"));
  invalidation.then(() => log.push("invalidation"));
  setInterval(() => log.push("tick"), 5);
})`,
    ], { probe: { log } });
    await untilStatus(session, 1, "running");
    await expect.poll(() => log).toContain("tick");
    session.stop(1);
    await session.settled();
    const ticks = log.filter((entry) => entry === "tick").length;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(log.filter((entry) => entry === "tick").length).toBe(ticks);
    expect(log).toEqual(expect.arrayContaining(["signal", "invalidation"]));
  });

  it("cannot display once its run is over", async () => {
    const log: unknown[] = [];
    start([
      `${LOG}
display("early");
await new Promise((resolve) => Object.assign(log, {resolve}));
try { display("late") } catch (error) { log.push(error.code) }`,
    ], { probe: { log } });
    await untilStatus(session, 1, "running");
    await expect.poll(() => "resolve" in log).toBe(true);
    session.stop(1);
    await session.settled();
    (log as unknown as { resolve: () => void }).resolve();
    await expect.poll(() => log[0]).toBe("cancelled");
    expect(textOf(session, 1), "what was shown stays").toBe('"early"');
  });
});

describe("generators", () => {
  it("give each value to their readers", async () => {
    const log: number[] = [];
    await open([
      LOG,
      "const step = (async function* () { for (let i = 0; i < 5; ++i) yield i; })()",
      "log.push(step)",
    ], { probe: { log } });
    expect(log).toEqual([0, 1, 2, 3, 4]);
    expect(statuses(session)).toEqual(["ok", "ok", "ok"]);
  });

  it("that only observe do not count as running", async () => {
    await open([
      "const x = view(document.createElement('input'))",
      "const n = Mutable(1);\nconst add = () => ++n.value",
      "n",
      "x",
    ]);
    expect(statuses(session)).toEqual(["ok", "ok", "ok", "ok"]);
    const field = cellOf(session, 1).output.querySelector("input") as HTMLInputElement;
    field.value = "typed";
    field.dispatchEvent(new Event("input"));
    await expect.poll(() => textOf(session, 4)).toBe('"typed"');
  });

  it("may be changed by functions of their own cell", async () => {
    await open(["const n = Mutable(1);\nconst add = () => ++n.value", "add", "n"]);
    session.insert(3, "js", "add()");
    await expect.poll(() => textOf(session, 3)).toBe("2");
  });

  it("show each value of an expression, the last one staying", async () => {
    await open(["(async function* () { yield 1; yield 2; })()"]);
    expect(textOf(session, 1)).toBe("2");
  });

  it("are returned when their cell is edited", async () => {
    const log: string[] = [];
    start([
      LOG,
      `const g = (async function* () {
  try { while (true) yield log.push("begun"); }
  finally { log.push("returned") }
})()`,
    ], { probe: { log } });
    await expect.poll(() => log).toContain("begun");
    session.edit(2, "const g = 2");
    await session.settled();
    await expect.poll(() => log.filter((entry) => entry === "returned")).toHaveLength(1);
  });
});

it("leaves nothing behind", async () => {
  const log: string[] = [];
  await open(
    [
      `${LOG}
setInterval(() => log.push("tick"), 2);
invalidation.then(() => log.push("invalidated"))`,
      "const hung = new Promise(() => {})",
    ].slice(0, 1),
    { probe: { log } },
  );
  session.edit(1, `${LOG}\nsetInterval(() => log.push("tock"), 2)`);
  session.dispose();
  await session.settled();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const count = log.length;
  expect(log).toContain("invalidated");
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(log.length).toBe(count);
});
