/**
 * The loss on held-out conversations by role: what of them a model foretells.
 *
 * @module
 */
import type { Gpu, Job } from "../../gpu/mod.ts";
import { type DecoderConfig, decoderTokenLosses } from "../../model/mod.ts";
import { compile, IGNORED, type Parameters } from "../../tensor/mod.ts";
import type { Tokenizer } from "../../tokenizer/mod.ts";
import type { RoleLoss } from "../ablation_report.ts";
import { conversation, encodeSegments, type TurnFormat } from "../turns.ts";
import type { OracleRun } from "./oracle_runs.ts";

/** The model, and how conversations are written for it. */
export interface RoleLossOptions extends Pick<Job, "signal"> {
  readonly gpu: Gpu | null;
  readonly config: DecoderConfig;
  readonly parameters: Parameters;
  readonly tokenizer: Tokenizer;
  readonly format: TurnFormat;
}

/** Rows of a batch. */
const B = 4;

/**
 * The mean loss of the tokens of each role, and of all of them under `all`. What is beyond the model's
 * context does not count; nor does the first token, which nothing foretells.
 */
export async function roleLosses(
  runs: readonly OracleRun[],
  { gpu, config, parameters, tokenizer, format, signal }: RoleLossOptions,
): Promise<Record<string, RoleLoss>> {
  const rows = runs.map(({ problem, steps }) =>
    rowOf(conversation(problem, steps, format), tokenizer)
  );
  const longest = Math.max(...rows.map(({ tokens }) => tokens.length - 1));
  const T = Math.min(config.context, Math.max(32, 2 ** Math.ceil(Math.log2(longest))));
  const losses = decoderTokenLosses(config, { batch: B, time: T, packed: false });
  using program = await compile(gpu, [losses], { parameters });
  const sums = new Map<string, { nats: number; tokens: number }>();
  for (let first = 0; first < rows.length; first += B) {
    signal?.throwIfAborted();
    const group = rows.slice(first, first + B);
    const tokens = new Uint32Array(B * T);
    const targets = new Uint32Array(B * T).fill(IGNORED);
    for (const [b, row] of group.entries()) {
      tokens.set(row.tokens.slice(0, Math.min(T, row.tokens.length - 1)), b * T);
      targets.set(row.tokens.slice(1, T + 1), b * T);
    }
    const [nats = new Float32Array()] = await program.run({ tokens, targets });
    for (const [b, { roles }] of group.entries()) {
      for (const [t, role] of roles.slice(1, T + 1).entries()) {
        for (const key of [role, "all"]) {
          const sum = sums.get(key) ?? { nats: 0, tokens: 0 };
          sums.set(key, { nats: sum.nats + (nats[b * T + t] ?? 0), tokens: sum.tokens + 1 });
        }
      }
    }
  }
  return Object.fromEntries(
    [...sums].map(([role, { nats, tokens }]) => [role, { lossNats: nats / tokens, tokens }]),
  );
}

/** Tokens with the role of each. */
function rowOf(segments: ReturnType<typeof conversation>, tokenizer: Tokenizer) {
  const parts = segments.map((segment) => ({
    role: segment.role,
    tokens: [...encodeSegments(tokenizer, [segment])],
  }));
  return {
    tokens: parts.flatMap(({ tokens }) => tokens),
    roles: parts.flatMap(({ role, tokens }) => tokens.map(() => role)),
  };
}
