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
  type PackedManifest,
  parseManifest,
} from "./packed_dataset.ts";

/**
 * Makes a folder, and its files: shards as they come, the manifest last. What an earlier run left
 * there under the names of its shards is kept; a manifest is replaced.
 *
 * @param pack packs, giving each shard to the function that it is given
 */
export async function writePackedFolder(
  path: string,
  pack: (
    writeShard: (file: string, bytes: Uint8Array<ArrayBuffer>) => Promise<void>,
  ) => Promise<PackedManifest>,
): Promise<PackedManifest> {
  await Deno.mkdir(path, { recursive: true });
  const manifest = await pack((file, bytes) => writeWhole(join(path, file), bytes));
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  await writeWhole(join(path, MANIFEST_FILE), new TextEncoder().encode(text));
  return manifest;
}

/** Writes beside the file and renames, so that no reader sees half of it. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const partial = `${path}.part`;
  await Deno.writeFile(partial, bytes);
  await Deno.rename(partial, path);
}

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
