/** cachedAttention: piece by piece over a cache, the same as attention over whole sequences. */
import { describe, expect, test } from "vitest";
import {
  attention,
  cachedAttention,
  compile,
  createStates,
  evaluateCpu,
  input,
  rope,
  state,
} from "../../../src/tensor/mod.ts";
import { describeGpu } from "../../support/gpu.ts";
import { expectWithin, randomValues } from "../check_op.ts";

const NONE = 0xffffffff;

interface Sizes {
  B: number;
  T: number;
  H: number;
  KV: number;
  D: number;
}

/** A whole sequence for each of B, and the same through a cache of `capacity` positions. */
function graphs({ B, T, H, KV, D }: Sizes, capacity: number, length: number, theta?: number) {
  const columns = (H + 2 * KV) * D;
  const whole = input("qkv", [B, length, columns]);
  const turned = theta ? rope(whole, { headSize: D, heads: H + KV, theta }) : whole;
  const cached = cachedAttention(input("qkv", [B * T, columns]), {
    heads: H,
    kvHeads: KV,
    theta,
    positions: input("positions", [B * T], "u32"),
    cache: state("cache", [B, capacity, 2 * KV, D]),
  });
  return { columns, whole: attention(turned, { heads: H, kvHeads: KV }), cached };
}

describeGpu("cachedAttention", (gpu) => {
  test.each<[Sizes, number, number | undefined]>([
    [{ B: 1, T: 1, H: 1, KV: 1, D: 4 }, 5, undefined],
    [{ B: 3, T: 4, H: 4, KV: 2, D: 8 }, 20, 100],
    [{ B: 2, T: 7, H: 3, KV: 1, D: 64 }, 70, 10_000],
    [{ B: 1, T: 16, H: 2, KV: 2, D: 128 }, 48, 10_000],
  ])("gives %j, %d positions, what attention gives", async (sizes, length, theta) => {
    const { B, T } = sizes;
    const { columns, whole, cached } = graphs(sizes, length + 3, length, theta);
    const qkv = randomValues(B * length * columns);
    const [expected] = evaluateCpu([whole], { qkv });
    using states = createStates(gpu, [cached]);
    using program = await compile(gpu, [cached], { states });
    for (let begin = 0; begin < length; begin += T) {
      const rows = Array.from({ length: B * T }, (_, n) => {
        const [b, t] = [Math.floor(n / T), begin + n % T];
        return t < length ? { at: b * length + t, position: t } : { at: 0, position: NONE };
      });
      const [actual] = await program.run({
        qkv: rows.flatMap(({ at }) => [...qkv.subarray(at * columns, (at + 1) * columns)]),
        positions: rows.map(({ position }) => position),
      });
      const width = expected!.length / (B * length);
      const wanted = rows.flatMap(({ at, position }) =>
        position === NONE
          ? Array<number>(width).fill(0)
          : [...expected!.subarray(at * width, (at + 1) * width)]
      );
      expectWithin(actual!, Float64Array.from(wanted), 2 * length + 8 * sizes.D + 64, `${begin}`);
    }
  });
});

describe("cachedAttention", () => {
  test("has a reference that sees what the cache held before", () => {
    const { cached, whole, columns } = graphs({ B: 1, T: 1, H: 2, KV: 1, D: 4 }, 3, 3, 100);
    const qkv = randomValues(3 * columns);
    const [expected] = evaluateCpu([whole], { qkv });
    const keys = evaluateCpu([
      rope(input("qkv", [1, 3, columns]), { headSize: 4, heads: 3, theta: 100 }),
    ], { qkv })[0]!;
    const cache = Float64Array.from(
      { length: 24 },
      (_, i) => i < 16 ? keys[Math.floor(i / 8) * columns + 8 + i % 8]! : NaN,
    );
    const last = { qkv: qkv.subarray(2 * columns), positions: [2], cache };
    const [actual] = evaluateCpu([cached], last);
    actual!.forEach((value, i) => expect(value).toBeCloseTo(expected![16 + i]!, 6));
  });

  test("refuses a cache that does not fit, naming itself and the shapes", () => {
    const positions = input("positions", [2], "u32");
    const cache = state("cache", [2, 9, 2, 8]);
    expect(() => cachedAttention(input("qkv", [2, 16]), { heads: 2, kvHeads: 1, positions, cache }))
      .toThrow(/cachedAttention: .*cache \(2, 9, 2, 8\)/);
  });
});
