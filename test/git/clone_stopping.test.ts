/** A clone tells how far it is, and can be stopped at any moment. */
import { readdir } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { type Progress } from "../../src/gpu/progress.ts";
import { startGitServer } from "../support/git_server.ts";
import { makeRepository } from "../support/make_repository.ts";
import { cache, failure, open, packs, server, useClones } from "./clone_setup.ts";

useClones();

/** "At once", on a machine that has other things to do; what is not stopped never ends here. */
const AT_ONCE_MS = 10_000;

describe("stopping", () => {
  test("before it begins", async () => {
    const { error, left } = await failure(server.url, { signal: AbortSignal.abort() });
    expect(error.code).toBe("aborted");
    expect(left).toEqual([]);
    expect(server.requests).toEqual([]);
  });

  test.each([0, 100_000])("while %i bytes have come and nothing more does", async (bytes) => {
    server.fault = { stallAfterBytes: bytes };
    const controller = new AbortController();
    let stoppedMs = 0;
    const stopping = (async () => {
      await expect.poll(packs).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 200));
      stoppedMs = performance.now();
      controller.abort();
    })();
    const { error, left } = await failure(server.url, { signal: controller.signal });
    await stopping;
    expect(performance.now() - stoppedMs).toBeLessThan(AT_ONCE_MS);
    expect(error.code).toBe("aborted");
    expect(error.message).toContain(server.url);
    expect(left).toEqual([]);
    // The transfer itself ended, not only the wait for it.
    await server.packsEnded(1);
  });

  test("at any moment", async () => {
    let stopped = 0;
    while (true) {
      const controller = new AbortController();
      const at = 1 + stopped * 4;
      let seen = 0;
      const onProgress = () => {
        if (++seen === at) controller.abort();
      };
      const opened = open(server.url, { signal: controller.signal, onProgress });
      const error = await opened.then((repository) => repository.close(), (error) => error);
      // How many moments there are depends on how the bytes come in.
      if (seen < at) break;
      stopped++;
      expect(error).toMatchObject({ code: "aborted" });
      expect(await readdir(cache)).toEqual([]);
    }
    expect(stopped).toBeGreaterThan(10);
  });

  test("in indexing, by a timer", async () => {
    await using large = await makeRepository([{
      files: Object.fromEntries(
        Array.from({ length: 1500 }, (_, index) => [`${index % 50}/${index}`, `${index}`]),
      ),
    }]);
    await using host = await startGitServer(large.path);
    const controller = new AbortController();
    let stoppedMs = 0;
    const { error, left } = await failure(host.url, {
      signal: controller.signal,
      onProgress({ unit }) {
        if (unit !== "objects" || stoppedMs > 0) return;
        stoppedMs = performance.now();
        setTimeout(() => controller.abort());
      },
    });
    expect(error.code).toBe("aborted");
    expect(performance.now() - stoppedMs).toBeLessThan(AT_ONCE_MS);
    expect(left).toEqual([]);
  });
});

test("progress is told in bytes, then in objects, up to all of them", async () => {
  const moments: Progress[] = [];
  await (await open(server.url, { onProgress: (moment) => moments.push(moment) })).close();
  expect(new Set(moments.map(({ phase }) => phase))).toEqual(new Set(["clone"]));
  const bytes = moments.filter(({ unit }) => unit === "bytes").map(({ done }) => done);
  expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
  expect(bytes.at(-1)).toBeGreaterThan(300_000);
  const objects = moments.filter(({ unit }) => unit === "objects");
  expect(objects.map(({ done }) => done)).toEqual(
    objects.map(({ done }) => done).toSorted((a, b) => a - b),
  );
  const last = objects.at(-1);
  expect(last?.done).toBe(last?.total);
});
