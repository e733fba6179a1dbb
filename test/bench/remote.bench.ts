/**
 * What a link to another process costs, beside a bare WebSocket of the same machine, turn about:
 *
 *     deno run -A test/bench/remote.bench.ts [RUNS]
 *
 * A call there and back; a gigabyte there, and one back, in arrays of 16 MiB; 10,000 events a second.
 * Refuses to tell a time unless what arrives is what was sent. Prints medians, and the processor's time
 * of both processes.
 *
 * @module
 */
import * as v from "valibot";
import { randomToken } from "../../src/remote/guard_token.ts";
import { listenRemote } from "../../src/remote/listen_remote.ts";
import { openRemoteLink, type RemoteLink } from "../../src/remote/remote_link.ts";
import { serveRemoteLink } from "../../src/remote/remote_link_server.ts";
import { processorSeconds } from "./remote_time.ts";

const SHARD_BYTES = 16 << 20;
const SHARDS = 60;
const CALLS = 2000;
const EVENTS_PER_SECOND = 10_000;
const EVENT_SECONDS = 3;
/** Of what is sent back. */
const CHECK = checkOf(new Uint8Array(SHARD_BYTES).fill(7));

if (Deno.args[0] === "serve") serve();
else await measure(Number(Deno.args[0] ?? 5));

type Service = ReturnType<typeof createService>;

function createService() {
  let told: { readonly at: number }[] = [];
  let wake = Promise.withResolvers<void>();
  return {
    add: ({ a, b }: { a: number; b: number }) => Promise.resolve(a + b),
    put: (shard: Uint8Array) => Promise.resolve(checkOf(shard)),
    get: (fill: number) => Promise.resolve(new Uint8Array(SHARD_BYTES).fill(fill)),
    /** Tells of so many events a second, as a run does. */
    tell(events: number) {
      const startMs = performance.now();
      let at = 0;
      const timer = setInterval(() => {
        const due = Math.min(events, (performance.now() - startMs) * EVENTS_PER_SECOND / 1000);
        while (at < due) told.push({ at: at++ });
        wake.resolve();
        if (at >= events) clearInterval(timer);
      }, 5);
      return Promise.resolve();
    },
    async events(_request: null) {
      if (told.length === 0) await wake.promise;
      wake = Promise.withResolvers();
      const events = told;
      told = [];
      return events;
    },
  };
}

function serve() {
  const token = Deno.env.get("BENCH_TOKEN") ?? "";
  const schemas = {
    add: v.strictObject({ a: v.number(), b: v.number() }),
    put: v.instance(Uint8Array),
    get: v.number(),
    tell: v.number(),
    events: v.null(),
  };
  const served = { methods: createService(), schemas, token };
  const handler = (socket: WebSocket) => serveRemoteLink(socket, served);
  const { url } = listenRemote({ port: 0, token, handler });
  const bare = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      if (typeof data !== "string") socket.send(`${checkOf(new Uint8Array(data))}`);
      else socket.send(data === "get" ? new Uint8Array(SHARD_BYTES).fill(7) : data);
    };
    return response;
  });
  console.log(JSON.stringify({ url, bare: `ws://127.0.0.1:${bare.addr.port}` }));
}

/** A few bytes of an array, which a wrong one would not have. */
function checkOf(shard: Uint8Array): number {
  let check = shard.length;
  for (let i = 0; i < shard.length; i += 65_521) check = (31 * check + (shard[i] ?? 0)) >>> 0;
  return check;
}

interface Peer {
  call(i: number): Promise<void>;
  put(shard: Uint8Array<ArrayBuffer>): Promise<void>;
  get(): Promise<void>;
}

async function measure(runs: number) {
  const token = randomToken();
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL(import.meta.url).pathname, "serve"],
    env: { BENCH_TOKEN: token },
    stdout: "piped",
  });
  const server = command.spawn();
  const { value } = await server.stdout.getReader().read();
  const { url, bare } = JSON.parse(new TextDecoder().decode(value));
  const link = await openRemoteLink<Service>(url, { token });
  const peers: Record<string, Peer> = { link: linkPeer(link), "bare socket": await barePeer(bare) };
  const pids = [Deno.pid, server.pid];
  const taken: Record<string, Record<string, number[]>> = {};
  const note = (what: string, peer: string, value: number) =>
    ((taken[what] ??= {})[peer] ??= []).push(value);
  const shard = crypto.getRandomValues(new Uint8Array(1 << 16));
  const shards = new Uint8Array(SHARD_BYTES).map((_, i) => shard[i % shard.length] ?? 0);

  for (let run = 0; run < runs; run++) {
    for (const [name, peer] of Object.entries(peers)) {
      const callMs: number[] = [];
      for (let i = 0; i < CALLS; i++) {
        const startMs = performance.now();
        await peer.call(i);
        callMs.push(performance.now() - startMs);
      }
      note("call, median, ms", name, quantile(callMs, 0.5));
      note("call, p95, ms", name, quantile(callMs, 0.95));
      for (const what of ["put", "get"] as const) {
        const startMs = performance.now();
        const startCpu = processorSeconds(pids);
        for (let i = 0; i < SHARDS; i++) await peer[what](shards);
        const megabytes = SHARDS * SHARD_BYTES / 1e6;
        note(`${what}, MB/s`, name, megabytes * 1000 / (performance.now() - startMs));
        note(
          `${what}, CPU s of both per GB`,
          name,
          (processorSeconds(pids) - startCpu) / megabytes * 1000,
        );
      }
    }
    note("events a second, in order", "link", await eventsPerSecond(link));
  }
  const median = ([what, values]: [string, Record<string, number[]>]) => {
    const cells = Object.entries(values).map((
      [peer, all],
    ) => [peer, +quantile(all, 0.5).toFixed(3)]);
    return [what, Object.fromEntries(cells)];
  };
  console.table(Object.fromEntries(Object.entries(taken).map(median)));
  server.kill();
  Deno.exit(0);
}

function linkPeer(link: RemoteLink<Service>): Peer {
  return {
    async call(i) {
      if (await link.call("add", { a: i, b: 1 }) !== i + 1) throw new Error("a wrong sum came");
    },
    async put(shard) {
      if (await link.call("put", shard) !== checkOf(shard)) throw new Error("a wrong array came");
    },
    async get() {
      const shard = await link.call("get", 7);
      if (checkOf(shard) !== CHECK) throw new Error("a wrong array came back");
    },
  };
}

async function barePeer(url: string): Promise<Peer> {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  await new Promise((resolve) => socket.onopen = resolve);
  const ask = (data: string | Uint8Array<ArrayBuffer>) =>
    new Promise<string | ArrayBuffer>((resolve) => {
      socket.onmessage = ({ data }) => resolve(data);
      socket.send(data);
    });
  return {
    async call(i) {
      if (await ask(`${i}`) !== `${i}`) throw new Error("a wrong text came");
    },
    async put(shard) {
      if (Number(await ask(shard)) !== checkOf(shard)) throw new Error("a wrong array came");
    },
    async get() {
      const shard = await ask("get") as ArrayBuffer;
      if (checkOf(new Uint8Array(shard)) !== CHECK) throw new Error("a wrong array came back");
    },
  };
}

async function eventsPerSecond(link: RemoteLink<Service>): Promise<number> {
  const total = EVENTS_PER_SECOND * EVENT_SECONDS;
  const startMs = performance.now();
  await link.call("tell", total);
  for (let next = 0; next < total;) {
    for (const { at } of await link.call("events", null)) {
      if (at !== next++) throw new Error(`event ${at} came as number ${next - 1}`);
    }
  }
  return total * 1000 / (performance.now() - startMs);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
}
