/** Processes that wait for jobs: kept after one, unless they have grown, or are dead. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openJobPool } from "../../src/remote/job_pool.ts";

const folder = await mkdtemp(join(tmpdir(), "bottega-pool-"));
afterAll(() => rm(folder, { recursive: true }));

test("a process that is given back does the next job; only one waits, and none outlives the pool", async () => {
  const pool = openJobPool({ folder, memoryBytes: 2 ** 32, device: "cpu" });
  const first = await pool.take();
  pool.giveBack(first);
  expect(await pool.take()).toBe(first);
  const second = await pool.take();
  expect(second).not.toBe(first);
  pool.giveBack(first);
  pool.giveBack(second);
  await second.finished;
  expect(first.ended).toBe(false);
  pool.close();
  await first.finished;
});

test("one that holds much, or has died, is replaced by a fresh one", async () => {
  // A quarter of it is less than Deno needs.
  const pool = openJobPool({ folder, memoryBytes: 2 ** 28, device: "cpu" });
  const large = await pool.take();
  pool.giveBack(large);
  const fresh = await pool.take();
  expect(fresh).not.toBe(large);
  expect(large.ended).toBe(true);
  fresh.close();
  await fresh.finished;
  pool.giveBack(fresh);
  const other = await pool.take();
  expect(other.ended).toBe(false);
  pool.close();
  other.close();
  await other.finished;
});
