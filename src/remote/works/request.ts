/**
 * What requests of several works have in common: devices, sources and files by their hash.
 *
 * @module
 */
import * as v from "valibot";
import { loadTasks, type Task } from "../../agent/mod.ts";
import type { SourceInput } from "../../trajectory/mod.ts";
import { SHA256 } from "../blob_store.ts";
import type { WorkContext } from "../work.ts";
import { WorkError } from "../work_error.ts";

/** A whole number of `least` to `most`. */
export const whole = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  v.pipe(v.number(), v.safeInteger(), v.minValue(least), v.maxValue(most));

/** A number of `least` to `most`. */
export const between = (least: number, most: number) =>
  v.pipe(v.number(), v.minValue(least), v.maxValue(most));

/** A name, a path, a prompt: nothing of more than a million characters. */
export const text = (most = 2 ** 20) => v.pipe(v.string(), v.maxLength(most));

/** A JSON object; `__proto__` is a key like any other in it and reaches nothing. */
export const jsonObject = v.record(v.string(), v.unknown());

/** Where to compute. */
export const DEVICE = v.optional(v.picklist(["auto", "gpu", "cpu"]), "auto");

/** Files by name, each as its blob's hash. */
export const BLOB_FILES = v.record(text(200), SHA256);

/**
 * Where a corpus or tasks come from: a URL of a repository, or a blob under a name that tells what it
 * is: `corpus.jsonl`, `tasks.parquet`, `history.bundle`. A path of the worker's own disk is neither.
 */
export const SOURCE = v.union([
  v.pipe(text(2000), v.regex(/^https:\/\//, "not the https:// URL of a repository")),
  v.strictObject({ name: text(200), blob: SHA256 }),
]);

/** See {@linkcode SOURCE}. */
export type WorkSource = v.InferOutput<typeof SOURCE>;

/** Opens a source with the bytes of its blob. */
export async function openSource(source: WorkSource, { data }: WorkContext): Promise<SourceInput> {
  if (typeof source === "string") return source;
  const { name, blob: sha256 } = source;
  const blob = new Blob([await data.read(sha256)]);
  return name.endsWith(".bundle")
    ? { name, bundle: blob }
    : { name, files: [{ path: name, blob }] };
}

/**
 * The tasks of a source.
 *
 * @throws {WorkError} "bad-request" where there are none.
 */
export async function openTasks(
  source: WorkSource,
  { split, limit }: { readonly split?: string | undefined; readonly limit?: number | undefined },
  context: WorkContext,
): Promise<Task[]> {
  const { tasks, errors } = await loadTasks(await openSource(source, context), context);
  const wanted = tasks.filter((task) => split === undefined || task.split === split);
  if (wanted.length > 0) return wanted.slice(0, limit);
  const [first] = errors;
  const reason = first ? `: ${first.path}: ${first.reason}` : "";
  throw new WorkError("bad-request", `The source holds no tasks of that split${reason}.`);
}
