/**
 * How much work a model is.
 *
 * @module
 */
import { type DecoderConfig, parameterShapes } from "../model/mod.ts";

/**
 * Floating-point operations that training needs for each token of rows of T: two for each weight of a
 * matrix product, and attention to half the row on average; the backward pass takes twice as many as
 * the forward pass. Looking up an embedding is none.
 *
 * Source: Chowdhery et al.: PaLM, arXiv 2204.02311, appendix B; with causal attention.
 */
export function trainingFlopsPerToken(config: DecoderConfig, T: number): number {
  const { layers: L, heads: H, headSize: D, vocabularySize: V, channels: C } = config;
  const matrices = [...parameterShapes(config)]
    .filter(([name, { shape }]) => shape.length === 2 && LAYER.test(name))
    .reduce((sum, [, { shape }]) => sum + shape.reduce((size, length) => size * length, 1), 0);
  return 3 * (2 * (matrices + V * C) + 2 * L * H * D * T);
}

/** Parameters of layers have a number in their names. */
const LAYER = /\.\d+\./;
