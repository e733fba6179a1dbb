/**
 * A fleet worker as a process of its own, to be killed: `deno run fleet_process.ts CREDENTIALS NAME`. With
 * a third word, `real`, it does the works that every worker knows, in a thread of its own.
 */
import { readCredentials, runFleetWorker } from "../../src/remote/fleet/headless.ts";
import { TEST_WORKS } from "./fleet_works.ts";

const [file = "", name = "", kind = "test"] = Deno.args;
const isReal = kind === "real";
const works = isReal ? (await import("../../src/remote/headless.ts")).WORKS : TEST_WORKS;
const stop = new AbortController();
Deno.addSignalListener("SIGTERM", () => stop.abort());
const credentials = await readCredentials(file);
await runFleetWorker(credentials.url, works, {
  credentials,
  name,
  has: ["sandbox"],
  ...(isReal && { compute: "cpu", threads: true }),
  signal: stop.signal,
  graceMs: 500,
  log: (line) => console.error(`${name}: ${line}`),
});
Deno.exit(0);
