import { expect, test } from "vitest";
import type { Progress } from "../../src/gpu/mod.ts";
import { openRemoteLink } from "../../src/remote/remote_link.ts";
import { WorkerError } from "../../src/remote/worker_link.ts";
import { later } from "./later.ts";
import { startWorker } from "./socket_service.ts";

test("calls come back with their results, many at once and each its own", async () => {
  await using worker = startWorker();
  const link = await worker.link();
  expect(await link.call("add", { a: 2, b: 3 })).toBe(5);
  const sums = await Promise.all(
    Array.from({ length: 300 }, (_, i) => link.call("add", { a: i, b: 1 })),
  );
  expect(sums).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
});

test("plain values cross as they are, large arrays among them", async () => {
  await using worker = startWorker();
  const link = await worker.link();
  const large = Float32Array.from({ length: 200_000 }, (_, i) => i / 3);
  const values = {
    nothing: null,
    missing: undefined,
    numbers: [0, 1, -1, 2 ** 31, 2 ** 40, 1.5, NaN, Infinity],
    text: "größer 🙂",
    big: [10n, 2n ** 70n],
    date: new Date(1e12),
    set: new Set(["a", 1]),
    small: [new Uint8Array([1, 2]), new Float64Array([0.1]), new Uint16Array([1]).buffer],
    nested: [{ large, bytes: new Uint8Array(300_000).fill(9).buffer }],
    words: new BigInt64Array(20_000).fill(-5n),
    view: new Uint8Array(new ArrayBuffer(100_000), 17, 70_000).fill(3),
    keys: { constructor: 1, toString: 2, "": 3 },
  };
  expect(await link.call("echo", values)).toEqual(values);
});

test("what does not travel is refused where it is sent, and the link goes on", async () => {
  await using worker = startWorker();
  const link = await worker.link();
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  const wrong = [() => 1, { deep: [new Map()] }, new Error("x"), cyclic, Symbol("s"), /x/];
  for (const value of wrong) {
    await expect(link.call("echo", value)).rejects.toMatchObject({ code: "not-plain" });
  }
  await expect(link.call("send", null)).rejects.toMatchObject({ code: "not-plain" });
  const { port1, port2 } = new MessageChannel();
  await expect(link.call("echo", port1)).rejects.toMatchObject({ code: "not-plain" });
  for (const port of [port1, port2]) port.close();
  expect(await link.call("add", { a: 1, b: 1 })).toBe(2);
});

test("a failure keeps its name, code and message; one that is not ours stays with the worker", async () => {
  await using worker = startWorker();
  const link = await worker.link();
  const failure = await link.call("fail", "no such thing").catch((error) => error);
  expect(failure).toBeInstanceOf(WorkerError);
  expect(failure).toMatchObject({ name: "OddError", code: "odd", message: "no such thing" });
  const broken = await link.call("break", null).catch((error) => error);
  expect(broken).toMatchObject({ code: "failed" });
  expect(`${broken.message}${broken.stack}`).not.toContain("/home/worker");
  expect(worker.lines.join("\n")).toContain("/home/worker");
});

test("progress arrives in order, thinned out, with the last one before the result", async () => {
  await using worker = startWorker();
  const link = await worker.link();
  const seen: Progress[] = [];
  await link.call("count", 100_000, { onProgress: (progress) => seen.push(progress) });
  expect(seen.at(-1)?.done).toBe(100_000);
  expect(seen.length).toBeLessThan(2000);
  const done = seen.map(({ done }) => done);
  expect(done).toEqual(done.toSorted((a, b) => a - b));
});

test("an aborted call rejects at once with the signal's reason, and the work is told", async () => {
  await using worker = startWorker();
  const link = await worker.link();
  const controller = new AbortController();
  const hanging = later(link.call("hang", null, { signal: controller.signal }));
  await link.call("add", { a: 1, b: 1 });
  controller.abort(new Error("enough"));
  await expect(hanging).rejects.toThrow("enough");
  await expect.poll(() => link.call("aborts", null)).toBe(1);
});

test("calls beyond the worker's number wait for their turn", async () => {
  await using worker = startWorker({ limits: { openCalls: 4 } });
  const link = await worker.link();
  const names = Array.from({ length: 20 }, (_, i) => `${i}`);
  const results = await Promise.all(names.map((name) => link.call("slow", { name, ms: 5 })));
  expect(results).toEqual(names);
  expect(await link.call("runs", null)).toEqual(names);
  const controller = new AbortController();
  const { signal } = controller;
  const hanging = Array.from({ length: 6 }, () => later(link.call("hang", null, { signal })));
  controller.abort(new Error("enough"));
  for (const call of hanging) await expect(call).rejects.toThrow("enough");
  expect(await link.call("add", { a: 1, b: 1 })).toBe(2);
});

test("calls share ports, and those of aborted calls are released", async () => {
  await using worker = startWorker({ limits: { openCalls: 2 } });
  const link = await worker.link();
  for (let i = 0; i < 20; i++) {
    const controller = new AbortController();
    const hanging = later(link.call("hang", null, { signal: controller.signal }));
    // A third port would end the session.
    expect(await link.call("add", { a: i, b: 1 })).toBe(i + 1);
    controller.abort(new Error("enough"));
    await expect(hanging).rejects.toThrow("enough");
  }
  expect(await link.call("aborts", null)).toBe(20);
});

test("a small call does not wait for a large one", async () => {
  await using worker = startWorker();
  const link = await worker.link();
  let largeCame = false;
  const large = later(
    link.call("make", 48 << 20).then(({ length }) => {
      largeCame = true;
      return length;
    }),
  );
  expect(await link.call("add", { a: 1, b: 1 })).toBe(2);
  expect(largeCame).toBe(false);
  expect(await large).toBe(48 << 20);
});

test("what is too large is refused at both ends", async () => {
  await using worker = startWorker({ limits: { messageBytes: 1 << 20 } });
  const link = await worker.link();
  const large = new Uint8Array(2 << 20);
  await expect(link.call("sum", large)).rejects.toMatchObject({ code: "too-large" });
  await expect(link.call("make", 2 << 20)).rejects.toMatchObject({ code: "too-large" });
  expect(await link.call("sum", large.subarray(0, 1000).fill(1))).toBe(1000);
});

test("open calls are rejected when either end closes, later ones too", async () => {
  await using worker = startWorker();
  const states: string[] = [];
  const link = await worker.link({ onState: (state) => states.push(state) });
  const other = await worker.link();
  const hanging = later(link.call("hang", null));
  await link.call("add", { a: 1, b: 1 });
  link.close();
  await expect(hanging).rejects.toMatchObject({ code: "worker-closed" });
  await expect(link.call("runs", null)).rejects.toMatchObject({ code: "worker-closed" });
  expect(link.ended).toBe(true);
  expect(states).toEqual(["open", "closed"]);
  await expect.poll(() => other.call("aborts", null)).toBe(1);
  const left = later(other.call("hang", null));
  await other.call("add", { a: 1, b: 1 });
  worker.close();
  await expect(left).rejects.toMatchObject({ code: "worker-closed" });
});

test("where nobody listens, opening fails at once and says so; a URL may hold no secret", async () => {
  const token = "t".repeat(43);
  await expect(openRemoteLink("ws://127.0.0.1:9", { token })).rejects
    .toMatchObject({ code: "unreachable" });
  await expect(openRemoteLink("ws://192.0.2.1:9", { token })).rejects
    .toMatchObject({ code: "insecure-url" });
  for (const url of [`ws://127.0.0.1:9?${token}`, `wss://x:${token}@h`, `http://h/#${token}`, ""]) {
    const failure = await openRemoteLink(url, { token }).catch((error) => error);
    expect(failure).toMatchObject({ code: "bad-url" });
    expect(failure.message).not.toContain(token);
  }
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(openRemoteLink("ws://127.0.0.1:9", { token, signal })).rejects.toThrow("enough");
});
