/** A fleet worker as a process of its own, to be killed: `deno run fleet_process.ts CREDENTIALS NAME`. */
import { readCredentials, runFleetWorker } from "../../src/remote/fleet/headless.ts";
import { TEST_WORKS } from "./fleet_works.ts";

const [file = "", name = "", slots = "1"] = Deno.args;
const stop = new AbortController();
Deno.addSignalListener("SIGTERM", () => stop.abort());
const credentials = await readCredentials(file);
await runFleetWorker(credentials.url, TEST_WORKS, {
  credentials,
  name,
  slots: Number(slots),
  signal: stop.signal,
  graceMs: 500,
  log: (line) => console.error(`${name}: ${line}`),
});
Deno.exit(0);
