/**
 * A folder of rollouts: a journal that a stopped run goes on from, and at the end the trajectories in
 * every format. The same rollouts give the same bytes, whatever order they were finished in.
 *
 * ```
 * spec.json                     how they were made
 * journal.jsonl                 one line a rollout, as it is finished
 * trajectories.jsonl            our own rows: chat, with all that a trajectory holds
 * swe-agent/TASK.run-1.traj     SWE-agent's
 * r2e-gym/pass.jsonl fail.jsonl R2E-Gym's
 * predictions/run-1.jsonl       for `bottega evaluate`
 * trajectories.bundle           a git repository of them, which the workbench opens
 * ```
 *
 * @module
 */
import { type NewCommit, writeHistory } from "../git/mod.ts";
import { type Trajectory, writeTrajectories } from "../trajectory/mod.ts";
import type { Rollout } from "./rollout.ts";

/** A file of a folder of rollouts. */
export interface RolloutFile {
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** All files of rollouts but the journal; dropped ones are left out. */
export async function* rolloutFiles(rollouts: readonly Rollout[]): AsyncGenerator<RolloutFile> {
  const kept = inOrder(rollouts.filter(({ dropped }) => !dropped));
  const trajectories = kept.map(({ trajectory }) => trajectory);
  yield { path: "trajectories.jsonl", content: jsonl(trajectories, "chat") };
  for (const [name, resolved] of [["pass", true], ["fail", false]] as const) {
    const labelled = trajectories.filter(({ outcome }) => outcome.resolved === resolved);
    yield { path: `r2e-gym/${name}.jsonl`, content: jsonl(labelled, "r2e-gym") };
  }
  for (const { path, text } of writeTrajectories(trajectories, "swe-agent")) {
    yield { path: `swe-agent/${path}`, content: text };
  }
  for (const [run, group] of byRun(kept)) {
    const lines = group.map(({ trajectory }) => JSON.stringify(predictionOf(trajectory)));
    yield { path: `predictions/run-${run}.jsonl`, content: `${lines.join("\n")}\n` };
  }
  if (kept.length > 0) {
    yield { path: "trajectories.bundle", content: await rolloutBundle(kept) };
  }
}

/**
 * A git bundle with a commit for each run: `run-1/pass.jsonl`, `run-1/fail.jsonl`, and so on, after
 * what `before` holds.
 *
 * @throws {RangeError} for no rollouts
 */
export async function rolloutBundle(
  rollouts: readonly Rollout[],
  before: readonly NewCommit[] = [],
): Promise<Uint8Array<ArrayBuffer>> {
  const commits = [...before];
  for (const [run, group] of byRun(inOrder(rollouts))) {
    const trajectories = group.map(({ trajectory }) => trajectory);
    const passed = trajectories.filter(({ outcome }) => outcome.resolved === true);
    const failed = trajectories.filter(({ outcome }) => outcome.resolved !== true);
    const files = { ...commits.at(-1)?.files };
    if (passed.length > 0) files[`run-${run}/pass.jsonl`] = jsonl(passed, "chat");
    if (failed.length > 0) files[`run-${run}/fail.jsonl`] = jsonl(failed, "chat");
    const share = `${passed.length} of ${trajectories.length} pass`;
    const timestamp = (commits.at(-1)?.timestamp ?? START) + 3600;
    commits.push({ message: `Rollouts, run ${run}: ${share}\n`, files, author: AUTHOR, timestamp });
  }
  return await (await writeHistory(commits)).bundle();
}

/** A rollout as a line of the journal. */
export function journalLine(rollout: Rollout): string {
  return `${JSON.stringify(rollout)}\n`;
}

/** The rollouts of a journal; a line that was not finished is left out. */
export function parseJournal(text: string): Rollout[] {
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  return whole.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Rollout);
}

/** SWE-bench's prediction. */
function predictionOf({ task, model, outcome }: Trajectory) {
  return {
    instance_id: task.instanceId ?? "",
    model_name_or_path: model ?? "",
    model_patch: outcome.patch ?? "",
    exit_status: outcome.exitStatus ?? "",
  };
}

function jsonl(trajectories: readonly Trajectory[], format: "chat" | "r2e-gym"): string {
  return [...writeTrajectories(trajectories, format)].map(({ text }) => text).join("");
}

function inOrder(rollouts: readonly Rollout[]): Rollout[] {
  const key = ({ trajectory }: Rollout) => trajectory.task.instanceId ?? trajectory.id;
  return rollouts.toSorted((a, b) =>
    a.run - b.run || (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0)
  );
}

function byRun(rollouts: readonly Rollout[]): [number, Rollout[]][] {
  return [...Map.groupBy(rollouts, ({ run }) => run)].toSorted(([a], [b]) => a - b);
}

const AUTHOR = { name: "Bottega", email: "bottega@example.org" };
const START = Date.UTC(2026, 0, 1) / 1000;
