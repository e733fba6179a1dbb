/**
 * The public face of Bottega: what a notebook cell or a script imports as `bottega`.
 *
 * @example
 * ```ts
 * import { connect } from "bottega";
 * const workbench = connect();
 * const corpus = await workbench.load("../trajectories", { onProgress: console.error });
 * console.table(corpus.rows);
 * console.log(await corpus.statistics());
 * workbench.close();
 * ```
 * @module
 */
export * from "./gpu/mod.ts";
export * from "./git/mod.ts";
export * from "./tensor/mod.ts";
export * from "./model/mod.ts";
export * from "./trajectory/mod.ts";
export * from "./tokenizer/mod.ts";
export * from "./stats/mod.ts";
export * from "./train/mod.ts";
export * from "./corpus/mod.ts";
export * from "./agent/mod.ts";
export * from "./evaluate/mod.ts";
export * from "./plot/mod.ts";
export * from "./lab/mod.ts";
export * from "./remote/mod.ts";
// Both rooms have tasks: one to execute, and the part of it that a trajectory keeps.
export { type Task } from "./agent/mod.ts";
export { type Task as TrajectoryTask } from "./trajectory/mod.ts";
