/**
 * A decoder like Llama, written with the graph builder: rope, rmsNorm, swiGlu, grouped queries, one
 * table for embedding and logits. Its parameters are those for which {@linkcode drawBench} draws the
 * weights with which the peers were trained.
 *
 * @module
 */
import {
  attention,
  crossEntropy,
  embedding,
  IGNORED,
  input,
  maskedMean,
  matmul,
  parameter,
  rmsNorm,
  rope,
  swiGlu,
  type Tensor,
} from "../../src/tensor/mod.ts";
import type { BenchSizes } from "../../src/cli/bench_model.ts";

/** The smaller size at which peers are measured: 131,392 parameters. */
export const S: BenchSizes = { C: 64, L: 2, H: 4, KV: 2, F: 192, V: 512, T: 64, B: 4 };

/** The loss of a batch: inputs `tokens` and `targets` (B, T), and `starts` (B, T) where packed. */
export function decoder(sizes: BenchSizes, { packed = false } = {}): Tensor {
  const { C, L, H, KV, F, V, T, B } = sizes;
  const headSize = C / H;
  const weight = (name: string, shape: number[]) =>
    parameter(`model.${name}.weight`, shape, { decay: true });
  const starts = packed ? input("starts", [B, T], "u32") : undefined;
  const table = weight("embed_tokens", [V, C]);
  let x = embedding(table, input("tokens", [B, T], "u32", { below: V }));
  for (let layer = 0; layer < L; layer++) {
    const normed = rmsNorm(x, weight(`layers.${layer}.input_layernorm`, [C]));
    const qkv = matmul(
      normed,
      weight(`layers.${layer}.self_attn.qkv_proj`, [(H + 2 * KV) * headSize, C]),
      {
        transposeB: true,
      },
    );
    const turned = rope(qkv, { headSize, heads: H + KV, starts });
    const attended = attention(turned, { heads: H, kvHeads: KV, starts });
    x = matmul(attended, weight(`layers.${layer}.self_attn.o_proj`, [C, C]), {
      transposeB: true,
      residual: x,
    });
    const hidden = matmul(
      rmsNorm(x, weight(`layers.${layer}.post_attention_layernorm`, [C])),
      weight(`layers.${layer}.mlp.gate_up_proj`, [2 * F, C]),
      { transposeB: true },
    );
    x = matmul(swiGlu(hidden), weight(`layers.${layer}.mlp.down_proj`, [C, F]), {
      transposeB: true,
      residual: x,
    });
  }
  const logits = matmul(rmsNorm(x, weight("norm", [C])), table, { transposeB: true });
  const targets = input("targets", [B, T], "u32", { below: V, or: IGNORED });
  return maskedMean(crossEntropy(logits, targets), targets);
}
