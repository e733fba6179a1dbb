/**
 * How likely a model of ours finds texts: what multiple choice asks of a checkpoint.
 *
 * @module
 */
import type { Gpu } from "../gpu/mod.ts";
import { type DecoderConfig, decoderTokenLosses } from "../model/mod.ts";
import { compile, IGNORED, type Parameters, type RunnableGraph } from "../tensor/mod.ts";
import type { Tokenizer } from "../tokenizer/mod.ts";
import { EvaluateError } from "./evaluate_error.ts";
import type { LogLikelihood } from "./multiple_choice.ts";

/** How likelihoods are computed. */
export interface ModelLikelihoodOptions {
  /** B: continuations that are computed at the same time; 4 by default. */
  readonly batch?: number | undefined;
  /** Told where the beginning of a context is cut off, since the model's context is shorter. */
  readonly onCut?: ((context: string) => void) | undefined;
}

/** A model that tells likelihoods. Its owner disposes of it. */
export interface ModelLikelihood extends Disposable {
  /**
   * Context and continuation are tokenised each by itself, so that all choices follow the same tokens.
   *
   * @throws {EvaluateError} `bad-item` for a continuation that alone is longer than the model's context.
   * @throws {TensorError} "data" for a tokeniser that knows more tokens than the model.
   */
  readonly logLikelihood: LogLikelihood;
}

/**
 * Opens a model for its likelihoods. Rows are padded to powers of two, and a graph is compiled for each
 * of these lengths when it is first needed.
 *
 * @param gpu `null` for the processor.
 */
export function openModelLikelihood(
  gpu: Gpu | null,
  config: DecoderConfig,
  parameters: Parameters,
  tokenizer: Pick<Tokenizer, "encode" | "endOfText">,
  { batch: B = 4, onCut }: ModelLikelihoodOptions = {},
): ModelLikelihood {
  const owned = new DisposableStack();
  const programs = new Map<number, RunnableGraph>();

  async function programOf(T: number): Promise<RunnableGraph> {
    const open = programs.get(T);
    if (open) return open;
    const losses = decoderTokenLosses(config, { batch: B, time: T, packed: false });
    const program = owned.use(await compile(gpu, [losses], { parameters }));
    programs.set(T, program);
    return program;
  }

  /** The context's tokens and the continuation's, which begin at `begin`. */
  function rowOf(before: Uint32Array, continuation: string) {
    const after = tokenizer.encode(continuation);
    if (after.length > config.context) {
      throw new EvaluateError(
        "bad-item",
        `${after.length} tokens are more than the model's context of ${config.context}: ` +
          JSON.stringify(continuation.slice(0, 60)),
      );
    }
    // The last token is only predicted, so there is room for one more.
    const kept = before.subarray(Math.max(0, before.length + after.length - config.context - 1));
    return { tokens: [...kept, ...after], begin: kept.length, isCut: kept.length < before.length };
  }

  /** The sums of at most B rows. */
  async function sumsOf(rows: readonly ReturnType<typeof rowOf>[]): Promise<number[]> {
    const longest = Math.max(...rows.map(({ tokens }) => tokens.length - 1));
    const T = Math.min(config.context, Math.max(32, 2 ** Math.ceil(Math.log2(longest))));
    const tokens = new Uint32Array(B * T);
    const targets = new Uint32Array(B * T).fill(IGNORED);
    for (const [b, row] of rows.entries()) {
      tokens.set(row.tokens.slice(0, -1), b * T);
      targets.set(row.tokens.slice(row.begin), b * T + row.begin - 1);
    }
    const [losses = new Float32Array()] = await (await programOf(T)).run({ tokens, targets });
    return rows.map((_row, b) =>
      losses.subarray(b * T, (b + 1) * T).reduce((sum, loss) => sum - loss, 0)
    );
  }

  return {
    async logLikelihood(context, continuations, { signal }) {
      const encoded = tokenizer.encode(context);
      const before = encoded.length > 0 ? encoded : Uint32Array.of(tokenizer.endOfText ?? 0);
      const rows = continuations.map((continuation) => rowOf(before, continuation));
      if (rows.some(({ isCut }) => isCut)) onCut?.(context);
      const sums: number[] = [];
      for (let first = 0; first < rows.length; first += B) {
        signal?.throwIfAborted();
        sums.push(...await sumsOf(rows.slice(first, first + B)));
      }
      return sums;
    },
    [Symbol.dispose]: () => owned.dispose(),
  };
}
