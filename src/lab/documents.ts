/**
 * Training documents of each kind, from one world: the same changes, the same marker of a file and the
 * same edit in every kind, so that recipes differ in what is kept together and in nothing else.
 *
 * @module
 */
import {
  catN,
  findFunctions,
  type Fix,
  goldFixes,
  seededRandom,
  type Task,
  writeCall,
} from "../agent/mod.ts";
import type { SampleSegment } from "../corpus/mod.ts";
import type { DataKind } from "./ablation_spec.ts";
import { conversation, END_OF_TURN, OPENED, userTurn } from "./turns.ts";
import type { World } from "./world.ts";

/** A document in segments, whose markers become special tokens. */
export interface LabDocument {
  readonly id: string;
  readonly kind: "environment";
  readonly segments: readonly SampleSegment[];
}

/** How often passing runs are repeated in `env`: daVinci-Dev, section 3.2. */
const PASS_REPEATS = 3;

/** The documents of a kind, of tasks that are trained on. */
export async function labDocuments(kind: DataKind, world: World): Promise<LabDocument[]> {
  const tasks = world.tasks.filter(({ split }) => split === "train");
  const strong = world.runs.filter(({ style }) => style === "strong");
  switch (kind) {
    case "code":
      return codeDocuments(tasks);
    case "copy":
      return copyDocuments(40 * tasks.length, "train");
    case "factorized":
      return (await Promise.all(tasks.map(factorized))).flat();
    case "ctx":
      return await Promise.all(tasks.map(contextual));
    case "env":
      return strong.flatMap((run, i) => repeated(runDocument(run, i), run.resolved));
    case "strong":
      return strong.flatMap((run, i) => run.resolved ? [runDocument(run, i)] : []);
    case "weak":
      return world.runs.filter(({ style, resolved }) => style === "weak" && resolved).map(
        runDocument,
      );
  }
}

/** Each file of the repositories as they are in the end. */
function codeDocuments(tasks: readonly Task[]): LabDocument[] {
  const last = new Map(tasks.map((task) => [task.repo, task]));
  return [...last.values()].flatMap(({ repo, files = {} }) =>
    Object.entries(files).map(([path, text]) =>
      document(`${repo} ${path}`, [{ role: "file", text: catN(text, path) }])
    )
  );
}

/** A name that no repository has, in the shape of a path or a function. */
export function randomName(random: ReturnType<typeof seededRandom>): string {
  const syllable = () => random.pick([..."bcdfghklmnprstvw"]) + random.pick([..."aeiou"]);
  const word = () => Array.from({ length: random.int(1, 3) }, syllable).join("");
  const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);
  return random.chance(0.5) ? `src/${word()}.js` : `${word()}${capital(word())}`;
}

/** Random names and, below, the same names: what an agent does with each path that it has seen. */
export function copyDocuments(count: number, seed: string): LabDocument[] {
  const random = seededRandom(`copy ${seed}`);
  return Array.from({ length: count }, (_, i) => {
    const names = Array.from({ length: random.int(2, 6) }, () => randomName(random)).join("\n");
    return document(`copy ${i}`, [
      ...userTurn({ role: "problem", text: names }),
      OPENED,
      { role: "action", text: `${names}${END_OF_TURN}` },
    ]);
  });
}

/** The problem, the files that matter, and the edits, in one. */
async function contextual(task: Task): Promise<LabDocument> {
  const fixes = await goldFixes(task);
  const paths = [...new Set(fixes.map(({ path }) => path))];
  return document(`${task.id} ctx`, [
    ...userTurn({ role: "problem", text: task.problem }),
    ...paths.flatMap((path) => userTurn(fileSegment(task, path))),
    OPENED,
    { role: "edit", text: `${fixes.map(editText).join("\n")}${END_OF_TURN}` },
  ]);
}

/** One sample that finds the files, and for each file one that edits it. */
async function factorized(task: Task): Promise<LabDocument[]> {
  const fixes = await goldFixes(task);
  const paths = [...new Set(fixes.map(({ path }) => path))];
  const problem: SampleSegment = { role: "problem", text: `${task.problem}\n` };
  return [
    document(`${task.id} localize`, [
      ...userTurn(problem, { role: "file", text: overview(task) }),
      OPENED,
      { role: "action", text: `${paths.join("\n")}${END_OF_TURN}` },
    ]),
    ...paths.map((path) =>
      document(`${task.id} edit ${path}`, [
        ...userTurn(problem, fileSegment(task, path)),
        OPENED,
        {
          role: "edit",
          text: `${
            fixes.filter((fix) => fix.path === path).map(editText).join("\n")
          }${END_OF_TURN}`,
        },
      ])
    ),
  ];
}

/** Every source file with the functions that it declares. */
function overview({ files = {} }: Task): string {
  return Object.entries(files).filter(([path]) => path.startsWith("src/")).map(([path, text]) =>
    `${path}: ${findFunctions(text).map(({ name }) => name).join(", ")}`
  ).join("\n");
}

function fileSegment({ files = {} }: Task, path: string): SampleSegment {
  return { role: "file", text: catN(files[path] ?? "", path).trimEnd() };
}

function editText({ path, after }: Fix): string {
  return writeCall("function", "rewrite_function", { path, new_code: after.trimEnd() }).text;
}

function runDocument(run: World["runs"][number], i: number): LabDocument {
  return document(`${run.task} ${run.style} ${i}`, conversation(run.problem, run.steps));
}

function repeated(made: LabDocument, passed: boolean): LabDocument[] {
  return Array.from({ length: passed ? PASS_REPEATS : 1 }, () => made);
}

function document(id: string, segments: readonly SampleSegment[]): LabDocument {
  return { id, kind: "environment", segments };
}
