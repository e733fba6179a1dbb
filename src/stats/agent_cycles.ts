/**
 * What agents did, in numbers: edits, test runs, and how often they came back to revise.
 *
 * @module
 */

import code from "../../shaders/stats/agent_cycles.wgsl?raw" with { type: "text" };
import { createBuffers, createKernel, createProgram, type Gpu } from "../gpu/mod.ts";
import { StatisticsError } from "./error.ts";

/** The kinds of actions that are told apart, in the order of their numbers. */
export const ACTION_KINDS = ["other", "edit", "test"] as const;

export type ActionKind = typeof ACTION_KINDS[number];

/** A actions of K trajectories. */
export interface ActionSequences {
  /** (A) index into {@linkcode ACTION_KINDS}. */
  readonly kinds: Uint32Array;
  /** (K + 1) where each trajectory begins in `kinds`, ascending; the last entry is A. */
  readonly offsets: Uint32Array;
}

/**
 * Counts on the GPU. Exact: equal to {@linkcode agentCyclesCpu}; those of shards, one after the other,
 * are those of the whole.
 *
 * @returns (K, 4) u32 row-major: actions, edits, test runs, and edit–test–revise cycles, which are
 * edits that follow a test run that follows an edit.
 * @throws {StatisticsError} "bad-corpus" for offsets that descend or do not reach over all actions.
 * @throws {GpuError} As `createProgram`.
 */
export async function agentCycles(gpu: Gpu, actions: ActionSequences): Promise<Uint32Array> {
  checkActions(actions);
  const K = actions.offsets.length - 1;
  if (K === 0) return new Uint32Array();
  const kernel = await createKernel(gpu, { label: "agent_cycles", code, constants: { wg: WG } });
  using buffers = createBuffers(gpu);
  const kinds = buffers.upload("kinds", actions.kinds);
  const offsets = buffers.upload("offsets", actions.offsets);
  const counts = buffers.zeroed("counts", 4 * K * Uint32Array.BYTES_PER_ELEMENT);
  const program = await createProgram(gpu, "agent_cycles", [
    { kernel, bindings: [kinds, offsets, counts], workgroups: Math.ceil(K / WG) },
  ]);
  const [bytes] = await program.submit([counts]);
  return new Uint32Array(bytes);
}

/** The reference: what {@linkcode agentCycles} gives, in one loop on the CPU. */
export function agentCyclesCpu(actions: ActionSequences): Uint32Array {
  checkActions(actions);
  const { kinds, offsets } = actions;
  const K = offsets.length - 1;
  const counts = new Uint32Array(4 * K);
  for (let k = 0; k < K; k++) {
    let [edits, tests, cycles] = [0, 0, 0];
    let last: "nothing" | "edit" | "test of an edit" = "nothing";
    for (const kind of kinds.subarray(offsets[k], offsets[k + 1])) {
      if (kind === EDIT) {
        edits++;
        if (last === "test of an edit") cycles++;
        last = "edit";
      } else if (kind === TEST) {
        tests++;
        if (last === "edit") last = "test of an edit";
      }
    }
    counts.set([offsets[k + 1]! - offsets[k]!, edits, tests, cycles], 4 * k);
  }
  return counts;
}

function checkActions({ kinds, offsets }: ActionSequences): void {
  const descends = offsets.some((offset, k) => k > 0 && offset < offsets[k - 1]!);
  if (offsets[0] === 0 && offsets.at(-1) === kinds.length && !descends) return;
  throw new StatisticsError(
    "bad-corpus",
    `The trajectories reach from action ${offsets[0]} to ${offsets.at(-1)}, and there are ` +
      `${kinds.length}. Offsets begin with 0, ascend, and end with the number of actions.`,
  );
}

const EDIT = ACTION_KINDS.indexOf("edit");
const TEST = ACTION_KINDS.indexOf("test");
const WG = 64;
