/**
 * What all work of an ablation starts from: the spec, its world, its vocabulary. Made from the spec
 * alone, so that any worker makes the same, and kept beside what was trained.
 *
 * @module
 */
import type { Gpu, Job } from "../gpu/mod.ts";
import {
  loadTokenizer,
  type Tokenizer,
  type TokenizerFiles,
  trainTokenizer,
} from "../tokenizer/mod.ts";
import type { RunFiles, TrainingEvent } from "../train/mod.ts";
import { type AblationSpec, WORLD_KINDS, type WorldKind } from "./ablation_spec.ts";
import { labDocuments } from "./documents.ts";
import type { LabDocument } from "./lab_document.ts";
import { readJson, writeJson } from "./json_file.ts";
import { SPECIAL_TOKENS } from "./turns.ts";
import { openWorld, type World } from "./world.ts";

/** Where work of an ablation is done. */
export interface LabHost extends Job {
  /** Null for the processor, which is faster than WebGPU in software. */
  readonly gpu: Gpu | null;
  /** Where everything is kept. */
  readonly files: RunFiles;
  readonly onTraining?: ((stage: string, event: TrainingEvent) => void) | undefined;
}

/** A spec with what is made of it once. */
export interface Lab extends LabHost {
  readonly spec: AblationSpec;
  readonly world: World;
  readonly tokenizer: Tokenizer;
  /** Encodes as `tokenizer` does, and remembers: the same documents are packed for many stages. */
  readonly encoder: {
    readonly name: string;
    readonly vocabularySize: number;
    encode(text: string): Uint32Array<ArrayBuffer>;
    encodeWithSpecial(text: string): Uint32Array<ArrayBuffer>;
  };
  /** The documents of a kind, of so many tasks at most. */
  documents(kind: WorldKind, tasks?: number): Promise<readonly LabDocument[]>;
}

/** Makes the world and the vocabulary of a spec, or finds them. */
export async function openLab(spec: AblationSpec, host: LabHost): Promise<Lab> {
  const { files, signal, onProgress } = host;
  const world = await openWorld(spec, files, { signal, onProgress });
  const made = new Map<string, Promise<readonly LabDocument[]>>();
  const lab = {
    ...host,
    spec,
    world,
    documents(kind: WorldKind, tasks = Infinity) {
      const key = `${kind} ${tasks}`;
      const documents = made.get(key) ?? labDocuments(kind, withFirstTasks(world, tasks));
      made.set(key, documents);
      return documents;
    },
  };
  const tokenizer = await openTokenizer(lab);
  const { name, vocabularySize } = tokenizer;
  const encoder = {
    name,
    vocabularySize,
    encode: remembering((text) => tokenizer.encode(text)),
    encodeWithSpecial: remembering((text) => tokenizer.encodeWithSpecial(text)),
  };
  return { ...lab, tokenizer, encoder };
}

/** The hash of what is the same for all stages of a spec. */
export function rootOf({ world, tokenizer, model, format, start }: AblationSpec): Promise<string> {
  return hashOf({ of: world, vocabulary: tokenizer, model, format, start });
}

function remembering<T>(encode: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const tokens = known.get(text) ?? encode(text);
    known.set(text, tokens);
    return tokens;
  };
}

/** The world with no more than so many tasks to train on. */
function withFirstTasks(world: World, count: number): World {
  if (count === Infinity) return world;
  const { tasks, runs } = world;
  const taught = tasks.filter(({ split }) => split === "train").slice(0, count);
  const ids = new Set(taught.map(({ id }) => id));
  return {
    ...world,
    tasks: tasks.filter(({ id, split }) => split !== "train" || ids.has(id)),
    runs: runs.filter(({ task }) => ids.has(task)),
  };
}

/** A vocabulary of the world's own training data. */
async function openTokenizer(
  { spec: { tokenizer: { vocabularySize, split } }, files, documents }: Omit<
    Lab,
    "tokenizer" | "encoder"
  >,
): Promise<Tokenizer> {
  const kept = await readJson<TokenizerFiles>(files, "tokenizer.json");
  if (kept) return await loadTokenizer(kept);
  const all = (await Promise.all(
    // Random syllables would take the place of words.
    WORLD_KINDS.filter((kind) => kind !== "copy").map((kind) => documents(kind)),
  )).flat();
  const texts = all.flatMap(({ segments }) => segments.map(({ text }) => text));
  const { tokenizer, config } = await trainTokenizer(texts, {
    vocabularySize,
    split,
    specialTokens: [...SPECIAL_TOKENS],
    workers: 1,
  });
  const trained = { tokenizer, config, name: "mini" };
  await writeJson(files, "tokenizer.json", trained);
  return await loadTokenizer(trained);
}

/** Twelve hexadecimal digits of the SHA-256 of a value's JSON. */
export async function hashOf(value: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex().slice(0, 12);
}
