/** Works for tests of fleets: small, and each does one thing that a fleet must cope with. */
import * as v from "valibot";
import type { Work, Works } from "../../src/remote/mod.ts";

/** Resolves after so long, or rejects as soon as the signal aborts. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

function work<const S extends v.GenericSchema<unknown, unknown>>(
  schema: S,
  run: Work<v.InferOutput<S>>["run"],
): Work {
  return { schema, run } as Work;
}

export const TEST_WORKS: Works = {
  /** Sleeps, then gives the square. */
  square: work(
    v.object({ n: v.number(), ms: v.optional(v.number(), 0) }),
    async ({ n, ms }, job) => {
      await sleep(ms, job.signal);
      return n * n;
    },
  ),
  /** As many bytes as asked, as text. */
  text: work(v.object({ length: v.number() }), ({ length }) => Promise.resolve("x".repeat(length))),
  /** Gives a blob back, turned round, under its new hash. */
  reverse: work(v.object({ blob: v.string() }), async ({ blob }, { data }) => {
    return await data.write((await data.read(blob)).reverse());
  }),
  /** Fails so many times before it succeeds; it counts in its files. */
  flaky: work(v.object({ failures: v.number() }), async ({ failures }, { files }) => {
    const file = await files.read("count");
    const count = file ? Number(new TextDecoder().decode(await file.read(0, file.sizeBytes))) : 0;
    await files.write("count", [new TextEncoder().encode(String(count + 1))]);
    if (count < failures) throw new Error(`failure ${count + 1}`);
    return count;
  }),
  /**
   * Counts to `to`, an event and a checkpoint each, from wherever an earlier attempt got. An attempt that
   * begins at 0 stays at `firstWaitsAt`.
   */
  count: work(
    v.object({ to: v.number(), ms: v.number(), firstWaitsAt: v.optional(v.number()) }),
    async ({ to, ms, firstWaitsAt }, { files, emit, told, signal, onProgress }) => {
      const saved = (await files.list("checkpoints")).map(Number);
      const begin = Math.max(0, ...saved);
      for (let i = begin; i < to; i++) {
        await sleep(begin === 0 && i === firstWaitsAt ? 3_600_000 : ms, signal);
        if (i >= told.length) emit({ i });
        onProgress?.({ phase: "count", done: i + 1, total: to, unit: "tasks" });
        await files.writeFolder(`checkpoints/${i + 1}`, {
          "state.json": [new TextEncoder().encode(JSON.stringify({ i: i + 1 }))],
        });
        await files.removeFolder(`checkpoints/${i}`);
      }
      return { to, begin };
    },
  ),
  /** Ends the process that runs it. */
  poison: work(v.null(), () => Deno.exit(9)),
};
