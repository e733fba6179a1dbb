/** Promise 2: calls of an allow-list with checked, plain requests, and nothing else, reach a worker. */
import { afterEach, describe, expect, test } from "vitest";
import { CHUNK_BYTES } from "../../src/remote/frame.ts";
import {
  apply,
  codeOf,
  FORGERIES,
  openRaw,
  type RawLink,
  sendGigabyte,
} from "../remote/socket_raw.ts";
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

test("10,000 calls in a moment: the service runs as many as it may, the rest is refused", async () => {
  await using worker = startWorker();
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
  expect(codes.get("ran")).toBeLessThan(1100 + 5000 * seconds);
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
    "an array of a size that none has": [
      [
        0x92,
        0xc0,
        0x91,
        0x83,
        ...text("path"),
        0x90,
        ...text("type"),
        ...text("Float32Array"),
        ...text("size"),
        3,
      ],
      "bad-message",
    ],
    "an array of a terabyte": [
      [
        0x92,
        0xc0,
        0x91,
        0x83,
        ...text("path"),
        0x90,
        ...text("type"),
        ...text("Uint8Array"),
        ...text("size"),
        ...float64(1e12),
      ],
      "too-large",
    ],
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

test("random frames by the thousand: no crash, and the next session works", async () => {
  await using worker = startWorker();
  const random = seededRandom(7);
  for (let session = 0; session < 20; session++) {
    const link = await openRaw(worker.listener.url, worker.token);
    for (let i = 0; i < 500; i++) {
      const size = 9 + Math.floor(64 * random());
      const bytes = Uint8Array.from({ length: size }, () => 256 * random());
      if (session % 2 === 1) {
        // A frame in order, so that what it carries is read.
        bytes.set([random() < 0.9 ? 1 : 0, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0]);
        if (bytes.length > 13) bytes.set([0, 0, 0, bytes.length - 13], 9);
        new DataView(bytes.buffer).setFloat64(1, 1 + i);
      }
      if (link.socket.readyState === WebSocket.OPEN) link.socket.send(bytes);
    }
    link.socket.close();
  }
  const link = await openRaw(worker.listener.url, worker.token);
  await expectHonest(link, 1);
  link.socket.close();
});
