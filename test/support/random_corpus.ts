/**
 * Corpora of random tokens, for statistics.
 *
 * @module
 */
import type { CorpusTokens } from "../../src/stats/mod.ts";
import { ROLES } from "../../src/trajectory/mod.ts";
import { seededRandom } from "./random.ts";

/** K trajectories of up to 20 segments of up to 3,000 tokens below V: the same for the same seed. */
export function randomCorpus(K: number, V: number, seed = 4): CorpusTokens {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const segments = Array.from({ length: K }, (_, k) => k)
    .flatMap((k) => Array.from({ length: below(21) }, () => ({ k, length: below(3001) })));
  const offsets = [0];
  for (const { length } of segments) offsets.push(offsets.at(-1)! + length);
  return {
    tokenizer: "random",
    vocabularySize: V,
    tokens: Uint32Array.from({ length: offsets.at(-1)! }, () => V ** random() - 1),
    segmentOffsets: Uint32Array.from(offsets),
    roles: ROLES,
    segmentRoles: Uint32Array.from(segments, () => below(5)),
    segmentTrajectories: Uint32Array.from(segments, ({ k }) => k),
    trajectoryCount: K,
  };
}
