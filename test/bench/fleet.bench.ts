/**
 * What a fleet costs beside its work, with 1, 2, 4 and 8 workers on loopback, and whether
 * `src/remote/fleet/scale_model.ts` tells it. Jobs that sleep, so that two cores do not limit, and jobs
 * that hash, so that they do. `deno run -A test/bench/fleet.bench.ts [--out FILE]` prints JSON.
 *
 * @module
 */
import { cpus } from "node:os";
import * as v from "valibot";
import {
  findNatsServer,
  runFleetWorker,
  startFleetServer,
} from "../../src/remote/fleet/headless.ts";
import { openNatsFleet } from "../../src/remote/fleet/mod.ts";
import { FLEET_LOADS, fleetCost, type FleetRates } from "../../src/remote/fleet/scale_model.ts";
import type { Works } from "../../src/remote/work.ts";

const WORKS = {
  sleep: {
    schema: v.object({ n: v.string(), ms: v.number() }),
    run: ({ ms }: { ms: number }) => new Promise((resolve) => setTimeout(() => resolve(ms), ms)),
  },
  hash: {
    schema: v.object({ n: v.string(), rounds: v.number() }),
    async run({ rounds }: { rounds: number }) {
      let bytes = new Uint8Array(2 ** 20);
      for (let i = 0; i < rounds; i++) {
        const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
        bytes = bytes.map((byte, at) => at < 32 ? digest[at] ?? byte : byte);
      }
      return bytes[0];
    },
  },
} as Works;

if (await findNatsServer() === null) throw new Error("nats-server is not installed");
const folder = await Deno.makeTempDir({ prefix: "fleet-" });
await using server = await startFleetServer({ folder, port: 0 });
const { worker: credentials, submitter } = server.credentials;
await using fleet = await openNatsFleet(server.url, { credentials: submitter });

/** Runs `jobs` jobs on `workers` workers, all submitted before: seconds of the whole. */
async function time(workers: number, jobs: number, work: string, request: object) {
  const tag = crypto.randomUUID();
  const beforeMs = performance.now();
  const ids = await Promise.all(
    Array.from(
      { length: jobs },
      (_, i) => fleet.submit({ work, request: { n: `${tag}-${i}`, ...request } }),
    ),
  );
  const submitted = (performance.now() - beforeMs) / 1_000;
  const stop = new AbortController();
  const beganMs = performance.now();
  const cpuBefore = cpuSeconds();
  const served = Array.from(
    { length: workers },
    (_, i) =>
      runFleetWorker(server.url, WORKS, { credentials, name: `w${i}`, signal: stop.signal }),
  );
  await Promise.all(ids.map((id) => fleet.result(id)));
  const seconds = (performance.now() - beganMs) / 1_000;
  console.error(`${workers} workers, ${jobs} jobs of ${work}: ${seconds.toFixed(2)} s`);
  stop.abort();
  await Promise.all(served);
  return { workers, jobs, seconds, submitted, cpuSeconds: cpuSeconds() - cpuBefore };
}

/** Of this process, which holds submitter and workers. */
function cpuSeconds(): number {
  const [, rest = ""] = Deno.readTextFileSync("/proc/self/stat").split(") ");
  const fields = rest.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const MS = 200;
await time(2, 20, "sleep", { ms: 1 });
const empty = await time(8, 200, "sleep", { ms: 0 });
const one = await time(1, 40, "sleep", { ms: 0 });
const bytes = crypto.getRandomValues(new Uint8Array(65_536));
const blob = new Uint8Array(32 * 2 ** 20);
for (let at = 0; at < blob.length; at += bytes.length) blob.set(bytes, at);
const blobMs = performance.now();
const sha256 = await fleet.data.write(blob);
await fleet.data.read(sha256);
const rates: FleetRates = {
  overheadSeconds: one.seconds / one.jobs,
  jobsPerSecond: empty.jobs / empty.seconds,
  bytesPerSecond: 2 * blob.length / ((performance.now() - blobMs) / 1_000),
};
const load = { jobs: 0, readBytes: 0, writtenBytes: 0, checkpoints: 0, eventBatches: 0 };
const sleeping = [];
for (const workers of [1, 2, 4, 8]) {
  const measured = await time(workers, 20 * workers, "sleep", { ms: MS });
  const told = fleetCost({ ...load, jobs: measured.jobs, jobSeconds: MS / 1_000 }, rates, workers);
  sleeping.push({
    ...measured,
    toldSeconds: told.seconds,
    ratio: measured.seconds / told.seconds,
    bound: told.bound,
  });
}
const hashing = [];
for (const workers of [1, 2, 4, 8]) hashing.push(await time(workers, 24, "hash", { rounds: 4 }));

const report = {
  machine: `${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores, load ${
    Deno.loadavg()[0]?.toFixed(1)
  }`,
  server: `nats-server ${await findNatsServer()}, loopback`,
  date: new Date().toISOString().slice(0, 10),
  rates,
  sleeping,
  hashing,
  statistics: [64, 256, 1_024].map((workers) => ({
    workers,
    ...fleetCost(FLEET_LOADS.statistics, rates, workers),
  })),
  matrix: [8, 64, 1_000].map((workers) => ({
    workers,
    ...fleetCost(FLEET_LOADS.matrix, rates, workers),
  })),
};
const text = JSON.stringify(report, null, 2);
const out = Deno.args[Deno.args.indexOf("--out") + 1];
if (Deno.args.includes("--out") && out) await Deno.writeTextFile(out, `${text}\n`);
console.log(text);
await fleet[Symbol.asyncDispose]();
await server[Symbol.asyncDispose]();
await Deno.remove(folder, { recursive: true });
Deno.exit(0);
