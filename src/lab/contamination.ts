/**
 * Whether anything of the evaluated tasks is in what a model is trained on.
 *
 * @module
 */
import { findFunctions, goldFixes, type Task } from "../agent/mod.ts";
import type { Contamination, KindContamination } from "./ablation_report.ts";
import type { AblationSpec, DataKind } from "./ablation_spec.ts";
import { recipesOf } from "./ablation_spec.ts";
import type { LabDocument } from "./lab_document.ts";
import type { Lab } from "./lab.ts";

/** The size of n-grams, and the share of a task's that is a leak: daVinci-Dev, appendix D. */
const N = 13;
const THRESHOLD = 0.1;

/** Leaks that are shown at most. */
const SHOWN = 20;

const METHOD =
  "Names of functions and of modules (as NAME.js) of the evaluated repositories, their whole modules " +
  "and their whole functions: counted wherever they occur, line numbers left out. 13-grams of words, " +
  "numbers and signs of the repaired functions: a task counts where a document has a tenth of those " +
  "that no other evaluated repository has; what several have is the language's.";

type Leak = Contamination["leaks"][number];

/** Looks for what belongs to `tasks` in every kind of data that the spec trains on. */
export async function contaminationOf(
  tasks: readonly Task[],
  { spec, documents }: Pick<Lab, "spec" | "documents">,
): Promise<Contamination> {
  const wanted = await Promise.all(tasks.map(secretsOf));
  const grams = tellingGrams(wanted);
  const kinds: Partial<Record<DataKind, KindContamination>> = {};
  const leaks: Leak[] = [];
  for (const kind of kindsOf(spec)) {
    const { found, ...counts } = lookThrough(await documents(kind), wanted, grams);
    kinds[kind] = counts;
    leaks.push(...found.map((leak) => ({ kind, ...leak })));
  }
  return { method: METHOD, kinds, leaks: leaks.slice(0, SHOWN) };
}

/** The kinds of data that any cell of a spec is trained on. */
export function kindsOf(spec: AblationSpec): DataKind[] {
  const stages = recipesOf(spec).flatMap(({ mid, sftStages }) => [
    ...spec.mid[mid] ?? [],
    ...sftStages,
  ]);
  return [
    ...new Set([spec.base, ...stages].flatMap(({ data }) => Object.keys(data))),
  ] as DataKind[];
}

/** What of a task no training may have. */
interface Secrets {
  readonly id: string;
  readonly repo: string;
  readonly names: readonly string[];
  readonly modules: readonly string[];
  readonly functions: readonly string[];
  /** 13-grams of its repaired functions. */
  readonly grams: ReadonlySet<string>;
}

async function secretsOf(task: Task): Promise<Secrets> {
  const { id, repo, files = {} } = task;
  const sources = Object.entries(files).filter(([path]) => path.startsWith("src/"));
  const found = sources.flatMap(([, source]) =>
    findFunctions(source).map(({ name, start, end }) => ({ name, text: source.slice(start, end) }))
  );
  const fixes = await goldFixes(task);
  return {
    id,
    repo,
    names: [
      ...sources.map(([path]) => path.slice("src/".length)),
      ...found.map(({ name }) => name),
    ],
    modules: sources.map(([, source]) => source.trim()),
    functions: found.map(({ text }) => text),
    grams: new Set(fixes.flatMap(({ after }) => gramsOf(after))),
  };
}

/** Of each task those grams that no other repository's tasks have. */
function tellingGrams(all: readonly Secrets[]): ReadonlyMap<string, ReadonlySet<string>> {
  const repos = new Map<string, Set<string>>();
  for (const { repo, grams } of all) {
    for (const gram of grams) repos.set(gram, (repos.get(gram) ?? new Set()).add(repo));
  }
  return new Map(
    all.map(({ id, grams }) => [
      id,
      new Set([...grams].filter((gram) => repos.get(gram)?.size === 1)),
    ]),
  );
}

function lookThrough(
  documents: readonly LabDocument[],
  wanted: readonly Secrets[],
  grams: ReadonlyMap<string, ReadonlySet<string>>,
): KindContamination & { readonly found: readonly Omit<Leak, "kind">[] } {
  const found: Omit<Leak, "kind">[] = [];
  const texts = documents.map(({ segments }) =>
    segments.map(({ text }) => text.replace(/^ *\d+\t/gm, "")).join("\n")
  );
  const whole = texts.join("\n");
  const words = new Set(whole.match(/[\w$]+(?:\.js)?/g));
  const held = (
    what: Leak["what"],
    of: (secrets: Secrets) => readonly string[],
    has: (text: string) => boolean,
  ) => {
    const seen = new Set<string>();
    for (const secrets of wanted) {
      for (const text of of(secrets)) {
        if (seen.has(text) || !has(text)) continue;
        seen.add(text);
        found.push({ task: secrets.id, what, text });
      }
    }
    return seen.size;
  };
  const names = held("name", ({ names }) => names, (name) => words.has(name));
  const modules = held("module", ({ modules }) => modules, (source) => whole.includes(source));
  const functions = held("function", ({ functions }) => functions, (code) => whole.includes(code));
  const { tasks, worstShare, leaks } = gramLeaks(texts, wanted, grams);
  return {
    documents: documents.length,
    names,
    modules,
    functions,
    tasks,
    worstShare,
    found: [...found, ...leaks],
  };
}

function gramLeaks(
  texts: readonly string[],
  wanted: readonly Secrets[],
  grams: ReadonlyMap<string, ReadonlySet<string>>,
) {
  const owners = new Map<string, string[]>();
  for (const [id, own] of grams) {
    for (const gram of own) owners.set(gram, [...owners.get(gram) ?? [], id]);
  }
  const worst = new Map<string, { share: number; text: string }>();
  for (const text of texts) {
    const shared = new Map<string, string[]>();
    for (const gram of new Set(gramsOf(text))) {
      for (const id of owners.get(gram) ?? []) shared.set(id, [...shared.get(id) ?? [], gram]);
    }
    for (const [id, has] of shared) {
      const share = has.length / (grams.get(id)?.size ?? 1);
      if (share > (worst.get(id)?.share ?? 0)) worst.set(id, { share, text: has[0] ?? "" });
    }
  }
  const leaks = wanted.flatMap(({ id }) => {
    const { share = 0, text = "" } = worst.get(id) ?? {};
    return share >= THRESHOLD ? [{ task: id, what: "13-grams" as const, text }] : [];
  });
  return {
    tasks: leaks.length,
    worstShare: Math.max(0, ...[...worst.values()].map(({ share }) => share)),
    leaks,
  };
}

/** Each 13 words, numbers and signs in a row. */
function gramsOf(text: string): string[] {
  const tokens = text.match(/[A-Za-z_$][\w$]*|\d+|[^\s\w]/g) ?? [];
  const count = Math.max(0, tokens.length - N + 1);
  return Array.from({ length: count }, (_, at) => tokens.slice(at, at + N).join(" "));
}
