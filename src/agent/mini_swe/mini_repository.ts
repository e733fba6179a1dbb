/**
 * A repository of MiniSWE: its history, and the tasks in it. Each round of its life is two commits,
 * one that adds functions with a mistake and one that repairs it; the first is the base of a task.
 *
 * @module
 */
import { type NewCommit, writeHistory } from "../../git/mod.ts";
import { diffFiles } from "../environment/patch.ts";
import type { Task } from "../task.ts";
import { BUG_KINDS } from "./bug_kinds.ts";
import type { CallRunner } from "./call_results.ts";
import { issueText } from "./issue_text.ts";
import {
  type MiniModule,
  renderModule,
  renderTests,
  sourcePath,
  testName,
  testPath,
} from "./mini_module.ts";
import { FIELDS, fileName, type Split } from "./names.ts";
import { firstModule, playRound, type Round } from "./round.ts";
import type { Workshop } from "./workshop.ts";
import { seededRandom } from "./seeded_random.ts";
import { DEFAULT_SHAPE, type WorldShape } from "./world_shape.ts";

/** Which repository of a world is made. */
export interface RepositoryRequest {
  readonly seed: number;
  /** Its number in the world. */
  readonly index: number;
  readonly split: Split;
  /** How many tasks it holds. */
  readonly tasks: number;
  /** What differs from the world of the benchmark. */
  readonly shape?: Partial<WorldShape>;
}

/** A repository with its tasks. */
export interface MiniRepository {
  /** For example `mini/harbor-0012`. */
  readonly name: string;
  readonly split: Split;
  /** Oldest first, each with its object id. */
  readonly commits: readonly (NewCommit & { readonly oid: string })[];
  readonly tasks: readonly Task[];
  /** The history as a git bundle. */
  bundle(): Promise<Uint8Array<ArrayBuffer>>;
}

/** Makes a repository; the same request gives the same bytes. About 20 ms a task. */
export async function makeMiniRepository(
  runner: CallRunner,
  { seed, index, split, tasks: count, shape }: RepositoryRequest,
): Promise<MiniRepository> {
  const random = seededRandom(`mini-swe ${seed} ${index}`);
  const place = fileName(random, split, new Set());
  const name = `mini/${place}-${String(index).padStart(4, "0")}`;
  const workshop: Workshop = {
    random,
    runner,
    split,
    shape: { ...DEFAULT_SHAPE, ...shape },
    field: random.pick(FIELDS),
    functionNames: new Set(),
    moduleNames: new Set(),
  };
  const author = random.pick(AUTHORS);
  const reviewer = random.pick(AUTHORS);
  const commits: NewCommit[] = [];
  const commit = (message: string, files: Record<string, string>, by = author) => {
    const timestamp = START + index * 86_400 + commits.length * 3_600;
    commits.push({ message: `${message}\n`, files, author: by, timestamp });
  };

  let modules: readonly MiniModule[] = [until(() => firstModule(workshop))];
  commit(
    `Start ${place}: ${functionList(modules.flatMap((m) => m.functions))}`,
    render(name, modules),
  );
  const drafts: { round: Round; problem: string; at: number; passing: string[] }[] = [];
  for (let n = 0; n < count; n++) {
    const round = until(() => attempt(workshop, modules));
    const problem = issueText(random, round.symptoms);
    const texts = new Map(round.sites.map(({ plan, text }) => [plan.name, text]));
    drafts.push({ round, problem, at: commits.length, passing: passingTests(round) });
    commit(`Add ${functionList(round.added)}`, render(name, round.before, texts));
    commit(`${fixTitle(round)}\n\n${problem}`, render(name, round.after), reviewer);
    modules = round.after;
  }

  const history = await writeHistory(commits);
  const tasks = drafts.map(({ round, problem, at, passing }, n): Task => {
    const files = commits[at]?.files ?? {};
    const fixed = commits[at + 1]?.files ?? {};
    return {
      id: `${name.replace("/", "__")}-${n + 1}`,
      repo: name,
      base: history.oids[at] ?? null,
      problem,
      patch: patchBelow("src/", files, fixed),
      testPatch: patchBelow("test/", files, fixed),
      failToPass: round.failing.map(({ module, test }) => testName(module, test)),
      passToPass: passing,
      split,
      environment: "quickjs",
      files,
      tags: tagsOf(round),
    };
  });
  return {
    name,
    split,
    commits: commits.map((commit, at) => ({ ...commit, oid: history.oids[at] ?? "" })),
    tasks,
    bundle: () => history.bundle(),
  };
}

/** A round in a copy of the names, so that one that failed takes none. */
function attempt(workshop: Workshop, modules: readonly MiniModule[]): Round | null {
  const functionNames = new Set(workshop.functionNames);
  const moduleNames = new Set(workshop.moduleNames);
  const round = playRound({ ...workshop, functionNames, moduleNames }, modules);
  if (round === null) return null;
  for (const name of functionNames) workshop.functionNames.add(name);
  for (const name of moduleNames) workshop.moduleNames.add(name);
  return round;
}

function until<T>(make: () => T | null): T {
  for (let tries = 0; tries < 500; tries++) {
    const made = make();
    if (made !== null) return made;
  }
  throw new RangeError("MiniSWE: 500 attempts gave no round; the grammar is too narrow");
}

function render(
  name: string,
  modules: readonly MiniModule[],
  texts: ReadonlyMap<string, string> = new Map(),
): Record<string, string> {
  const manifest = { name: name.replace("mini/", ""), type: "module" };
  const files: Record<string, string> = { "package.json": `${JSON.stringify(manifest)}\n` };
  for (const module of modules) {
    files[sourcePath(module.name)] = renderModule(module, modules, texts);
    if (module.cases.length > 0) files[testPath(module.name)] = renderTests(module);
  }
  return files;
}

/** The change of the files below a folder, as one patch. */
function patchBelow(
  folder: string,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string {
  const below = (files: Readonly<Record<string, string>>) =>
    new Map(Object.entries(files).filter(([path]) => path.startsWith(folder)));
  return diffFiles(below(before), below(after));
}

function passingTests({ after, failing }: Round): string[] {
  const failed = new Set(failing.map(({ module, test }) => testName(module, test)));
  return after.flatMap((module) => module.cases.map((test) => testName(module.name, test)))
    .filter((name) => !failed.has(name));
}

function fixTitle({ sites }: Round): string {
  const [first] = sites;
  const names = sites.map(({ plan }) => plan.name).join(" and ");
  return `Fix ${names}: ${BUG_KINDS[first?.kind ?? "arithmetic"]}`;
}

function functionList(plans: readonly { name: string }[]): string {
  const names = plans.map(({ name }) => name);
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

function tagsOf({ sites, caller, concealed, visible }: Round): Record<string, string> {
  const [first] = sites;
  return {
    bug: first?.kind ?? "",
    files: String(sites.length),
    composed: String(first?.plan.composed ?? false),
    composition: first?.plan.composition ?? "",
    domain: first?.plan.idioms.at(-1)?.domain ?? "",
    function: first?.plan.name ?? "",
    issue: caller === null ? "direct" : "caller",
    revealed_by: concealed ? "test" : "comment",
    failing_test: visible ? "visible" : "hidden",
  };
}

const START = Date.UTC(2025, 0, 1) / 1000;

const AUTHORS = [
  { name: "Ada", email: "ada@example.org" },
  { name: "Bruno", email: "bruno@example.org" },
  { name: "Chiara", email: "chiara@example.org" },
  { name: "Dario", email: "dario@example.org" },
  { name: "Elena", email: "elena@example.org" },
] as const;
