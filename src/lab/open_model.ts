/**
 * A checkpoint in memory, for as long as it is measured.
 *
 * @module
 */
import {
  createGenerator,
  type DecoderConfig,
  loadParameters,
  type ModelFolder,
  openModelFolder,
  type TokenGenerator,
} from "../model/mod.ts";
import type { RunFiles } from "../train/mod.ts";
import type { Parameters } from "../tensor/mod.ts";
import type { Tokenizer } from "../tokenizer/mod.ts";
import type { Lab } from "./lab.ts";

/** A model that writes and tells likelihoods. Its owner disposes of it. */
export interface OpenModel extends Disposable {
  readonly config: DecoderConfig;
  readonly parameters: Parameters;
  /** Of as many texts at a time as the spec's agents are. */
  readonly generator: TokenGenerator;
  readonly tokenizer: Tokenizer;
}

/** Opens the model in a folder of a lab's files. */
export async function openModel(
  checkpoint: string,
  { files, gpu, tokenizer, spec: { evaluate: { batch } }, signal }: Lab,
): Promise<OpenModel> {
  using owned = new DisposableStack();
  const folder = await openCheckpoint(files, checkpoint);
  const { config } = folder;
  const parameters = owned.use(await loadParameters(gpu, folder, { signal }));
  const { context } = config;
  const generator = owned.use(
    // Weights that stay as they are: what a conversation has read is not read again.
    await createGenerator(gpu, config, gpu ? parameters : await parameters.read(), {
      batch,
      context,
    }),
  );
  const kept = owned.move();
  return { config, parameters, generator, tokenizer, [Symbol.dispose]: () => kept.dispose() };
}

/** The model in a folder of a run's files. */
export function openCheckpoint(files: RunFiles, folder: string): Promise<ModelFolder> {
  return openModelFolder(async (name) => await files.read(`${folder}/${name}`) ?? undefined);
}
