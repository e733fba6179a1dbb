/**
 * The world of an ablation: tasks by split, and a teacher's runs of those that are trained on. Made from
 * a seed, and kept, so that it is made once.
 *
 * @module
 */
import {
  makeMiniSwe,
  openEnvironment,
  parseTask,
  rollOut,
  SHORT_PROMPT,
  type Task,
  type TeacherOptions,
  teacherPolicy,
  type WorldShape,
  writeTask,
} from "../agent/mod.ts";
import type { Job } from "../gpu/mod.ts";
import type { RunFiles } from "../train/mod.ts";
import type { Step } from "../trajectory/mod.ts";
import type { AblationSpec, WorldKind } from "./ablation_spec.ts";
import { leakingDocuments } from "./contamination.ts";
import { labDocuments } from "./documents.ts";
import { readJson, writeJson } from "./json_file.ts";
import { LabError } from "./lab_error.ts";
import { createRest } from "./rest.ts";
import type { TurnFormat } from "./turns.ts";

/** A run of the teacher. */
export interface TeacherRun {
  readonly task: string;
  readonly style: "strong" | "weak";
  readonly resolved: boolean;
  readonly problem: string;
  readonly steps: readonly Step[];
}

/** Tasks and runs. */
export interface World {
  readonly tasks: readonly Task[];
  readonly runs: readonly TeacherRun[];
  readonly seed: number;
  /** What differs from the world of the benchmark. */
  readonly shape?: Partial<WorldShape> | undefined;
  /** Files of further code. */
  readonly code: number;
  /** How conversations are written. */
  readonly format: TurnFormat;
  /** Ids of documents that are left out of training: see `leakingDocuments`. */
  readonly leaking?: ReadonlySet<string> | undefined;
}

/** The teacher of `env` and `strong` errs, tests and revises; that of `weak` edits and submits. */
const WEAK: TeacherOptions = { wrongTurns: 0, wrongFixes: 0.2, careless: 1 };

/** The world of a spec, from `files` where it was made before. */
export async function openWorld(
  { world: { seed, tasks: count, runs, code, shape, splits, teacher }, format }: AblationSpec,
  files: RunFiles,
  { signal, onProgress }: Job,
): Promise<World> {
  const settings = { seed, shape, code, format };
  const kept = await readJson<KeptWorld>(files, FILE);
  if (kept) {
    const { tasks, runs, leaking } = kept;
    return { tasks: tasks.map(parseTask), runs, ...settings, leaking: new Set(leaking) };
  }

  const tasks: Task[] = [];
  for await (const repository of makeMiniSwe({ seed, count, shape, splits, signal, onProgress })) {
    tasks.push(...repository.tasks);
  }
  const made: TeacherRun[] = [];
  const taught = tasks.filter(({ split }) => split === "train");
  const rest = createRest(signal);
  for (const [done, task] of taught.entries()) {
    for (const style of ["strong", "weak"] as const) {
      for (let run = 1; run <= (style === "weak" ? 1 : runs); run++) {
        await rest();
        const policy = teacherPolicy(task, style === "strong" ? teacher ?? {} : WEAK);
        const options = { task, run, policy, open: openEnvironment, prompt: SHORT_PROMPT, signal };
        const { trajectory: { task: { problem }, steps, outcome } } = await rollOut(options);
        const resolved = outcome.resolved === true;
        made.push({ task: task.id, style, resolved, problem, steps });
      }
    }
    onProgress?.({ phase: "teacher", done: done + 1, total: taught.length, unit: "tasks" });
  }
  const world = { tasks, runs: made, ...settings };
  const documents = (kind: WorldKind) => labDocuments(kind, world);
  const leaking = await leakingDocuments(world, documents, { signal, onProgress });
  const written: KeptWorld = { tasks: tasks.map(writeTask), runs: made, leaking };
  await writeJson(files, FILE, written);
  return { ...world, leaking: new Set(leaking) };
}

interface KeptWorld {
  readonly tasks: readonly unknown[];
  readonly runs: readonly TeacherRun[];
  readonly leaking: readonly string[];
}

const FILE = "world.json";

/**
 * The first tasks of a split, as many as are evaluated: those that a seed works on, or those of all seeds.
 *
 * @throws {LabError} "data" where seeds need more tasks apart than there are.
 */
export function evaluatedTasks(
  { tasks }: World,
  { evaluate, seeds }: Pick<AblationSpec, "evaluate" | "seeds">,
  seed?: number,
): Record<"test" | "test-hard", Task[]> {
  const of = (split: "test" | "test-hard") => {
    const all = tasks.filter((task) => task.split === split);
    const each = evaluate[split];
    if (evaluate.apart !== true) return all.slice(0, each);
    if (all.length < each * seeds.length) {
      throw new LabError(
        "data",
        `${seeds.length} seeds with ${each} tasks each of ${split} need ${
          each * seeds.length
        }, and ` +
          `there are ${all.length}: make more tasks.`,
      );
    }
    const first = seed === undefined ? 0 : seeds.indexOf(seed);
    return all.slice(each * first, each * (seed === undefined ? seeds.length : first + 1));
  };
  return { test: of("test"), "test-hard": of("test-hard") };
}
