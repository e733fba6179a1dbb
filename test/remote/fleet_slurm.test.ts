/** A fleet whose workers a real Slurm starts; it is skipped where none is running. */
import { expect, test } from "vitest";
import { findNatsServer, startFleetServer } from "../../src/remote/fleet/headless.ts";
import { openNatsFleet } from "../../src/remote/fleet/mod.ts";
import { bottegaJson } from "../support/bottega.ts";
import { sleep } from "./fleet_works.ts";

/** Whether Slurm has a node that is up. */
async function findSlurm(): Promise<boolean> {
  try {
    const { stdout } = await new Deno.Command("sinfo", { args: ["--noheader"] }).output();
    return /\bup\b.*\b(idle|mixed?|alloc)/.test(new TextDecoder().decode(stdout));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

const isMissing = !await findSlurm() || await findNatsServer() === null;
if (isMissing) console.warn("skipped: workers from Slurm need a running Slurm and nats-server");

test.skipIf(isMissing)(
  "Slurm starts workers, and the jobs of one that it ends go to others",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "fleet-" });
    await using server = await startFleetServer({ folder, port: 0, leaseMs: 5_000 });
    const { submitter } = server.credentials;
    await using fleet = await openNatsFleet(server.url, { credentials: submitter });
    const asked = ["--workers", "2", "--credentials", server.files.worker, "--time", "00:05:00"];
    const { job } = await bottegaJson("fleet", "slurm", ...asked, "--submit") as { job: string };
    try {
      while ((await fleet.workers()).length < 2) await sleep(200);
      const ids = await Promise.all(Array.from({ length: 12 }, async (_, i) => {
        const text = `{"text": "${"a file of words ".repeat(i + 1)}"}\n`;
        const blob = await fleet.data.write(new TextEncoder().encode(text));
        const request = { source: { name: "corpus.jsonl", blob }, device: "cpu" };
        return await fleet.submit({ work: "stats", request, data: [blob] });
      }));
      await fleet.result(ids[1]!);
      await new Deno.Command("scancel", { args: [`${job}_0`] }).output();
      const results = await Promise.all(ids.map((id) => fleet.result(id))) as { tokens: number }[];
      expect(results.every(({ tokens }, i) => i === 0 || tokens > results[i - 1]!.tokens)).toBe(
        true,
      );
      expect(await fleet.deadLetters()).toEqual([]);
      while ((await fleet.workers()).length > 1) await sleep(200);
    } finally {
      await new Deno.Command("scancel", { args: [job] }).output();
    }
    await Deno.remove(folder, { recursive: true });
  },
  300_000,
);
