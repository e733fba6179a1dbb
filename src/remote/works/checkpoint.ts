/**
 * A checkpoint whose files are blobs, opened to generate.
 *
 * @module
 */
import { checkpointPolicy, generatorModel, type Policy } from "../../agent/mod.ts";
import type { DeviceChoice, Gpu } from "../../gpu/mod.ts";
import {
  byteFileOf,
  createGenerator,
  type DecoderConfig,
  loadParameters,
  type ModelFolder,
  openModelFolder,
  type TextCodec,
  type TokenGenerator,
} from "../../model/mod.ts";
import type { Parameters } from "../../tensor/mod.ts";
import { loadTokenizer, type Tokenizer } from "../../tokenizer/mod.ts";
import { byteTokenizer } from "../../train/mod.ts";
import type { BlobStore, WorkContext } from "../work.ts";
import { WorkError } from "../work_error.ts";

/** A checkpoint's files by name: each as its blob's hash. */
export type CheckpointFiles = Readonly<Record<string, string>>;

/** A checkpoint in memory, on its device. */
export interface OpenCheckpoint extends Disposable {
  readonly config: DecoderConfig;
  readonly gpu: Gpu | null;
  readonly parameters: Parameters;
  readonly tokenizer: Tokenizer;
  /** The tokenizer, as models need it. */
  readonly codec: TextCodec;
  /** What ends a text. */
  readonly endTokens: readonly number[];
  /** Why the processor computes although a GPU was wanted. */
  readonly note: string | undefined;
}

/** The folder of a model whose files are blobs. */
export function openModelBlobs(files: CheckpointFiles, data: BlobStore): Promise<ModelFolder> {
  return openModelFolder(async (name) => {
    const sha256 = Object.hasOwn(files, name) ? files[name] : undefined;
    return sha256 === undefined ? undefined : byteFileOf(new Blob([await data.read(sha256)]));
  });
}

/**
 * Opens a checkpoint. Its owner disposes of it.
 *
 * @param named The tokenizer's name, where the files tell none.
 * @throws {WorkError} "bad-request" where there is no tokenizer.
 */
export async function openCheckpoint(
  files: CheckpointFiles,
  { device, tokenizer: named }: { device: DeviceChoice; tokenizer?: string | undefined },
  { chooseGpu, data, signal, onProgress }: WorkContext,
): Promise<OpenCheckpoint> {
  const folder = await openModelBlobs(files, data);
  const tokenizer = await openTokenizer(folder, named);
  const { config } = folder;
  const { gpu, note } = await chooseGpu(device);
  const parameters = await loadParameters(gpu, folder, { signal, onProgress });
  return {
    config,
    gpu,
    parameters,
    tokenizer,
    codec: codecOf(tokenizer),
    endTokens: folder.endTokens.length > 0 ? folder.endTokens : [tokenizer.endOfText ?? -1],
    note,
    [Symbol.dispose]: () => parameters[Symbol.dispose](),
  };
}

/** Agents whose steps are generated together. */
export const AGENTS = 16;

/** The policy of a checkpoint, and the generator behind it: its owner disposes of that. */
export async function openCheckpointPolicy(
  { config, gpu, parameters, codec }: OpenCheckpoint,
  name: string,
  temperature: number,
): Promise<{ policy: Policy; generator: TokenGenerator }> {
  const shape = { batch: AGENTS, context: config.context };
  const generator = await createGenerator(gpu, config, parameters, shape);
  const model = generatorModel(generator, codec, { temperature });
  return { policy: checkpointPolicy({ name, model, batch: AGENTS }), generator };
}

async function openTokenizer(folder: ModelFolder, named: string | undefined): Promise<Tokenizer> {
  const own = await folder.readText("tokenizer.json");
  if (named === undefined && own !== undefined) {
    const config = await folder.readText("tokenizer_config.json");
    return await loadTokenizer({
      tokenizer: JSON.parse(own),
      ...(config !== undefined && { config: JSON.parse(config) }),
    });
  }
  const state = JSON.parse(await folder.readText("state.json") ?? "{}");
  const name = named ?? state?.tokenizer;
  if (typeof name === "string") {
    return await loadTokenizer(name === BYTES.name ? BYTES : name);
  }
  throw new WorkError(
    "bad-request",
    "The checkpoint has no tokenizer.json and names none: name its tokenizer.",
  );
}

const BYTES = byteTokenizer();

/** Models have rows for tokens that their vocabulary does not know, and need one to begin with. */
function codecOf(tokenizer: Tokenizer): TextCodec {
  return {
    encode(text) {
      const tokens = tokenizer.encodeWithSpecial(text);
      return tokens.length > 0 ? tokens : Uint32Array.of(tokenizer.endOfText ?? 0);
    },
    decode(tokens) {
      return tokenizer.decode([...tokens].filter((token) => token < tokenizer.vocabularySize));
    },
  };
}
