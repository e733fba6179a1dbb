/**
 * A notebook's process, to be killed: it trains on a remote worker and tells each step.
 *
 * @module
 */
import { connect } from "../../src/remote/mod.ts";
import { COUNTING, countingSpec } from "./open_worker.ts";

const [url = "", steps = ""] = Deno.args;
const workbench = connect(url, { token: Deno.env.get("NOTEBOOK_TOKEN") ?? "" });
const { files: _, ...result } = await workbench.train(countingSpec(Number(steps)), {
  data: COUNTING,
  device: "auto",
  onEvent: (event) => console.log(JSON.stringify(event)),
});
console.log(JSON.stringify({ type: "result", ...result }));
Deno.exit(0);
