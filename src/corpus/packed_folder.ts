/**
 * A folder of packed tokens: `manifest.json` beside its shards.
 *
 * @module
 */
import { join } from "node:path";
import { CorpusError } from "./corpus_error.ts";
import {
  MANIFEST_FILE,
  openPackedDataset,
  type PackedDataset,
  parseManifest,
} from "./packed_dataset.ts";

/** The names that shards have: nothing else is opened, wherever a manifest points. */
const SHARD_FILE = /^[0-9a-f]{64}\.tokens$/;

/**
 * Opens a folder that `bottega pack` wrote.
 *
 * @throws {CorpusError} `bad-dataset` for a folder without a manifest, or with one that is no manifest
 */
export async function openPackedFolder(path: string): Promise<PackedDataset> {
  const file = join(path, MANIFEST_FILE);
  let value: unknown;
  try {
    value = JSON.parse(await Deno.readTextFile(file));
  } catch (error) {
    throw new CorpusError(
      "bad-dataset",
      `${file} cannot be read as the manifest of packed tokens: ${String(error)}. ` +
        "Name a folder that bottega pack has written.",
      { cause: error },
    );
  }
  const manifest = parseManifest(value);
  return openPackedDataset({
    manifest,
    async readShard(name) {
      if (!SHARD_FILE.test(name)) {
        throw new CorpusError(
          "bad-dataset",
          `The manifest names a shard ${JSON.stringify(name)}; shards are named by their SHA-256.`,
        );
      }
      try {
        return await Deno.readFile(join(path, name));
      } catch (error) {
        throw new CorpusError("bad-dataset", `Shard ${name} cannot be read: ${String(error)}`, {
          cause: error,
        });
      }
    },
  });
}
