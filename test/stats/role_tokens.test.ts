/** Tokens by trajectory and role on the GPU against the reference. */
import { describe, expect, test } from "vitest";
import { roleTokens, roleTokensCpu, type Segments } from "../../src/stats/mod.ts";
import { describeGpu } from "../support/gpu.ts";
import { seededRandom } from "../support/random.ts";

const WG = 64;

function randomSegments(S: number, K: number, seed = 2): Segments {
  const random = seededRandom(seed);
  const below = (limit: number) => Uint32Array.from({ length: S }, () => random() * limit);
  return {
    lengths: below(5000),
    roles: below(5),
    trajectories: below(K),
    trajectoryCount: K,
    roleCount: 5,
  };
}

describe("roleTokensCpu", () => {
  test("adds up segments by trajectory and role", () => {
    const { lengthsByRole, lengths } = roleTokensCpu({
      lengths: Uint32Array.of(3, 4, 5, 6),
      roles: Uint32Array.of(0, 4, 0, 2),
      trajectories: Uint32Array.of(0, 2, 0, 2),
      trajectoryCount: 3,
      roleCount: 5,
    });
    expect([...lengthsByRole]).toEqual([8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 4]);
    expect([...lengths]).toEqual([8, 0, 10]);
  });

  test.each([
    ["role", { roles: Uint32Array.of(0, 5) }, /Segment 1 has role 5, and there are 5/],
    ["trajectory", { trajectories: Uint32Array.of(3, 0) }, /Segment 0 has trajectory 3/],
    ["number of roles", { roles: Uint32Array.of(0) }, /2 segments, but 1 roles and 2 traj/],
  ])("refuses a wrong %s", (_, wrong, message) => {
    const segments = { ...randomSegments(2, 3), ...wrong };
    expect(() => roleTokensCpu(segments)).toThrow(
      expect.objectContaining({ code: "bad-corpus", message: expect.stringMatching(message) }),
    );
  });
});

describeGpu("roleTokens", (gpu) => {
  test.each([0, 1, WG - 1, WG, WG + 1, 65_536 * WG + 1])(
    "equals the reference for S = %i",
    async (S) => {
      const segments = randomSegments(S, 700);
      expect(await roleTokens(gpu, segments)).toEqual(roleTokensCpu(segments));
    },
  );

  test("adds up one trajectory of one role", async () => {
    const segments = {
      lengths: new Uint32Array(100_000).fill(40_000),
      roles: new Uint32Array(100_000).fill(4),
      trajectories: new Uint32Array(100_000),
      trajectoryCount: 1,
      roleCount: 5,
    };
    const { lengthsByRole, lengths } = await roleTokens(gpu, segments);
    expect([...lengthsByRole]).toEqual([0, 0, 0, 0, 4_000_000_000]);
    expect([...lengths]).toEqual([4_000_000_000]);
  });

  test("gives nothing for no trajectories, zeros for empty ones", async () => {
    expect(await roleTokens(gpu, randomSegments(0, 0))).toEqual(
      roleTokensCpu(randomSegments(0, 0)),
    );
    expect([...(await roleTokens(gpu, randomSegments(0, 2))).lengths]).toEqual([0, 0]);
  });

  test("refuses what the reference refuses, before anything reaches the GPU", async () => {
    const segments = { ...randomSegments(2, 3), trajectoryCount: 0 };
    await expect(roleTokens(gpu, segments)).rejects.toMatchObject({ code: "bad-corpus" });
  });
});
