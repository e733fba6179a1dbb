/** The worker of worker_link.test.ts: what a service may do, well and badly. */
import { transfer } from "comlink";
import type { Job } from "../../src/gpu/mod.ts";
import { serveLink } from "../../src/remote/mod.ts";

class OddError extends Error {
  override readonly name = "OddError";
  readonly code = "odd";
}

const resumed = Promise.withResolvers<void>();

export const service = {
  add: ({ a, b }: { a: number; b: number }, _job: Job) => Promise.resolve(a + b),
  fail: (text: string, _job: Job): Promise<never> => Promise.reject(new OddError(text)),
  count: async (n: number, { onProgress }: Job) => {
    for (let done = 1; done <= n; done++) {
      onProgress?.({ phase: "count", done, total: n, unit: "tokens" });
      if (done % 1000 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
    return n;
  },
  /** Reports twice at once, then is still until it is resumed. */
  pause: async (_: null, { onProgress }: Job) => {
    for (const done of [1, 2]) onProgress?.({ phase: "pause", done, total: 3, unit: "tokens" });
    await resumed.promise;
  },
  resume: (_: null, _job: Job) => Promise.resolve(resumed.resolve()),
  /** Hears nothing for so long. */
  spin: (ms: number, { onProgress }: Job) => {
    onProgress?.({ phase: "spin", done: 0, total: 0, unit: "tokens" });
    const end = performance.now() + ms;
    while (performance.now() < end);
    return Promise.resolve();
  },
  move: (size: number, _job: Job) => {
    moved = new Uint8Array(size);
    return Promise.resolve(transfer(moved, [moved.buffer]));
  },
  leftBytes: (_: null, _job: Job) => Promise.resolve(moved.byteLength),
  /** Ends when it is aborted, and says so to the next `aborts`. */
  hang: (_: null, { signal }: Job) =>
    new Promise<void>((_resolve, reject) => {
      signal?.addEventListener("abort", () => {
        aborted++;
        reject(signal.reason);
      });
    }),
  aborts: (_: null, _job: Job) => Promise.resolve(aborted),
  die: (_: null, _job: Job) =>
    new Promise<void>(() =>
      setTimeout(() => {
        throw new Error("out of luck");
      })
    ),
};

let aborted = 0;
let moved = new Uint8Array();

serveLink(service);
