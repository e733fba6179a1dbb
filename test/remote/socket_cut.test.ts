/** Sockets are cut, held and lost: nothing is lost with them, nothing is done twice, nothing hangs. */
import { expect, test } from "vitest";
import { openRemoteLink } from "../../src/remote/remote_link.ts";
import { later } from "./later.ts";
import { startProxy } from "./socket_proxy.ts";
import { type Service, startWorker } from "./socket_service.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test("calls go on over one cut after another, each done once and in order", async () => {
  await using worker = startWorker();
  await using proxy = startProxy(worker.listener.url);
  const states: string[] = [];
  const link = await worker.link({ onState: (state) => states.push(state) }, proxy.url);
  const names = Array.from({ length: 200 }, (_, i) => `${i}`);
  let ended = false;
  const cutting = (async () => {
    while (!ended) {
      await pause(20 + 30 * Math.random());
      // Cut in most of its attempts to come back, it would never do so on a busy machine.
      if (link.state === "open" || Math.random() < 0.2) proxy.cut();
    }
  })();
  const results: string[] = [];
  for (const name of names) results.push(await link.call("slow", { name, ms: 2 }));
  ended = true;
  await cutting;
  expect(results).toEqual(names);
  expect(await link.call("runs", null)).toEqual(names);
  expect(states.filter((state) => state === "reconnecting").length).toBeGreaterThan(3);
});

test("large messages arrive whole although they are cut in the middle", async () => {
  await using worker = startWorker();
  await using proxy = startProxy(worker.listener.url);
  const link = await worker.link({}, proxy.url);
  const words = new Uint32Array(2 << 20);
  for (const i of words.keys()) words[i] = i * 7;
  const echoed = later(link.call("echo", { words }));
  for (let i = 0; i < 4; i++) {
    await pause(15);
    proxy.cut();
  }
  const { words: back } = await echoed as { words: Uint32Array };
  expect(back.length).toBe(words.length);
  expect(back.every((word, i) => word === words[i])).toBe(true);
});

test("a result that was ready while nobody was connected is delivered once", async () => {
  await using worker = startWorker({ limits: { heartbeatMs: 100 } });
  await using proxy = startProxy(worker.listener.url);
  const link = await worker.link({ heartbeatMs: 100 }, proxy.url);
  const slow = later(link.call("slow", { name: "once", ms: 300 }));
  await link.call("add", { a: 1, b: 1 });
  proxy.hold();
  await pause(600);
  await expect.poll(() => link.state).toBe("reconnecting");
  const waiting = later(link.call("runs", null));
  proxy.cut();
  proxy.resume();
  expect(await slow).toBe("once");
  expect(await waiting).toEqual(["once"]);
  expect(link.state).toBe("open");
});

test("a held network is noticed by heartbeats, and calls are rejected once the peer is gone", async () => {
  await using worker = startWorker({ limits: { heartbeatMs: 50, resumeMs: 300 } });
  await using proxy = startProxy(worker.listener.url);
  const link = await worker.link({ heartbeatMs: 50, goneAfterMs: 400 }, proxy.url);
  const other = await worker.link();
  const hanging = later(link.call("hang", null));
  await link.call("add", { a: 1, b: 1 });
  const startMs = performance.now();
  proxy.hold();
  await expect(hanging).rejects.toMatchObject({ code: "peer-gone" });
  // Without heartbeats and a limit of its own it would be a minute.
  expect(performance.now() - startMs).toBeLessThan(20_000);
  expect(link.ended).toBe(true);
  await expect(link.call("runs", null)).rejects.toMatchObject({ code: "peer-gone" });
  // The worker lets go of what the lost one had it do.
  await expect.poll(() => other.call("aborts", null)).toBe(1);
});

test("a worker that has started anew does not know the session: calls are rejected at once", async () => {
  const first = startWorker();
  const { port } = first.listener;
  const link = await openRemoteLink<Service>(first.listener.url, { token: first.token });
  const hanging = later(link.call("hang", null));
  await link.call("add", { a: 1, b: 1 });
  await first.listener.close();
  await using second = startWorker({ token: first.token }, { port, token: first.token });
  await expect(hanging).rejects.toMatchObject({ code: "no-such-session" });
  await first[Symbol.asyncDispose]();
  expect(second.lines).toContain("refused a link: no-such-session");
});
