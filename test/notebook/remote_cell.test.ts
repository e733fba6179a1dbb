import { describe, expect, it } from "vitest";
import type { RemoteCode, RunOnMachine, Session } from "../../src/notebook/mod.ts";
import { cellOf, statuses, textOf, untilStatus } from "../support/notebook.ts";
import { useSessions } from "../support/sessions.ts";

let session: Session;
const { start } = useSessions((opened) => session = opened);

/** Loads the module and calls it, as a machine does: with nothing but what was sent. */
function machine(asked: { machine: string; code: RemoteCode }[] = []): RunOnMachine {
  return async (machine, code, { signal, onEvent }) => {
    asked.push({ machine, code });
    const url = `data:text/javascript,${encodeURIComponent(code.source)}`;
    const module = await import(/* @vite-ignore */ url);
    const emit = (event: unknown) => onEvent(JSON.parse(JSON.stringify(event)));
    const input = JSON.parse(JSON.stringify(code.input));
    return await module.default(input, { signal, emit });
  };
}

describe("a cell with // @remote", () => {
  it("runs on its machine, with what it reads, and gives its names back", async () => {
    const asked: { machine: string; code: RemoteCode }[] = [];
    start([
      "const size = {rows: 3}",
      "// @remote gpu1\ndisplay(`${size.rows} rows`);\nconst twice = 2 * Math.max(1, size.rows), half = size.rows / 2;",
      "twice + half",
    ], { runOnMachine: machine(asked) });
    await session.settled();
    expect(statuses(session)).toEqual(["ok", "ok", "ok"]);
    expect(asked.map(({ machine }) => machine)).toEqual(["gpu1"]);
    expect(asked[0]?.code.input).toEqual({ size: { rows: 3 } });
    expect(textOf(session, 2)).toBe('"3 rows"');
    expect(textOf(session, 3)).toBe("7.5");
    expect(cellOf(session, 2).machine).toBe("gpu1");
    expect(cellOf(session, 3)).not.toHaveProperty("machine");
  });

  it("is one module for one text, whatever it reads", async () => {
    const asked: { machine: string; code: RemoteCode }[] = [];
    start(["const a = 1", "// @remote gpu1\na + 1"], {
      runOnMachine: machine(asked),
    });
    await session.settled();
    expect(textOf(session, 2)).toBe("2");
    session.edit(1, "const a = 2");
    await session.settled();
    expect(textOf(session, 2)).toBe("3");
    expect(asked[1]?.code.source).toBe(asked[0]?.code.source);
  });

  it("takes what no cell defines from there, until a cell does", async () => {
    const asked: { machine: string; code: RemoteCode }[] = [];
    const text = "// @remote gpu1\ntypeof Deno.pid + (typeof later === 'undefined')";
    start([text], { runOnMachine: machine(asked) });
    await session.settled();
    expect(cellOf(session, 1).error?.message).toMatch(/later is not defined on this machine/);
    session.insert(1, "js", "const later = 5");
    await session.settled();
    expect(textOf(session, 1)).toBe('"numberfalse"');
    expect(asked.map(({ code }) => code.input)).toEqual([{}, { later: 5 }]);
  });

  it("moves when its text names another machine, or none", async () => {
    const asked: { machine: string; code: RemoteCode }[] = [];
    start(["// @lazy\n// @remote gpu1\n6 * 7"], {
      runOnMachine: machine(asked),
    });
    await session.settled();
    expect(statuses(session)).toEqual(["idle"]);
    for (const text of ["// @remote gpu2\n6 * 7", "6 * 7"]) {
      session.edit(1, text);
      session.run(1);
      await session.settled();
      expect(textOf(session, 1)).toBe("42");
    }
    expect(asked.map(({ machine }) => machine)).toEqual(["gpu2"]);
  });

  it.each([
    ["const f = () => 1", "f()", /“f” is a function and cannot travel/],
    ["const m = new Map()", "m.size", /“m” is a Map and cannot travel/],
    ["const a = 1", "view(a)", /has no “view”/],
    ["const a = 1", "md([a])", /md is not defined on this machine/],
    ["const a = 1", "a.b.c", /undefined/],
  ])("tells what cannot be there: %s, %s", async (other, text, reason) => {
    start([other, `// @remote gpu1\n${text}`], {
      runOnMachine: machine(),
    });
    await session.settled();
    expect(cellOf(session, 2).status).toBe("error");
    expect(cellOf(session, 2).error?.message).toMatch(reason);
  });

  it("says so where there is no machine", async () => {
    start(["// @remote gpu1\n1"]);
    await session.settled();
    expect(cellOf(session, 1).error?.message).toMatch(/no machine "gpu1"/);
  });

  it("is stopped there when it is stopped here", async () => {
    const ended = Promise.withResolvers<unknown>();
    start(["// @remote gpu1\nconst a = await 1", "a"], {
      runOnMachine: (_machine, _code, { signal }) => {
        signal.addEventListener("abort", () => ended.resolve(signal.reason));
        return new Promise(() => {});
      },
    });
    await untilStatus(session, 1, "running");
    session.stop(1);
    expect(await ended.promise).toMatchObject({ code: "cancelled" });
    await untilStatus(session, 1, "cancelled");
  });
});
