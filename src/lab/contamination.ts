/**
 * Whether anything of the evaluated tasks is in what a model is trained on.
 *
 * @module
 */
import { findFunctions, goldFixes, makeMiniCode, SPLITS, type Task } from "../agent/mod.ts";
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

/** Files of the reference for each task and split, and how many there are at least and at most. */
const REFERENCE = { perTask: 4, least: 300, most: 10_000 };

const METHOD =
  "Names of functions and of files of the evaluated repositories, their whole modules and their whole " +
  "functions count wherever they occur, however they are laid out. Of 13 words, numbers " +
  "and signs in a row, a task's are those of its repaired functions that code of another seed does not " +
  "have: what is there too is the world's way to write, and tells of no task. A task counts where one " +
  "document has a tenth of its 13-grams.";

type Leak = Contamination["leaks"][number];

/** Looks for what belongs to `tasks` in every kind of data that the spec trains on. */
export async function contaminationOf(
  tasks: readonly Task[],
  { spec, documents }: Pick<Lab, "spec" | "documents">,
): Promise<Contamination> {
  const wanted = await Promise.all(tasks.map(secretsOf));
  const grams = tellingGrams(wanted, spec);
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

/** What of a task no training may have; code as words and signs, see {@linkcode lexed}. */
interface Secrets {
  readonly id: string;
  readonly modules: readonly { readonly name: string; readonly code: string }[];
  readonly functions: readonly { readonly name: string; readonly code: string }[];
  /** 13-grams of its repaired functions. */
  readonly grams: ReadonlySet<string>;
}

async function secretsOf(task: Task): Promise<Secrets> {
  const { id, files = {} } = task;
  const sources = Object.entries(files).filter(([path]) => path.startsWith("src/"));
  const fixes = await goldFixes(task);
  return {
    id,
    modules: sources.map(([path, source]) => ({
      name: path.slice("src/".length, -".js".length),
      code: lexed(source),
    })),
    functions: sources.flatMap(([, source]) =>
      findFunctions(source).map(({ name, start, end }) => ({
        name,
        code: lexed(source.slice(start, end)),
      }))
    ),
    grams: new Set(fixes.flatMap(({ after }) => gramsOf(after))),
  };
}

/** Of each task those grams that code of another seed does not have. */
function tellingGrams(
  all: readonly Secrets[],
  { world: { seed, shape } }: AblationSpec,
): ReadonlyMap<string, ReadonlySet<string>> {
  const telling = new Set(all.flatMap(({ grams }) => [...grams]));
  const { perTask, least, most } = REFERENCE;
  const count = Math.min(most, Math.max(least, perTask * all.length));
  for (const split of SPLITS) {
    const reference = { seed: seed + 1_000_003, count, split, ...(shape && { shape }) };
    for (const { text } of makeMiniCode(reference)) {
      for (const gram of gramsOf(text)) telling.delete(gram);
    }
  }
  return new Map(
    all.map(({ id, grams }) => [id, new Set([...grams].filter((gram) => telling.has(gram)))]),
  );
}

function lookThrough(
  documents: readonly LabDocument[],
  wanted: readonly Secrets[],
  grams: ReadonlyMap<string, ReadonlySet<string>>,
): KindContamination & { readonly found: readonly Omit<Leak, "kind">[] } {
  const texts = documents.map(({ segments }) =>
    segments.map(({ text }) => text.replace(/^ *\d+\t/gm, "")).join("\n")
  );
  const whole = texts.join("\n");
  const words = new Set(whole.match(/[\w$]+/g));
  const files = new Set([...whole.matchAll(MODULE)].map(([, long, short]) => long ?? short));
  // Code holds its names, so that there is nothing to look for where none of them is.
  const code = once(() => ` ${lexed(whole)} `);
  const has = (names: readonly string[], part: string) =>
    names.some((name) => words.has(name)) && code().includes(` ${part} `);

  const found = new Map<string, Omit<Leak, "kind">>();
  const note = (task: string, what: Leak["what"], text: string, isThere: boolean) => {
    if (isThere) found.set(`${what} ${text}`, { task, what, text });
  };
  for (const { id, modules, functions } of wanted) {
    for (const { name } of modules) note(id, "name", `${name}.js`, files.has(name));
    for (const { name } of functions) note(id, "name", name, words.has(name));
    const names = functions.map(({ name }) => name);
    for (const { code } of modules) note(id, "module", code, has(names, code));
    for (const { name, code } of functions) note(id, "function", code, has([name], code));
  }
  const { worstShare, leaks } = gramLeaks(texts, wanted, grams);
  const all = [...found.values(), ...leaks];
  const count = (wanted: Leak["what"]) => all.filter(({ what }) => what === wanted).length;
  return {
    documents: documents.length,
    names: count("name"),
    modules: count("module"),
    functions: count("function"),
    tasks: count("13-grams"),
    worstShare,
    found: all,
  };
}

/** A module as paths name it, or as the short format does: a line of its own, a call, a definition. */
const MODULE = /(\w+)\.js\b|^(?:view |edit )?(\w+)(?=:|$)/gm;

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
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
    worstShare: Math.max(0, ...[...worst.values()].map(({ share }) => share)),
    leaks,
  };
}

/** Each 13 words, numbers and signs in a row. */
function gramsOf(text: string): string[] {
  const words = lexed(text).split(" ");
  const count = Math.max(0, words.length - N + 1);
  return Array.from({ length: count }, (_, at) => words.slice(at, at + N).join(" "));
}

/** Words, numbers and signs with a space between: the same for code that is only laid out anew. */
function lexed(code: string): string {
  return code.match(/[A-Za-z_$][\w$]*|\d+|[^\s\w]/g)?.filter((word) => word !== "export").join(
    " ",
  ) ?? "";
}
