/** Memory plans: what is needed at the same time never shares a buffer. */
import { describe, expect, test } from "vitest";
import { add, gradients, input, mul, parameter, scale } from "../../src/tensor/mod.ts";
import { leavesOf } from "../../src/tensor/flat_layout.ts";
import { fuse } from "../../src/tensor/fusion.ts";
import { bytesOf, planMemory } from "../../src/tensor/memory_plan.ts";
import { nodesOf, type Tensor } from "../../src/tensor/tensor.ts";
import { decoder, S } from "./decoder.ts";
import { gpt2 } from "./gpt2.ts";
import { ownAttention } from "./own_attention.ts";

function plan(kept: readonly Tensor[], fused = false) {
  const nodes = fused ? fuse(nodesOf(kept), new Set(kept)) : nodesOf(kept);
  return { nodes, ...planMemory(nodes, new Set(kept)) };
}

describe("planMemory", () => {
  test("runs a chain in two buffers and keeps what was asked for", () => {
    let x = input("x", [100]);
    const chain = Array.from({ length: 6 }, () => x = scale(x, 2));
    expect(plan([x])).toMatchObject({ slotBytes: [400, 400], peakBytes: 800 });
    expect(plan([chain[0]!, x]).slotBytes).toEqual([400, 400, 400]);
  });

  test("lets a free buffer grow, and takes the smallest that is large enough", () => {
    const small = scale(parameter("small", [10]), 2);
    const large = scale(parameter("large", [1000]), 2);
    const first = scale(small, 2);
    const sum = add(large, scale(mul(large, large), 3));
    expect(plan([first, sum]).slotBytes.reduce((a, b) => a + b)).toBeLessThanOrEqual(12_080);
  });

  test.each([
    ["a decoder's", decoder(S), false],
    ["a fused decoder's", decoder(S), true],
    ["GPT-2's", gpt2({ C: 8, L: 2, H: 1, V: 9, T: 7, B: 2 }, ownAttention), false],
    ["a fused GPT-2's", gpt2({ C: 8, L: 2, H: 1, V: 9, T: 7, B: 2 }, ownAttention), true],
  ])("gives no buffer to two results of %s training step at a time", (_, loss, fused) => {
    const kept = [loss, ...gradients(loss, leavesOf([loss], "parameter"))];
    const { nodes, slotOf, slotBytes, peakBytes } = plan(kept, fused);
    const lastUse = new Map<Tensor, number>();
    for (const [i, { inputs, outputs }] of nodes.entries()) {
      for (const tensor of [...inputs, ...outputs]) lastUse.set(tensor, i);
    }
    for (const tensor of kept) lastUse.set(tensor, Infinity);
    const owner = new Map<number, Tensor>();
    for (const [i, { leaf, outputs }] of nodes.entries()) {
      for (const tensor of leaf ? [] : outputs) {
        const slot = slotOf.get(tensor)!;
        const before = owner.get(slot);
        expect(before && lastUse.get(before)! >= i, `slot ${slot} at ${tensor.node.op}`)
          .not.toBe(true);
        expect(slotBytes[slot]).toBeGreaterThanOrEqual(bytesOf(tensor));
        owner.set(slot, tensor);
      }
    }
    expect(slotBytes.reduce((a, b) => a + b)).toBeGreaterThanOrEqual(peakBytes);
  });
});
