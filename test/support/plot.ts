/** Charts and viewers for tests: a headless document, and small corpora to show. */

import { Window } from "happy-dom";
import { type CorpusStatistics, OVER } from "../../src/stats/mod.ts";
import { ROLES, type Step, type Trajectory } from "../../src/trajectory/mod.ts";
import type { TrajectoryRow } from "../../src/plot/mod.ts";

/** A document without layout, with a body to append to. */
export function headlessDocument(): Document {
  return new Window({ url: "http://127.0.0.1/" }).document as unknown as Document;
}

/** Statistics of trajectories with the given tokens in the order of the roles. */
export function statisticsOf(
  lengthsByRole: readonly (readonly number[])[],
  options: Partial<CorpusStatistics> = {},
): CorpusStatistics {
  const lengths = Uint32Array.from(lengthsByRole, (row) => row.reduce((a, b) => a + b, 0));
  const sorted = lengths.toSorted();
  const rank = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  const byRole = ROLES.map((
    role,
    r,
  ) => [role, lengthsByRole.reduce((n, row) => n + (row[r] ?? 0), 0)]);
  const over = OVER.map((size) => [size, lengths.filter((length) => length > Number(size)).length]);
  return {
    tokenizer: "o200k_base",
    trajectories: lengths.length,
    tokens: lengths.reduce((a, b) => a + b, 0),
    byRole: Object.fromEntries(byRole),
    length: { p50: rank(0.5), p90: rank(0.9), p99: rank(0.99), max: rank(1) },
    over: Object.fromEntries(over) as CorpusStatistics["over"],
    lengths,
    roles: ROLES,
    lengthsByRole: Uint32Array.from(lengthsByRole.flat()),
    lengthHistogram: { edges: new Uint32Array(), counts: new Uint32Array() },
    tokenCounts: new Uint32Array(),
    adapter: "a test's adapter",
    ...options,
  };
}

/** Row number `i`, unlike its neighbours in every column. */
export function rowOf(i: number, row: Partial<TrajectoryRow> = {}): TrajectoryRow {
  return {
    id: `task-${String(i).padStart(6, "0")}`,
    format: i % 2 ? "chat" : "swe-agent",
    path: `runs/${i}.traj`,
    steps: (i * 7) % 13 + 1,
    tokens: (i * 7919) % 100_003 + 1,
    resolved: [true, false, null][i % 3] ?? null,
    exitStatus: i % 4 ? "submitted" : null,
    model: null,
    ...row,
  };
}

/** Rows 0 to `count` - 1. */
export function rowsOf(count: number): TrajectoryRow[] {
  return Array.from({ length: count }, (_, i) => rowOf(i));
}

/** A step of one call and one observation. */
export function stepOf(thought: string, observation = "", call = "ls"): Step {
  return {
    thought,
    calls: [{ name: "bash", arguments: {}, text: call }],
    observations: [{ text: observation }],
  };
}

/** A trajectory of the given steps. */
export function trajectoryOf(
  steps: readonly Step[],
  trajectory: Partial<Trajectory> = {},
): Trajectory {
  return {
    id: "task-1",
    provenance: { path: "runs/1.traj", format: "swe-agent" },
    task: { problem: "Fix the rounding", repository: "pandas-dev/pandas" },
    system: "You are an agent",
    steps,
    outcome: { resolved: true, exitStatus: "submitted" },
    ...trajectory,
  };
}

/** The values that an input had at each `input` event. */
export function recordInputs<V>(input: HTMLElement & { value: V }): V[] {
  const values: V[] = [];
  input.addEventListener("input", () => values.push(input.value));
  return values;
}

/** Presses a key on an element. */
export function pressKey(target: Element, key: string, init: KeyboardEventInit = {}): void {
  const { KeyboardEvent } = target.ownerDocument.defaultView ?? globalThis;
  target.dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...init }),
  );
}

/** Does something with the mouse at a place, which headless is one of the element's own pixels. */
export function movePointer(
  target: Element,
  type: "pointerdown" | "pointermove" | "pointerup",
  x: number,
  y: number,
): void {
  const { PointerEvent } = target.ownerDocument.defaultView ?? globalThis;
  target.dispatchEvent(
    new PointerEvent(type, {
      clientX: x,
      clientY: y,
      button: 0,
      pointerId: 1,
      pointerType: "mouse",
      bubbles: true,
    }),
  );
}

/** The first element that a selector finds; a test fails where there is none. */
export function find<E extends Element = HTMLElement>(root: ParentNode, selector: string): E {
  const found = root.querySelector<E>(selector);
  if (found === null) throw new Error(`Nothing is found by ${selector}`);
  return found;
}

/** Every element that a selector finds. */
export function findAll<E extends Element = HTMLElement>(root: ParentNode, selector: string): E[] {
  return [...root.querySelectorAll<E>(selector)];
}
