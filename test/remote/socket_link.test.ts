import { expect, test } from "vitest";
import { startWorker } from "./socket_service.ts";

test("a call comes back with its result", async () => {
  await using worker = startWorker();
  const link = await worker.link();
  expect(await link.call("add", { a: 2, b: 3 })).toBe(5);
});
