/**
 * Statistics of a corpus as work.
 *
 * @module
 */
import * as v from "valibot";
import {
  type CorpusFigures,
  corpusFigures,
  measureCorpus,
  NGRAM_SIZES,
  openDocuments,
  SAMPLE_ROLES,
} from "../../corpus/mod.ts";
import type { CorpusStatistics } from "../../stats/mod.ts";
import { loadTokenizer } from "../../tokenizer/mod.ts";
import type { Work } from "../work.ts";
import { DEVICE, openSource, SOURCE, text, whole } from "./request.ts";

const REQUEST = v.strictObject({
  /** Samples or trajectories, or a repository's history. */
  source: SOURCE,
  /** Read commits as contextual trajectories, instead of files; at most `limit`, newest first. */
  history: v.optional(v.boolean(), false),
  limit: v.optional(whole(1)),
  tokenizer: v.optional(text(200), "o200k_base"),
  /** Other vocabularies to compare by their fertility. */
  others: v.optional(v.pipe(v.array(text(200)), v.maxLength(16)), []),
  ngrams: v.optional(v.pipe(v.array(whole(1, 64)), v.maxLength(16)), [...NGRAM_SIZES]),
  device: DEVICE,
});

/** What to measure. */
export type StatsOrder = v.InferInput<typeof REQUEST>;

/** What `bottega stats` tells of a corpus. */
export interface StatsOutcome extends
  Pick<
    CorpusStatistics,
    "tokenizer" | "trajectories" | "tokens" | "byRole" | "length" | "over" | "adapter"
  >,
  CorpusFigures {
  /** How many records could not be read. */
  readonly errors: number;
  readonly note?: string;
}

/** Counts and measures the tokens of a corpus. */
export const STATS: Work<v.InferOutput<typeof REQUEST>, StatsOutcome> = {
  schema: REQUEST,
  async run({ tokenizer: name, ngrams, device, ...request }, context) {
    const { signal, onProgress } = context;
    const tokenizer = await loadTokenizer(name);
    const others = await Promise.all(request.others.map(loadTokenizer));
    const { gpu, note } = await context.chooseGpu(device);
    const source = await openSource(request.source, context);
    const { history, limit } = request;
    const corpus = await openDocuments(source, {
      history,
      ...(limit !== undefined && { limit }),
      signal,
      onProgress,
    });
    try {
      const documents = corpus.documents({ signal, onProgress });
      const options = { tokenizer, others, gpu, ngrams, roles: SAMPLE_ROLES, signal };
      const measure = await measureCorpus(documents, options);
      const { statistics } = measure;
      const { tokenizer: vocabulary, trajectories, tokens, byRole, length, over, adapter } =
        statistics;
      return {
        tokenizer: vocabulary,
        trajectories,
        tokens,
        byRole,
        length,
        over,
        adapter,
        ...await corpusFigures(measure, { tokenizer, gpu }),
        errors: corpus.errors.length,
        ...(note !== undefined && { note }),
      };
    } finally {
      await corpus.close();
    }
  },
};
