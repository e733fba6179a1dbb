/**
 * How many tokens each trajectory has in each role, and in all.
 *
 * @module
 */

import code from "../../shaders/stats/role_tokens.wgsl?raw" with { type: "text" };
import {
  createBuffers,
  createKernel,
  type Gpu,
  type Job,
  type Piecewise,
  runPiecewise,
} from "../gpu/mod.ts";
import { StatisticsError } from "./error.ts";

/** S segments of K trajectories, in any order. */
export interface Segments {
  /** (S) tokens of each segment. */
  readonly lengths: Uint32Array;
  /** (S) index of the role, below R. */
  readonly roles: Uint32Array;
  /** (S) index of the trajectory, below K. */
  readonly trajectories: Uint32Array;
  /** K */
  readonly trajectoryCount: number;
  /** R */
  readonly roleCount: number;
}

/** Tokens of each of K trajectories. */
export interface RoleTokens {
  /** (K, R) row-major: by trajectory and role. */
  readonly lengthsByRole: Uint32Array;
  /** (K) the sums of its rows. */
  readonly lengths: Uint32Array;
}

/**
 * Sums on the GPU. Exact: equal to {@linkcode roleTokensCpu}, as long as no trajectory has 2³² tokens
 * or more.
 *
 * @throws {StatisticsError} "bad-corpus" with the first role or trajectory that is out of range.
 * @throws {GpuError} As `runPiecewise`; "limit" too where (K, R) counts do not fit a binding.
 */
export async function roleTokens(gpu: Gpu, segments: Segments, job: Job = {}): Promise<RoleTokens> {
  checkSegments(segments);
  const { trajectoryCount: K, roleCount: R } = segments;
  using buffers = createBuffers(gpu);
  const lengthsByRole = buffers.zeroed("lengths_by_role", K * R * WORD);
  const lengths = buffers.zeroed("lengths", K * WORD);
  const work = await roleTokensWork(gpu, segments, lengthsByRole, lengths);
  const [byRole, all] = await runPiecewise(gpu, [work], [lengthsByRole, lengths], job);
  return {
    lengthsByRole: new Uint32Array(byRole).slice(0, K * R),
    lengths: new Uint32Array(all).slice(0, K),
  };
}

/** The reference: what {@linkcode roleTokens} gives, in one loop on the CPU. */
export function roleTokensCpu(segments: Segments): RoleTokens {
  checkSegments(segments);
  const { roles, trajectories, trajectoryCount: K, roleCount: R } = segments;
  const lengthsByRole = new Uint32Array(K * R);
  const lengths = new Uint32Array(K);
  for (let i = 0; i < roles.length; i++) {
    const k = trajectories[i]!;
    const length = segments.lengths[i]!;
    lengthsByRole[k * R + roles[i]!]! += length;
    lengths[k]! += length;
  }
  return { lengthsByRole, lengths };
}

/** The kernel's run over checked segments, into (K, R) and (K) u32. */
export async function roleTokensWork(
  gpu: Gpu,
  { lengths: segmentLengths, roles, trajectories, roleCount: R }: Segments,
  lengthsByRole: GPUBuffer,
  lengths: GPUBuffer,
): Promise<Piecewise> {
  const constants = { wg: WG, R };
  const kernel = await createKernel(gpu, { label: "role_tokens", code, constants });
  return {
    kernel,
    wg: WG,
    items: segmentLengths.length,
    inputs: [segmentLengths, roles, trajectories],
    buffers: [lengthsByRole, lengths],
  };
}

/** @throws {StatisticsError} "bad-corpus" where an index is out of range or the arrays differ in size. */
export function checkSegments(segments: Segments): void {
  const { lengths, roles, trajectories, trajectoryCount, roleCount } = segments;
  const S = lengths.length;
  if (roles.length !== S || trajectories.length !== S) {
    throw new StatisticsError(
      "bad-corpus",
      `There are ${S} segments, but ${roles.length} roles and ${trajectories.length} trajectory ` +
        "indices. Give one of each for every segment.",
    );
  }
  checkBelow("role", roles, roleCount);
  checkBelow("trajectory", trajectories, trajectoryCount);
}

function checkBelow(what: string, indices: Uint32Array, limit: number): void {
  const i = indices.findIndex((index) => index >= limit);
  if (i < 0) return;
  throw new StatisticsError(
    "bad-corpus",
    `Segment ${i} has ${what} ${indices[i]}, and there are ${limit}. Build the corpus anew with ` +
      "tokenizeCorpus().",
  );
}

const WG = 64;
const WORD = Uint32Array.BYTES_PER_ELEMENT;
