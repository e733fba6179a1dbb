/**
 * Packed tokens, as training reads them: rows of one context length in content-addressed shards,
 * named by a manifest. Nothing of a shard is used before its SHA-256 was seen to be right.
 *
 * A shard of R rows is (R, T) tokens, little endian, then (R, T) bytes of flags.
 *
 * @module
 */
import * as v from "valibot";
import { CorpusError } from "./corpus_error.ts";

/** A flag of a token: the loss counts it. */
export const FLAG_LOSS = 1;

/** A flag of a token: a document begins with it. A row's padding begins with one too. */
export const FLAG_START = 2;

/** The name that a folder's manifest has. */
export const MANIFEST_FILE = "manifest.json";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const digest = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "not 64 hexadecimal digits"));

const SHARD = v.object({ file: v.string(), sha256: digest, rows: count, sizeBytes: count });

const SOURCE = v.object({
  /** How messages name it. */
  name: v.string(),
  /** Its share of the mixture's tokens, against the sum of all weights; null: all of it. */
  weight: v.nullable(v.number()),
  /** How many times each of its documents is in the rows, on average. */
  repeats: v.number(),
  /** Documents and tokens of the source itself, each once. */
  documents: count,
  tokens: count,
  /** Tokens of it in the rows: what training sees in an epoch. */
  effectiveTokens: count,
  /** Tokens of those that the loss counts. */
  lossTokens: count,
});

const MANIFEST = v.object({
  format: v.literal("bottega-packed-1"),
  tokenizer: v.object({
    name: v.string(),
    vocabularySize: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
    sha256: v.optional(digest),
  }),
  context: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  dtype: v.picklist(["u16", "u32"]),
  rows: count,
  tokens: count,
  lossTokens: count,
  documents: count,
  seed: v.number(),
  shards: v.array(SHARD),
  sources: v.array(SOURCE),
});

/**
 * What packed tokens are, beside their shards. `context` is T; `tokens` counts no padding, and
 * `documents` every repetition and every piece of a sample longer than the context.
 */
export type PackedManifest = Readonly<v.InferOutput<typeof MANIFEST>>;

/** One source of a mixture, as it went into the rows. */
export type PackedSource = PackedManifest["sources"][number];

/** Rows of packed tokens. */
export interface PackedRows {
  /** (count, T) u32; padding is 0. */
  readonly tokens: Uint32Array<ArrayBuffer>;
  /** (count, T) u8 of {@linkcode FLAG_LOSS} and {@linkcode FLAG_START}; 0 for padding but its first. */
  readonly flags: Uint8Array<ArrayBuffer>;
}

/** Packed tokens that are read a few rows at a time. */
export interface PackedDataset {
  readonly manifest: PackedManifest;
  /**
   * Rows `first` to before `first + count`; at most a few shards are held.
   *
   * @throws {RangeError} for rows that are not there
   * @throws {CorpusError} `bad-dataset` for a shard that is not what its name says
   */
  readRows(first: number, count: number): Promise<PackedRows>;
}

/** Where a dataset's shards come from. */
export interface PackedFiles {
  readonly manifest: PackedManifest;
  /** The bytes of a shard, by the name that the manifest gives it. */
  readShard(file: string): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Opens packed tokens, in a page and in Deno.
 *
 * @throws {CorpusError} `bad-dataset` for a manifest whose shards do not add up to its rows
 * @example
 * ```ts ignore
 * const data = openPackedDataset({ manifest: parseManifest(json), readShard });
 * const { tokens, flags } = await data.readRows(0, 8);
 * ```
 */
export function openPackedDataset({ manifest, readShard }: PackedFiles): PackedDataset {
  const { context: T, rows } = manifest;
  const starts = shardStarts(manifest);
  const cache = new Map<number, Promise<PackedRows>>();

  function load(shard: number): Promise<PackedRows> {
    const loaded = cache.get(shard) ?? readRowsOf(manifest, shard, readShard);
    // Last used comes last, so that the first one is the one to forget.
    cache.delete(shard);
    cache.set(shard, loaded);
    loaded.catch(() => cache.delete(shard));
    const [oldest] = cache.keys();
    if (cache.size > SHARDS_HELD && oldest !== undefined) cache.delete(oldest);
    return loaded;
  }

  return {
    manifest,
    async readRows(first, count) {
      if (!(first >= 0 && count >= 0 && first + count <= rows)) {
        throw new RangeError(`there are ${rows} rows, and not ${count} from row ${first} on`);
      }
      const tokens = new Uint32Array(count * T);
      const flags = new Uint8Array(count * T);
      for (const [shard, { rows: height }] of manifest.shards.entries()) {
        const start = starts[shard] ?? 0;
        const begin = Math.max(first, start);
        const end = Math.min(first + count, start + height);
        if (begin >= end) continue;
        const part = await load(shard);
        const range = [(begin - start) * T, (end - start) * T] as const;
        tokens.set(part.tokens.subarray(...range), (begin - first) * T);
        flags.set(part.flags.subarray(...range), (begin - first) * T);
      }
      return { tokens, flags };
    },
  };
}

/**
 * A manifest from the JSON value of its file.
 *
 * @throws {CorpusError} `bad-dataset`, quoting what is wrong
 */
export function parseManifest(value: unknown): PackedManifest {
  const result = v.safeParse(MANIFEST, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new CorpusError(
    "bad-dataset",
    `The manifest is not of packed tokens: ${v.getDotPath(issue) ?? "all of it"}: ` +
      `${issue.message.slice(0, 200)}. Pack the corpus anew with bottega pack.`,
  );
}

/** Bytes of a token. */
export function tokenBytes({ dtype }: Pick<PackedManifest, "dtype">): number {
  return dtype === "u16" ? 2 : 4;
}

/** The SHA-256 of bytes, in hexadecimal digits. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const SHARDS_HELD = 3;

/** The first row of each shard. */
function shardStarts(manifest: PackedManifest): number[] {
  let row = 0;
  const starts = manifest.shards.map(({ rows }) => (row += rows) - rows);
  if (row === manifest.rows) return starts;
  throw new CorpusError(
    "bad-dataset",
    `The manifest tells of ${manifest.rows} rows, and its shards have ${row}. Pack the corpus anew.`,
  );
}

async function readRowsOf(
  manifest: PackedManifest,
  shard: number,
  readShard: PackedFiles["readShard"],
): Promise<PackedRows> {
  const { context: T } = manifest;
  const { file, sha256: expected, rows } = manifest.shards[shard]!;
  const bytes = await readShard(file);
  const found = await sha256(bytes);
  const size = rows * T * (tokenBytes(manifest) + 1);
  if (found !== expected || bytes.length !== size) {
    throw new CorpusError(
      "bad-dataset",
      `Shard ${
        JSON.stringify(file)
      } has ${bytes.length} bytes with the SHA-256 ${found}, and the ` +
        `manifest wants ${size} with ${expected}. Copy it again, or pack the corpus anew.`,
    );
  }
  return { tokens: tokensOf(manifest, bytes, rows * T), flags: bytes.slice(-rows * T || size) };
}

/** The first `length` tokens of a shard. */
function tokensOf({ dtype }: PackedManifest, bytes: Uint8Array, length: number) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return dtype === "u16"
    ? Uint32Array.from({ length }, (_, i) => view.getUint16(2 * i, true))
    : Uint32Array.from({ length }, (_, i) => view.getUint32(4 * i, true));
}
