/**
 * The actions of trajectories as numbers, so that they are counted as tokens are.
 *
 * @module
 */

import type { ToolCall } from "../trajectory/mod.ts";
import { actionOf } from "./action_kind.ts";
import { ACTION_KINDS, type ActionSequences } from "./agent_cycles.ts";
import { concatenate } from "./concatenate.ts";
import { StatisticsError } from "./error.ts";
import type { DocumentTokens } from "./token_chunks.ts";

/** A actions of K trajectories. Plain data: it survives `postMessage` unchanged. */
export interface ActionLog extends ActionSequences {
  /** What `toolIds` index into, in the order in which tools were first used. */
  readonly tools: readonly string[];
  /** (A) */
  readonly toolIds: Uint32Array<ArrayBuffer>;
}

/** The log of trajectories, each given as its calls in order. */
export function actionLog(
  trajectories: readonly (readonly Pick<ToolCall, "name" | "arguments" | "text">[])[],
): ActionLog {
  const ids = new Map<string, number>();
  const toolIds: number[] = [];
  const kinds: number[] = [];
  const offsets = [0];
  for (const calls of trajectories) {
    for (const call of calls) {
      const { tool, kind } = actionOf(call);
      const id = ids.get(tool) ?? ids.size;
      ids.set(tool, id);
      toolIds.push(id);
      kinds.push(ACTION_KINDS.indexOf(kind));
    }
    offsets.push(kinds.length);
  }
  return {
    tools: [...ids.keys()],
    toolIds: Uint32Array.from(toolIds),
    kinds: Uint32Array.from(kinds),
    offsets: Uint32Array.from(offsets),
  };
}

/**
 * Puts logs of shards together in their order: equal to the log of the whole.
 *
 * @throws {StatisticsError} "not-mergeable" for no shards.
 */
export function mergeActionLogs(shards: readonly ActionLog[]): ActionLog {
  if (shards.length === 0) {
    throw new StatisticsError("not-mergeable", "There are no shards to merge. Give at least one.");
  }
  const tools = [...new Set(shards.flatMap((shard) => shard.tools))];
  const offsets = [0];
  for (const shard of shards) {
    const start = offsets.at(-1) ?? 0;
    for (const offset of shard.offsets.subarray(1)) offsets.push(start + offset);
  }
  return {
    tools,
    toolIds: concatenate(shards.map((shard) => renumber(shard, tools))),
    kinds: concatenate(shards.map(({ kinds }) => kinds)),
    offsets: Uint32Array.from(offsets),
  };
}

/** Tools as tokens, those of two logs by one list of names. */
export function toolTokens(log: ActionLog, tools: readonly string[] = log.tools): DocumentTokens {
  return { tokens: renumber(log, tools), offsets: log.offsets };
}

function renumber({ tools: own, toolIds }: ActionLog, tools: readonly string[]) {
  const places = new Map(tools.map((tool, id) => [tool, id]));
  const ids = own.map((tool) => places.get(tool) ?? 0);
  return toolIds.map((id) => ids[id] ?? 0);
}
