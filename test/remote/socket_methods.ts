/** A service for tests of remote links; Node serves it too. */
import * as v from "valibot";
import type { Job } from "../../src/gpu/mod.ts";
import type { Served } from "../../src/remote/remote_link_server.ts";

class OddError extends Error {
  override readonly name = "OddError";
  readonly code = "odd";
}

/** What a service may do, well and badly. */
export function createService() {
  const runs: string[] = [];
  let aborts = 0;
  return {
    add: ({ a, b }: { a: number; b: number }, _job: Job) => Promise.resolve(a + b),
    echo: (value: unknown, _job: Job) => Promise.resolve(value),
    fail: (text: string, _job: Job): Promise<never> => Promise.reject(new OddError(text)),
    break: (_: null, _job: Job): Promise<never> =>
      Promise.reject(new Error("a secret of /home/worker")),
    send: (_: null, _job: Job): Promise<unknown> => Promise.resolve({ run: () => {} }),
    sum: (bytes: Uint8Array, _job: Job) => Promise.resolve(bytes.reduce((a, b) => a + b, 0)),
    make: (size: number, _job: Job) => Promise.resolve(new Uint8Array(size).fill(7)),
    async count(n: number, { onProgress }: Job) {
      for (let done = 1; done <= n; done++) {
        onProgress?.({ phase: "count", done, total: n, unit: "tokens" });
        if (done % 1000 === 0) await new Promise((resolve) => setTimeout(resolve));
      }
      return n;
    },
    /** Takes a while, and notes that it ran. */
    async slow({ name, ms }: { name: string; ms: number }, _job: Job) {
      runs.push(name);
      await new Promise((resolve) => setTimeout(resolve, ms));
      return name;
    },
    runs: (_: null, _job: Job) => Promise.resolve([...runs]),
    hang: (_: null, { signal }: Job) =>
      new Promise<void>((_resolve, reject) => {
        signal?.addEventListener("abort", () => {
          aborts++;
          reject(signal.reason);
        });
      }),
    aborts: (_: null, _job: Job) => Promise.resolve(aborts),
  };
}

export type Service = ReturnType<typeof createService>;

/** The schemas of the service's requests. */
export const schemas: Served<Service>["schemas"] = {
  add: v.strictObject({ a: v.number(), b: v.number() }),
  echo: v.unknown(),
  fail: v.string(),
  break: v.null(),
  send: v.null(),
  sum: v.instance(Uint8Array),
  make: v.number(),
  count: v.number(),
  slow: v.strictObject({ name: v.string(), ms: v.number() }),
  runs: v.null(),
  hang: v.null(),
  aborts: v.null(),
};
