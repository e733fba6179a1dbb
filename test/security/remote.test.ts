/** Promise 2: calls of an allow-list with checked, plain requests, and nothing else, reach a worker. */
import { afterEach, describe, expect, test } from "vitest";
import { CHUNK_BYTES, encodeFrame } from "../../src/remote/frame.ts";
import { serveRemoteLink } from "../../src/remote/remote_link_server.ts";
import { openRemoteLink } from "../../src/remote/remote_link.ts";
import {
  apply,
  codeOf,
  FORGERIES,
  openRaw,
  type RawLink,
  sendGigabyte,
  speak,
} from "../remote/socket_raw.ts";
import { createService, schemas, type Service } from "../remote/socket_methods.ts";
import { startWorker } from "../remote/socket_service.ts";
import { seededRandom } from "../support/random.ts";

const untouched = Object.getOwnPropertyNames(Object.prototype).toSorted();

afterEach(() => {
  expect(Object.getOwnPropertyNames(Object.prototype).toSorted()).toEqual(untouched);
  expect(({} as { polluted?: string }).polluted).toBeUndefined();
});

function text(string: string): number[] {
  return [0xa0 + string.length, ...new TextEncoder().encode(string)];
}

function float64(number: number): number[] {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, number);
  return [0xcb, ...bytes];
}

/** A message's head of one array of bytes that never come: `[null, [{ path: [], type, size }]]`. */
function headOf(type: string, size: readonly number[]): number[] {
  const array = [...text("path"), 0x90, ...text("type"), ...text(type), ...text("size"), ...size];
  return [0x92, 0xc0, 0x91, 0x83, ...array];
}

/** The next honest call on a port of its own. */
async function expectHonest(link: RawLink, port: number) {
  expect(await link.call(port, "add", { a: 1, b: 2 })).toMatchObject({ type: "RAW", value: 3 });
}

test("every forged call is refused with its code, and the next honest one answered", async () => {
  await using worker = startWorker();
  const link = await openRaw(worker.listener.url, worker.token);
  let port = 0;
  for (const [what, message, code] of FORGERIES) {
    link.post(++port, message);
    expect(codeOf(await link.next(port)), what).toBe(code);
    await expectHonest(link, ++port);
    link.send({ kind: "close", port, code: "cancelled" });
  }
  link.socket.close();
});

test("a released port is answered, closed and gone", async () => {
  await using worker = startWorker({ limits: { openCalls: 1 } });
  const link = await openRaw(worker.listener.url, worker.token);
  for (let port = 1; port <= 5; port++) {
    await expectHonest(link, port);
    link.post(port, { id: "a", type: "RELEASE" });
    expect(await link.next(port)).toMatchObject({ id: "a", type: "RAW" });
    expect(await link.next(port)).toBe("released");
  }
  link.socket.close();
});

test("10,000 calls in a moment: the service runs as many as it may, the rest is refused", async () => {
  const callsPerSecond = 500;
  await using worker = startWorker({ limits: { callsPerSecond } });
  const link = await openRaw(worker.listener.url, worker.token);
  const startMs = performance.now();
  for (let i = 0; i < 10_000; i++) link.post(1, apply("add", { a: i, b: 0 }));
  const codes = new Map<unknown, number>();
  for (let i = 0; i < 10_000; i++) {
    const reply = await link.next(1);
    const code = (reply as { type?: string }).type === "RAW" ? "ran" : codeOf(reply);
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  const seconds = (performance.now() - startMs) / 1000;
  expect([...codes.keys()].toSorted()).toEqual(["ran", "rate-limited"]);
  expect(codes.get("ran")).toBeLessThan(callsPerSecond * (seconds + 0.2) + 1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await expectHonest(link, 2);
  link.socket.close();
});

test("the link's own calls are never lost to the rate: they come again", async () => {
  await using worker = startWorker({ limits: { callsPerSecond: 100 } });
  const link = await worker.link();
  const sums = await Promise.all(
    Array.from({ length: 60 }, (_, i) => link.call("add", { a: i, b: 1 })),
  );
  expect(sums).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
});

describe("frames that no honest peer sends end the session with a code, and no other session", () => {
  const header = (kind: number, number: number, size = 0) => {
    const bytes = new Uint8Array(9 + size);
    bytes[0] = kind;
    new DataView(bytes.buffer).setFloat64(1, number);
    return bytes;
  };
  const forged: Record<string, readonly [string | Uint8Array<ArrayBuffer>, string]> = {
    "text": ["hello", "bad-frame"],
    "nothing": [new Uint8Array(), "bad-frame"],
    "half a header": [new Uint8Array(5), "bad-frame"],
    "an unknown kind": [header(9, 1), "bad-frame"],
    "a port that is no number": [header(1, NaN), "bad-frame"],
    "a port below 0": [header(1, -1), "bad-frame"],
    "a frame larger than a chunk": [header(0, 1, CHUNK_BYTES + 1), "frame-too-large"],
    "a frame of 32 MB": [header(0, 1, 32e6), "frame-too-large"],
    "acknowledgements of what was not sent": [header(3, 1e9), "bad-frame"],
    "a close without a code": [header(2, 1, 5), "bad-frame"],
    "a goodbye of a megabyte": [header(6, 0, 1 << 18), "bad-frame"],
  };
  test.each(Object.entries(forged))("%s", async (_what, [data, code]) => {
    await using worker = startWorker();
    const honest = await worker.link();
    const link = await openRaw(worker.listener.url, worker.token);
    link.socket.send(data);
    expect(await link.next(1)).toBe(code);
    expect(await honest.call("add", { a: 1, b: 1 })).toBe(2);
  });

  test("a frame of a gigabyte", async () => {
    await using worker = startWorker();
    const honest = await worker.link();
    const link = await openRaw(worker.listener.url, worker.token);
    const before = Deno.memoryUsage().rss;
    // Deno reads no frame above 64 MiB: the socket is dropped before it is told to us.
    expect(await sendGigabyte(worker.listener.port)).toBeLessThan(100e6);
    expect(Deno.memoryUsage().rss - before).toBeLessThan(300e6);
    expect(await honest.call("add", { a: 1, b: 1 })).toBe(2);
    await expectHonest(link, 1);
    link.socket.close();
  });

  test("more ports than calls may be open", async () => {
    await using worker = startWorker({ limits: { openCalls: 8 } });
    const link = await openRaw(worker.listener.url, worker.token);
    for (let port = 1; port <= 9; port++) link.post(port, apply("hang", null));
    expect(await link.next(1)).toBe("too-many-ports");
  });
});

describe("messages that are not what they say close their port with a code", () => {
  const forged: Record<string, readonly [number[], string]> = {
    "a value that ends too early": [[0x92, 0xa5, 1], "bad-message"],
    "a record, which msgpackr would compile": [
      [0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 1],
      "bad-message",
    ],
    "an error": [[0xd4, 0x65, 0, 0x93, 0xa1, 0x61, 0xa1, 0x61, 0xc0], "bad-message"],
    "a regular expression": [[0xd4, 0x78, 0, 0x92, 0xa1, 0x61, 0xa0], "bad-message"],
    "a pointer": [[0xd6, 0x70, 0, 0, 0, 1], "bad-message"],
    "a list of four billion": [[0xdd, 255, 255, 255, 255], "bad-message"],
    "a key __proto__": [
      [0x81, 0xa9, ...new TextEncoder().encode("__proto__"), 0x80],
      "bad-message",
    ],
    "a key that is a list": [[0x81, 0x90, 1], "bad-message"],
    "a thousand lists in one another": [Array(1000).fill(0x91), "bad-message"],
    "more than its value": [[0x90, 0x90], "bad-message"],
    "an array of a size that none has": [headOf("Float32Array", [3]), "bad-message"],
    "an array of a terabyte": [headOf("Uint8Array", float64(1e12)), "too-large"],
  };
  test("each of them", async () => {
    await using worker = startWorker();
    const link = await openRaw(worker.listener.url, worker.token);
    let port = 0;
    for (const [what, [packed, code]] of Object.entries(forged)) {
      const bytes = new Uint8Array(4 + packed.length);
      new DataView(bytes.buffer).setUint32(0, packed.length);
      bytes.set(packed, 4);
      link.send({ kind: "last", port: ++port, bytes });
      expect(await link.next(port), what).toBe(code);
      await expectHonest(link, ++port);
      link.send({ kind: "close", port, code: "cancelled" });
    }
    // Announced, never sent: refused by what is said.
    link.send({ kind: "part", port: ++port, bytes: new Uint8Array([0xff, 0xff, 0xff, 0xff]) });
    expect(await link.next(port)).toBe("too-large");
    await expectHonest(link, ++port);
    link.socket.close();
  });
});

/** Two ends of a socket that is no network's; what is sent comes in a task of its own. */
function socketPair(): [WebSocket, WebSocket] {
  class End extends EventTarget {
    readonly OPEN = 1;
    readyState = 1;
    bufferedAmount = 0;
    binaryType = "arraybuffer";
    other: End | null = null;

    send(data: string | Uint8Array<ArrayBuffer>) {
      const copy = typeof data === "string" ? data : data.slice().buffer;
      queueMicrotask(() => this.other?.dispatchEvent(new MessageEvent("message", { data: copy })));
    }
    close(code = 1000, reason = "") {
      for (const end of [this, this.other]) {
        if (end?.readyState !== 1) continue;
        end.readyState = 3;
        queueMicrotask(() => end.dispatchEvent(new CloseEvent("close", { code, reason })));
      }
    }
  }
  const [a, b] = [new End(), new End()];
  a.other = b;
  b.other = a;
  return [a, b] as unknown as [WebSocket, WebSocket];
}

/** By hand with 100,000; each run of the suite tries some. */
const RANDOM_FRAMES = Number(Deno.env.get("BOTTEGA_RANDOM_FRAMES") ?? 3_000);

/** Frames that are more and more in order, so that each layer has something to read. */
function randomFrames(seed: number): (port: number) => Uint8Array<ArrayBuffer> {
  const random = seededRandom(seed);
  return (port) => {
    const bytes = Uint8Array.from({ length: 18 + 60 * random() }, () => 256 * random());
    if (random() < 0.1) return bytes;
    bytes[0] = 7 * random() ** 2;
    new DataView(bytes.buffer).setFloat64(1, random() < 0.8 ? port : Math.floor(4 * random()));
    if (random() < 0.7) bytes.set([0, 0, 0, bytes.length - 13], 9);
    // A tree that may be read, and no arrays.
    if (random() < 0.5) bytes.set([0x92, 0x81, 0xa2, 0x69, 0x64], 13);
    return bytes;
  };
}

test("random frames to a worker: nothing breaks, and each session ends with a code or goes on", async () => {
  const served = {
    methods: createService(),
    schemas,
    token: "t".repeat(43),
    limits: { sessions: 1 },
  };
  const next = randomFrames(1);
  let sent = 0;
  let sessions = 0;
  while (sent < RANDOM_FRAMES) {
    const [ours, theirs] = socketPair();
    serveRemoteLink(theirs, served);
    ours.send(JSON.stringify({ bottega: 1, token: served.token, session: null, received: 0 }));
    sessions++;
    for (let port = 1; ours.readyState === 1 && sent < RANDOM_FRAMES; port++) {
      ours.send(next(port));
      sent++;
      if (port % 8 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
    if (ours.readyState === 1) ours.send(encodeFrame({ kind: "bye", code: "done" }));
    await new Promise((resolve) => setTimeout(resolve));
  }
  expect(sessions).toBeGreaterThan(10);
  const [ours, theirs] = socketPair();
  serveRemoteLink(theirs, served);
  ours.send(JSON.stringify({ bottega: 1, token: served.token, session: null, received: 0 }));
  await expectHonest(speak(ours), 1);
  ours.close();
});

test("random frames to a caller: nothing breaks, and its calls are answered or rejected", async () => {
  const next = randomFrames(2);
  let sent = 0;
  const codes = new Set<string>();
  while (sent < RANDOM_FRAMES) {
    const [ours, theirs] = socketPair();
    const connect = () => {
      queueMicrotask(() => theirs.dispatchEvent(new Event("open")));
      return theirs;
    };
    ours.addEventListener("message", () => {
      const session = crypto.randomUUID();
      ours.send(JSON.stringify({ session, received: 0, openCalls: 4, messageBytes: 1 << 20 }));
    }, { once: true });
    const options = { token: "t".repeat(43), connect, goneAfterMs: 0 };
    const link = await openRemoteLink<Service>("ws://127.0.0.1:9", options);
    const calls = Array.from({ length: 4 }, () => link.call("add", { a: 1, b: 1 }));
    for (const call of calls) call.catch(({ code }) => codes.add(code));
    for (let port = 1; ours.readyState === 1 && sent < RANDOM_FRAMES; port++) {
      ours.send(next(1 + port % 5));
      sent++;
      if (port % 8 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
    link.close();
    await Promise.allSettled(calls);
  }
  expect(codes).toContain("bad-frame");
  expect(codes).toContain("bad-message");
});
