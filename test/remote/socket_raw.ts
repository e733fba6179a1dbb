/** The other end of a remote link, by hand: what an attacker would send. */
import { decodeFrame, encodeFrame, type Frame } from "../../src/remote/frame.ts";
import { MessageReader, writeMessage } from "../../src/remote/frame_message.ts";

/** How long a test waits for an answer. */
const PATIENCE_MS = 10_000;

/** One end of a socket that has greeted. */
export interface RawLink {
  readonly socket: WebSocket;
  /** Why the session or its socket has ended; null while it goes on. */
  readonly ended: string | null;
  send(frame: Frame): void;
  /** Sends a whole message on a port. */
  post(port: number, message: unknown): void;
  /** What comes next on a port: a message, or the code that closed it or ended the session. */
  next(port: number): Promise<unknown>;
  /** Calls a method on a port as comlink does; the reply, or the code. */
  call(port: number, method: string, request: unknown): Promise<unknown>;
}

/** Greets a worker at `url`. */
export async function openRaw(url: string, token: string): Promise<RawLink> {
  const headers = { origin: url.replace(/^ws/, "http") };
  const socket = new (WebSocket as unknown as new (
    url: string,
    options: unknown,
  ) => WebSocket)(url, { headers });
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  socket.send(JSON.stringify({ bottega: 1, token, session: null, received: 0 }));
  return speak(socket);
}

/** Speaks over a socket, acknowledging what comes. */
export function speak(socket: WebSocket): RawLink {
  socket.binaryType = "arraybuffer";
  const came = new Map<number, unknown[]>();
  const readers = new Map<number, MessageReader>();
  let wake = Promise.withResolvers<void>();
  let ended: string | null = null;
  let received = 0;

  const ring = () => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  const arrived = (port: number, what: unknown) => {
    const waiting = came.get(port) ?? [];
    came.set(port, waiting);
    waiting.push(what);
    ring();
  };
  socket.addEventListener("message", ({ data }) => {
    if (typeof data === "string") return;
    const frame = decodeFrame(data);
    if (frame.kind === "bye") ended ??= frame.code;
    if (frame.kind === "close") arrived(frame.port, frame.code);
    if (frame.kind === "part" || frame.kind === "last") {
      const reader = readers.get(frame.port) ?? new MessageReader(1 << 30);
      readers.set(frame.port, reader);
      reader.push(frame.bytes);
      if (frame.kind === "last") {
        readers.delete(frame.port);
        arrived(frame.port, reader.finish());
      }
    }
    if (!("port" in frame)) return ring();
    received++;
    send({ kind: "ack", frames: received });
  });
  socket.addEventListener("close", ({ reason }) => {
    ended ??= reason === "" ? "closed" : reason;
    ring();
  });
  function send(frame: Frame) {
    if (socket.readyState === socket.OPEN) socket.send(encodeFrame(frame));
  }
  function post(port: number, message: unknown) {
    const segments = writeMessage(message);
    for (const [i, bytes] of segments.entries()) {
      for (let at = 0; at < bytes.length; at += 1 << 18) {
        const isLast = i === segments.length - 1 && at + (1 << 18) >= bytes.length;
        const piece = bytes.subarray(at, at + (1 << 18));
        send({ kind: isLast ? "last" : "part", port, bytes: piece });
      }
    }
  }
  async function next(port: number): Promise<unknown> {
    const endMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const first = came.get(port)?.shift();
      if (first !== undefined) return first;
      if (ended !== null) return ended;
      if (performance.now() > endMs) return "nothing";
      await Promise.race([wake.promise, new Promise((resolve) => setTimeout(resolve, 100))]);
    }
  }
  return {
    socket,
    get ended() {
      return ended;
    },
    send,
    post,
    next,
    call(port, method, request) {
      post(port, apply(method, request));
      return next(port);
    },
  };
}

/** A WebSocket request by hand, with these headers beside those that it must have. */
export function upgradeRequest(headers: Readonly<Record<string, string>>): string {
  const all = {
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return ["GET / HTTP/1.1", ...lines, "", ""].join("\r\n");
}

/** Sends one frame that is to have a gigabyte; how many bytes of it were taken. */
export async function sendGigabyte(port: number): Promise<number> {
  const host = `127.0.0.1:${port}`;
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const request = upgradeRequest({ host, origin: `http://${host}` });
  await connection.write(new TextEncoder().encode(request));
  await connection.read(new Uint8Array(1000));
  // Binary, whole, masked, with a length of 64 bits.
  await connection.write(new Uint8Array([0x82, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 1, 2, 3, 4]));
  const zeros = new Uint8Array(1 << 20);
  let taken = 0;
  while (taken < 1 << 30) {
    const size = await connection.write(zeros).catch(() => 0);
    if (size === 0) break;
    taken += size;
  }
  return taken;
}

/** A call as comlink writes it. */
export function apply(method: string, request: unknown) {
  const argumentList = [{ type: "RAW", value: request }];
  return { id: crypto.randomUUID(), type: "APPLY", path: [method], argumentList };
}

/** Forged calls by what they try, and the code that each is refused with. */
export const FORGERIES: readonly (readonly [string, unknown, string])[] = [
  ["CONSTRUCT", {
    id: "a",
    type: "CONSTRUCT",
    path: ["add", "constructor"],
    argumentList: [{ type: "RAW", value: "return globalThis.SECRET" }],
  }, "forbidden-frame"],
  [
    "SET",
    {
      id: "a",
      type: "SET",
      path: ["add", "__proto__", "__proto__", "polluted"],
      value: { type: "RAW", value: "yes" },
    },
    "forbidden-frame",
  ],
  ["SET of a method", {
    id: "a",
    type: "SET",
    path: ["add"],
    value: { type: "RAW", value: 1 },
  }, "forbidden-frame"],
  ["GET", { id: "a", type: "GET", path: ["add"] }, "forbidden-frame"],
  ["GET of nothing", { id: "a", type: "GET", path: [] }, "forbidden-frame"],
  ["ENDPOINT", { id: "a", type: "ENDPOINT" }, "forbidden-frame"],
  ["a long path", { ...apply("add", 1), path: ["add", "constructor", "call"] }, "forbidden-frame"],
  ["no path", { ...apply("add", 1), path: [] }, "forbidden-frame"],
  ["a path that is text", { ...apply("add", 1), path: "add" }, "forbidden-frame"],
  ["__proto__", apply("__proto__", null), "no-such-method"],
  ["constructor", apply("constructor", "return 1"), "no-such-method"],
  ["toString", apply("toString", null), "no-such-method"],
  ["hasOwnProperty", apply("hasOwnProperty", "add"), "no-such-method"],
  ["then", apply("then", null), "no-such-method"],
  ["a proxied argument", {
    ...apply("echo", 1),
    argumentList: [{ type: "HANDLER", name: "proxy", value: {} }],
  }, "forbidden-frame"],
  ["a thrown argument", {
    ...apply("echo", 1),
    argumentList: [{ type: "HANDLER", name: "throw", value: { isError: true, value: {} } }],
  }, "forbidden-frame"],
  ["two arguments", {
    ...apply("add", 1),
    argumentList: [{ type: "RAW", value: 1 }, { type: "RAW", value: 1 }],
  }, "forbidden-frame"],
  ["no arguments", { ...apply("add", 1), argumentList: [] }, "forbidden-frame"],
  [
    "arguments that are none",
    { ...apply("add", 1), argumentList: { length: 1 } },
    "forbidden-frame",
  ],
  ["a wrong type", apply("add", { a: "1", b: 2 }), "bad-request"],
  ["a key too many", apply("add", { a: 1, b: 2, constructor: 3 }), "bad-request"],
  ["no request", apply("add", undefined), "bad-request"],
  ["no id", { type: "APPLY", path: ["add"], argumentList: [] }, "bad-frame"],
  ["an id that is none", { ...apply("add", 1), id: { toString: 1 } }, "bad-frame"],
  ["an id of a megabyte", { ...apply("add", 1), id: "a".repeat(1 << 20) }, "bad-frame"],
  ["no type", { id: "a" }, "bad-frame"],
  ["a list", [1, 2], "bad-frame"],
  ["nothing", null, "bad-frame"],
  ["a number", 7, "bad-frame"],
];

/** The code in a comlink reply that throws; the code itself where the port or session was ended. */
export function codeOf(reply: unknown): unknown {
  if (typeof reply !== "object" || reply === null) return reply;
  const { value } = reply as { value?: { value?: { code?: string } } };
  return value?.value?.code ?? reply;
}
