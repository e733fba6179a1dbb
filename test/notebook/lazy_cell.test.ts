import { describe, expect, it } from "vitest";
import type { Session } from "../../src/notebook/mod.ts";
import { cellOf, statuses, textOf, untilStatus } from "../support/notebook.ts";
import { useSessions } from "../support/sessions.ts";

let session: Session;
const { start, open } = useSessions((opened) => session = opened);

const LOG = 'import {log} from "probe";';

describe("lazy cells", () => {
  const LAZY = "// @lazy\nconst b = (log.push(a), a * 2)";

  it("run only when asked, and their readers then", async () => {
    const log: number[] = [];
    await open([LOG, "const a = 1", LAZY, "b + 1"], { probe: { log } });
    expect(statuses(session)).toEqual(["ok", "ok", "idle", "blocked"]);
    expect(cellOf(session, 3).lazy).toBe(true);
    expect(cellOf(session, 4).error?.message).toBe(
      "“b” comes from cell 3, which is lazy and has not been run.",
    );
    session.run();
    await session.settled();
    expect(log, "a run of everything").toEqual([]);
    session.run(3);
    await session.settled();
    expect(statuses(session)).toEqual(["ok", "ok", "ok", "ok"]);
    expect(textOf(session, 4)).toBe("3");
  });

  it("go stale by an edit upstream and keep their value; undoing it makes them fresh", async () => {
    const log: number[] = [];
    await open([LOG, "const a = 1", LAZY, "b + 1"], { probe: { log } });
    session.run(3);
    await session.settled();
    session.edit(2, "const a = 5");
    await session.settled();
    expect(statuses(session)).toEqual(["ok", "ok", "stale", "ok"]);
    expect([log, textOf(session, 4)]).toEqual([[1], "3"]);
    session.edit(2, "const a = 1");
    await session.settled();
    expect(cellOf(session, 3).status).toBe("ok");
    session.edit(2, "const a = 5");
    session.run(3);
    await session.settled();
    expect([log, textOf(session, 4), cellOf(session, 3).status]).toEqual([[1, 5], "11", "ok"]);
  });

  it("go stale by an edit of their own and keep their value, even through a typing error", async () => {
    const log: number[] = [];
    await open([LOG, "const a = 1", LAZY, "b + 1"], { probe: { log } });
    session.run(3);
    await session.settled();
    session.edit(3, "// @lazy\nconst b = (");
    await session.settled();
    expect(statuses(session)).toEqual(["ok", "ok", "error", "ok"]);
    session.edit(3, `${LAZY} + 1`);
    await session.settled();
    expect([statuses(session)[2], textOf(session, 4)]).toEqual(["stale", "3"]);
    session.edit(3, LAZY);
    await session.settled();
    expect(cellOf(session, 3).status, "the text that ran").toBe("ok");
    session.edit(3, "// @lazy\nconst b = a * 3");
    session.run(3);
    await session.settled();
    expect(textOf(session, 4)).toBe("4");
  });

  it("are not cancelled by an edit upstream while they run", async () => {
    const log: unknown[] = [];
    await open([
      LOG,
      "const a = 1",
      "// @lazy\nconst b = await new Promise((resolve) => setTimeout(resolve, 60, a))",
      "b",
    ], { probe: { log } });
    session.run(3);
    await untilStatus(session, 3, "running");
    session.edit(2, "const a = 2");
    await session.settled();
    expect([statuses(session)[2], textOf(session, 4)]).toEqual(["stale", "1"]);
  });

  it("can be stopped while they run and while they wait", async () => {
    start([
      "const a = await new Promise((resolve) => setTimeout(resolve, 60, 1))",
      "// @lazy\nconst b = await new Promise(() => a)",
    ]);
    session.run(2);
    expect(cellOf(session, 2).status).toBe("queued");
    session.stop(2);
    await session.settled();
    expect(statuses(session)).toEqual(["ok", "cancelled"]);
    session.run(2);
    await untilStatus(session, 2, "running");
    session.stop(2);
    await session.settled();
    expect(cellOf(session, 2).status).toBe("cancelled");
  });

  it("are blocked when asked without their input", async () => {
    await open(["const a = null.x", "// @lazy\nconst b = a"]);
    session.run(2);
    await session.settled();
    expect(cellOf(session, 2)).toMatchObject({ status: "blocked", error: { blockedBy: "a" } });
    session.edit(1, "const a = 3");
    session.run(2);
    await session.settled();
    expect(cellOf(session, 2).status).toBe("ok");
  });

  it("keep their value when another cell takes their name for a while", async () => {
    const log: number[] = [];
    await open([LOG, "const a = 1", LAZY, "b + 1"], { probe: { log } });
    session.run(3);
    await session.settled();
    const id = session.insert(4, "js", "const b = 0");
    await session.settled();
    expect(statuses(session)).toEqual(["ok", "ok", "error", "ok", "error"]);
    session.remove(id);
    await session.settled();
    expect([statuses(session)[2], log]).toEqual(["ok", [1]]);
  });
});
