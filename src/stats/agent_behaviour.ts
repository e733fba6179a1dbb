/**
 * How agents behave: what they call, how often they test, how often they come back to revise.
 *
 * @module
 */

import type { Gpu } from "../gpu/mod.ts";
import type { ActionLog } from "./action_log.ts";
import { agentCycles, agentCyclesCpu } from "./agent_cycles.ts";
import { tokenHistogram, tokenHistogramCpu } from "./token_histogram.ts";

/** A tool and how often it was called. */
export interface ToolCount {
  readonly tool: string;
  readonly count: number;
}

/** The behaviour of agents over K trajectories. Plain data. */
export interface AgentBehaviour {
  /** K */
  readonly trajectories: number;
  readonly actions: number;
  readonly edits: number;
  readonly testRuns: number;
  /** Edits that follow a test run that follows an edit. */
  readonly cycles: number;
  /** Trajectories in which a test was run, and in which an edit was revised after one. */
  readonly tested: number;
  readonly revised: number;
  /** Most called first, equals by name. */
  readonly tools: readonly ToolCount[];
  /** (K, 4) row-major: actions, edits, test runs, cycles of each trajectory. */
  readonly byTrajectory: Uint32Array;
}

/**
 * Sums up a log: the same numbers on every adapter and on the CPU.
 *
 * @param gpu null counts on the CPU.
 * @throws {GpuError} As `tokenHistogram`.
 */
export async function agentBehaviour(log: ActionLog, gpu: Gpu | null): Promise<AgentBehaviour> {
  const V = log.tools.length;
  const byTrajectory = gpu ? await agentCycles(gpu, log) : agentCyclesCpu(log);
  const counts = gpu
    ? await tokenHistogram(gpu, log.toolIds, V)
    : tokenHistogramCpu(log.toolIds, V);
  const column = (c: number) => byTrajectory.filter((_, i) => i % COLUMNS === c);
  const sum = (c: number) => column(c).reduce((sum, count) => sum + count, 0);
  const some = (c: number) => column(c).reduce((sum, count) => sum + Number(count > 0), 0);
  return {
    trajectories: byTrajectory.length / COLUMNS,
    actions: sum(0),
    edits: sum(1),
    testRuns: sum(2),
    cycles: sum(3),
    tested: some(2),
    revised: some(3),
    tools: log.tools.map((tool, id) => ({ tool, count: counts[id]! }))
      .toSorted((a, b) => b.count - a.count || (a.tool < b.tool ? -1 : 1)),
    byTrajectory,
  };
}

const COLUMNS = 4;
