/**
 * BPE on the GPU: the pieces of a batch of texts become tokens in one dispatch, one invocation a
 * piece. Text is cut into pieces on the CPU, where that is the smaller part; pieces of more than 12
 * bytes are left to the CPU too.
 *
 * @module
 */
import code from "../../shaders/tokenizer/encode_pieces.wgsl?raw" with { type: "text" };
import { createBuffers, createKernel, createProgram, type Gpu } from "../gpu/mod.ts";
import { Encoder } from "./encoder.ts";
import { createSplitter, type Splitter } from "./split_text.ts";
import { PADDING } from "./token_table.ts";
import { encodeBatch, type TextBatch, textsOf, type TokenBatch } from "./text_batches.ts";
import { isUtf8 } from "./utf8.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** Encodes batches on one GPU with one vocabulary, whose table lies there. */
export interface PieceEncoder extends Disposable {
  /** The tokens of each text: exactly those of `Tokenizer.encode`. @throws {GpuError} */
  encode(batch: TextBatch): Promise<TokenBatch>;
}

/** Whether the kernel does all that the vocabulary asks for: it does OpenAI's. */
export function isForGpu(vocabulary: Vocabulary): boolean {
  return vocabulary.merges === null && vocabulary.wholePieces && !vocabulary.prefixSpace &&
    vocabulary.normalization === null && vocabulary.split.family !== "pattern";
}

/**
 * Lays a vocabulary's table on the GPU, 8 MB for 200,000 tokens.
 *
 * @param vocabulary one that {@linkcode isForGpu}
 * @throws {GpuError} as `createKernel`
 */
export async function createPieceEncoder(gpu: Gpu, vocabulary: Vocabulary): Promise<PieceEncoder> {
  const kernel = await createKernel(gpu, { label: "encode_pieces", code, constants: { wg: WG } });
  const encoder = new Encoder(vocabulary);
  const split = createSplitter(vocabulary.split);
  const kept = createBuffers(gpu);
  const table = kept.upload("table", encoder.table.shortEntries);
  const byteTokens = kept.upload("byte_tokens", encoder.byteTokens);

  async function run(bytes: Uint8Array, ends: Uint32Array) {
    using buffers = createBuffers(gpu);
    const padded = new Uint8Array(bytes.length + PADDING);
    padded.set(bytes);
    const tokens = buffers.zeroed("tokens", 4 * bytes.length);
    const counts = buffers.zeroed("counts", 4 * ends.length);
    const program = await createProgram(gpu, "encode_pieces", [{
      kernel,
      bindings: [
        buffers.upload("text", padded),
        buffers.upload("ends", ends),
        table,
        byteTokens,
        tokens,
        counts,
      ],
      workgroups: Math.ceil(ends.length / WG),
    }]);
    const read = await program.submit([tokens, counts]);
    return read.map((bytes) => new Uint32Array(bytes));
  }

  return {
    async encode(batch) {
      const texts = [...textsOf(batch)];
      if (!texts.every(isUtf8)) return encodeBatch(batch, (text) => encoder.encode(text));
      const { bytes, ends } = batch;
      const pieceEnds = cut(texts, split, bytes.length);
      if (pieceEnds.length === 0) return { tokens: new Uint32Array(), ends: ends.slice() };
      const [tokens, counts] = await run(bytes, pieceEnds);
      const out = new Uint32Array(bytes.length);
      let n = 0;
      let from = 0;
      let piece = 0;
      const tokenEnds = ends.map((end) => {
        for (; from < end; piece++) {
          const to = pieceEnds[piece]!;
          const count = counts![piece]!;
          if (count === 0) n += encoder.encodePiece(bytes.subarray(from, to), out, n);
          for (let k = 0; k < count; k++) out[n++] = tokens![from + k]!;
          from = to;
        }
        return n;
      });
      return { tokens: out.slice(0, n), ends: tokenEnds };
    },
    [Symbol.dispose]: () => kept[Symbol.dispose](),
  };
}

const WG = 64;

/** Where each piece of the texts ends in all of their bytes. */
function cut(texts: readonly Uint8Array[], split: Splitter, sizeBytes: number): Uint32Array {
  const pieceEnds = new Uint32Array(sizeBytes);
  const ends = new Int32Array(sizeBytes);
  let n = 0;
  let from = 0;
  for (const text of texts) {
    const pieces = split(text, text.length, ends);
    for (let i = 0; i < pieces; i++) pieceEnds[n++] = from + ends[i]!;
    from += text.length;
  }
  return pieceEnds.slice(0, n);
}
