/**
 * One attempt at a job: its order is checked, and the work run.
 *
 * @module
 */
import * as v from "valibot";
import { chooseGpu } from "../../gpu/mod.ts";
import type { WorkContext, WorkOrder, Works } from "../work.ts";
import { WorkError } from "../work_error.ts";

/** How a worker runs one job. */
export type RunWork = (order: WorkOrder, context: WorkContext) => Promise<unknown>;

/** Runs works on this thread. */
export function runHere(works: Works): RunWork {
  return async ({ work: name, request, data = [] }, context) => {
    const work = Object.hasOwn(works, name) ? works[name] : undefined;
    if (!work) {
      const known = Object.keys(works).map((name) => `"${name}"`).join(", ") || "none";
      throw new WorkError("no-such-work", `No work is named "${name}"; there are ${known}.`);
    }
    const parsed = v.safeParse(work.schema, request);
    if (!parsed.success) {
      const [{ message }] = parsed.issues;
      const path = v.getDotPath(parsed.issues[0]) ?? "the request";
      throw new WorkError("bad-request", `"${name}" cannot take ${path}: ${message}`);
    }
    for (const sha256 of data) {
      if (!await context.data.has(sha256)) {
        throw new WorkError("no-such-blob", `"${name}" needs the blob ${sha256}: send it first.`);
      }
    }
    context.signal?.throwIfAborted();
    const result = await work.run(parsed.output, context);
    return plainJson(result);
  };
}

/** A result as it will be read by whoever asks for it, here or elsewhere: typed arrays are lists in it. */
function plainJson(value: unknown): unknown {
  const lists = (_: string, item: unknown) =>
    ArrayBuffer.isView(item) && !(item instanceof DataView)
      ? Array.from(item as unknown as ArrayLike<number>)
      : item;
  return value === undefined ? null : JSON.parse(JSON.stringify(value, lists));
}

/** A GPU of this process, opened for the first job that wants one and kept. */
export function keptChooser(): WorkContext["chooseGpu"] {
  let kept: ReturnType<typeof chooseGpu> | null = null;
  return async (device) => {
    if (device === "cpu") return await chooseGpu(device);
    const chosen = kept ??= chooseGpu(device);
    const forget = () => {
      if (kept === chosen) kept = null;
    };
    try {
      const { gpu } = await chosen;
      if (gpu) gpu.lost.then(forget);
      else forget();
    } catch (error) {
      forget();
      throw error;
    }
    return await chosen;
  };
}

/** What an attempt threw, by what is kept of it. */
export function failureOf(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Error)) return { code: "failed", message: String(error) };
  const code = "code" in error && typeof error.code === "string" ? error.code : "failed";
  return { code, message: error.message };
}

/** Whether another attempt would fail as this one did. */
export function isFinal(error: unknown): boolean {
  return failureOf(error).code === "bad-request";
}

/** How long a job rests after its n-th failure, in milliseconds. */
export function restMs(deliveries: number): number {
  return Math.min(30_000, 100 * 4 ** (deliveries - 1));
}
