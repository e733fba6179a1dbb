import { afterEach, expect, test } from "vitest";
import type { Progress } from "../../src/gpu/mod.ts";
import { openLink, WorkerError, type WorkerLink } from "../../src/remote/mod.ts";
import { later } from "./later.ts";
import type { service } from "./link_service.ts";

const links: WorkerLink<typeof service>[] = [];

function start(): Worker {
  return new Worker(new URL("./link_service.ts", import.meta.url), { type: "module" });
}

function open(worker = start()): WorkerLink<typeof service> {
  const link = openLink<typeof service>(worker);
  links.push(link);
  return link;
}

afterEach(() => {
  for (const link of links.splice(0)) link.close();
});

test("a call comes back with its result", async () => {
  expect(await open().call("add", { a: 2, b: 3 })).toBe(5);
});

test("an error keeps its name, code and message", async () => {
  const failure = await open().call("fail", "no such thing").catch((error) => error);
  expect(failure).toBeInstanceOf(WorkerError);
  expect(failure).toMatchObject({ name: "OddError", code: "odd", message: "no such thing" });
});

test("progress arrives in order, thinned out, with the last one", async () => {
  const seen: Progress[] = [];
  const link = open();
  await link.call("count", 100_000, { onProgress: (progress) => seen.push(progress) });
  await expect.poll(() => seen.at(-1)?.done).toBe(100_000);
  expect(seen.length).toBeLessThan(2000);
  expect(seen.map(({ done }) => done)).toEqual(
    seen.map(({ done }) => done).toSorted((a, b) => a - b),
  );
});

test("the latest progress arrives although nothing follows it", async () => {
  const seen: number[] = [];
  const link = open();
  const paused = later(link.call("pause", null, { onProgress: ({ done }) => seen.push(done) }));
  await expect.poll(() => seen).toEqual([1, 2]);
  expect(await Promise.race([paused, "goes on"])).toBe("goes on");
  await link.call("resume", null);
  await paused;
  expect(seen).toEqual([1, 2]);
});

test("what the service says is moved is not copied", async () => {
  const link = open();
  expect((await link.call("move", 1000)).length).toBe(1000);
  expect(await link.call("leftBytes", null)).toBe(0);
});

test("a method that is not the service's own is refused", async () => {
  const call = open().call("toString" as "add", { a: 1, b: 1 });
  await expect(call).rejects.toMatchObject({ code: "no-such-method" });
});

test("an aborted call rejects at once, however busy the worker is", async () => {
  const link = open();
  const controller = new AbortController();
  const ends: string[] = [];
  const answered = Promise.withResolvers<number>();
  const answer = later(answered.promise);
  const onProgress = () => {
    // It is answered once the worker has spun to the end.
    answered.resolve(link.call("add", { a: 1, b: 1 }).finally(() => ends.push("answered")));
    controller.abort(new Error("enough"));
  };
  const spinning = link.call("spin", 1000, { signal: controller.signal, onProgress });
  await expect(spinning.finally(() => ends.push("aborted"))).rejects.toThrow("enough");
  expect(await answer).toBe(2);
  expect(ends).toEqual(["aborted", "answered"]);
});

test("an aborted call rejects at once with the signal's reason, and the work is told", async () => {
  const link = open();
  const controller = new AbortController();
  const hanging = later(link.call("hang", null, { signal: controller.signal }));
  await link.call("add", { a: 1, b: 1 });
  controller.abort(new Error("enough"));
  await expect(hanging).rejects.toThrow("enough");
  await expect.poll(() => link.call("aborts", null)).toBe(1);
  await expect(link.call("add", { a: 1, b: 1 }, { signal: controller.signal })).rejects
    .toThrow("enough");
});

test("open calls are rejected when the worker is closed, later ones too", async () => {
  const link = open();
  const hanging = later(link.call("hang", null));
  const add = link.call("add", { a: 1, b: 1 });
  await add;
  link.close();
  await expect(hanging).rejects.toMatchObject({ code: "worker-closed" });
  await expect(link.call("add", { a: 1, b: 1 })).rejects.toMatchObject({ code: "worker-closed" });
});

test("open calls are rejected when the worker dies, later ones too", async () => {
  const link = open();
  const hanging = later(link.call("hang", null));
  const dying = later(link.call("die", null));
  expect(link.ended).toBe(false);
  await expect(hanging).rejects.toMatchObject({ code: "worker-died" });
  await expect(dying).rejects.toThrow(/out of luck/);
  expect(link.ended).toBe(true);
  await expect(link.call("add", { a: 1, b: 1 })).rejects.toMatchObject({ code: "worker-died" });
});

test("open calls are rejected when the worker is terminated by somebody else", async () => {
  const worker = start();
  const link = open(worker);
  const hanging = later(link.call("hang", null));
  await link.call("add", { a: 1, b: 1 });
  worker.terminate();
  await expect(hanging).rejects.toMatchObject({ code: "worker-died" });
});

test("open calls are rejected when the worker cannot be loaded", async () => {
  const code = "data:text/javascript,throw new Error('no such worker')";
  const link = open(new Worker(code, { type: "module" }));
  await expect(link.call("hang", null)).rejects.toThrow(/no such worker/);
});
