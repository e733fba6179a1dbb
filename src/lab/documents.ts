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
  makeMiniCode,
  type Task,
  writeCall,
} from "../agent/mod.ts";
import type { SampleSegment } from "../corpus/mod.ts";
import type { WorldKind } from "./ablation_spec.ts";
import { copyDocuments } from "./copy_documents.ts";
import { type LabDocument, labDocument } from "./lab_document.ts";
import { shortEdit, shortFile, shortPath } from "./short_turns.ts";
import { conversation, ENDED, opened, type TurnFormat, userTurn, writeProblem } from "./turns.ts";
import type { World } from "./world.ts";

/** How often passing runs are repeated in `env`: daVinci-Dev, section 3.2. */
const PASS_REPEATS = 3;

/** Lists of names to copy, for each task. */
const COPIES_PER_TASK = 20;

/** The documents of a kind, of tasks that are trained on; those that leak are left out. */
export async function labDocuments(kind: WorldKind, world: World): Promise<LabDocument[]> {
  const made = await allDocuments(kind, world);
  return made.filter(({ id }) => world.leaking?.has(id) !== true);
}

async function allDocuments(kind: WorldKind, world: World): Promise<LabDocument[]> {
  const tasks = world.tasks.filter(({ split }) => split === "train");
  const strong = world.runs.filter(({ style }) => style === "strong");
  const run = (run: World["runs"][number], i: number) => runDocument(run, i, world.format);
  switch (kind) {
    case "code":
      return codeDocuments(tasks, world);
    case "copy":
      return copyDocuments(
        COPIES_PER_TASK * tasks.length,
        "train",
        world.format,
        world.shape?.fileNames,
      );
    case "factorized":
      return (await Promise.all(tasks.map((task) => factorized(task, world.format)))).flat();
    case "ctx":
      return await Promise.all(tasks.map((task) => contextual(task, world.format)));
    case "env":
      return strong.flatMap((made, i) => repeated(run(made, i), made.resolved));
    case "strong":
      return strong.flatMap((made, i) => made.resolved ? [run(made, i)] : []);
    case "weak":
      return world.runs.filter(({ style, resolved }) => style === "weak" && resolved).map(run);
  }
}

/** Each file of the repositories as they are in the end, and further files in their style. */
function codeDocuments(
  tasks: readonly Task[],
  { code, seed, shape, format }: World,
): LabDocument[] {
  const last = new Map(tasks.map((task) => [task.repo, task]));
  const held = [...last.values()].flatMap(({ repo, files = {} }) =>
    Object.entries(files).filter(([path]) => format !== "short" || path.startsWith("src/"))
      .map(([path, text]) => ({ id: `${repo} ${path}`, path, text }))
  );
  const more = [...makeMiniCode({ seed, count: code, ...(shape && { shape }) })]
    .map((file, i) => ({ id: `code ${i}`, ...file }));
  return [...held, ...more].map(({ id, path, text }) =>
    labDocument(id, [{ role: "file", text: fileText(path, text, format) }])
  );
}

/** The problem, the files that matter, and the edits, in one. */
async function contextual(task: Task, format: TurnFormat): Promise<LabDocument> {
  const fixes = await goldFixes(task);
  const paths = [...new Set(fixes.map(({ path }) => path))];
  return labDocument(`${task.id} ctx`, [
    ...userTurn(format, { role: "problem", text: writeProblem(task.problem, format) }),
    ...paths.flatMap((path) => userTurn(format, fileSegment(task, path, format))),
    opened(format),
    { role: "edit", text: fixes.map((fix) => editText(fix, format)).join("\n") },
    ENDED,
  ]);
}

/** One sample that finds the files, and for each file one that edits it. */
async function factorized(task: Task, format: TurnFormat): Promise<LabDocument[]> {
  const fixes = await goldFixes(task);
  const paths = [...new Set(fixes.map(({ path }) => path))];
  const problem: SampleSegment = {
    role: "problem",
    text: `${writeProblem(task.problem, format)}\n`,
  };
  return [
    labDocument(`${task.id} localize`, [
      ...userTurn(format, problem, { role: "file", text: overview(task, format) }),
      opened(format),
      { role: "action", text: paths.map((path) => pathText(path, format)).join("\n") },
      ENDED,
    ]),
    ...paths.map((path) =>
      labDocument(`${task.id} edit ${path}`, [
        ...userTurn(format, problem, fileSegment(task, path, format)),
        opened(format),
        {
          role: "edit",
          text: fixes.filter((fix) => fix.path === path).map((fix) => editText(fix, format)).join(
            "\n",
          ),
        },
        ENDED,
      ])
    ),
  ];
}

/** Every source file with the functions that it declares. */
function overview({ files = {} }: Task, format: TurnFormat): string {
  return Object.entries(files).filter(([path]) => path.startsWith("src/")).map(([path, text]) =>
    `${pathText(path, format)}: ${findFunctions(text).map(({ name }) => name).join(", ")}`
  ).join("\n");
}

function pathText(path: string, format: TurnFormat): string {
  return format === "short" ? shortPath(path) : path;
}

function fileSegment({ files = {} }: Task, path: string, format: TurnFormat): SampleSegment {
  return { role: "file", text: fileText(path, files[path] ?? "", format).trimEnd() };
}

/** A file with its marker, as an agent sees it. */
function fileText(path: string, text: string, format: TurnFormat): string {
  return format === "short" ? shortFile(path, text) : catN(text, path);
}

function editText({ path, after }: Fix, format: TurnFormat): string {
  if (format === "short") return shortEdit(path, after);
  return writeCall("function", "rewrite_function", { path, new_code: after.trimEnd() }).text;
}

function runDocument(run: World["runs"][number], i: number, format: TurnFormat): LabDocument {
  const { task, style, problem, steps } = run;
  return labDocument(`${task} ${style} ${i}`, conversation(problem, steps, format));
}

function repeated(made: LabDocument, passed: boolean): LabDocument[] {
  return Array.from({ length: passed ? PASS_REPEATS : 1 }, () => made);
}
