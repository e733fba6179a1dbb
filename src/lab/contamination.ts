/**
 * Whether anything of the evaluated tasks is in what a model is trained on.
 *
 * @module
 */
import type { Job } from "../gpu/mod.ts";
import { findFunctions, goldFixes, makeMiniCode, type Task } from "../agent/mod.ts";
import type { Contamination, KindContamination } from "./ablation_report.ts";
import {
  type AblationSpec,
  type DataKind,
  recipesOf,
  WORLD_KINDS,
  type WorldKind,
} from "./ablation_spec.ts";
import type { LabDocument } from "./lab_document.ts";
import { createRest } from "./rest.ts";
import type { World } from "./world.ts";

/** The size of n-grams: daVinci-Dev, appendix D. */
const N = 13;

/** The share of a task's own n-grams that is a leak: by chance up to a third of them come together. */
const THRESHOLD = 0.5;

/** Leaks that are shown at most. */
const SHOWN = 20;

/** That many of a task's 13-grams must be shared as well: a few are by chance. */
const LEAST = 5;

/** Files of the reference for each file of code that is trained on, and their number in all. */
const REFERENCE = { perFile: 4, least: 1000, most: 40_000 };

const METHOD =
  "Names of functions and of files of the evaluated repositories, their whole modules and their whole " +
  "functions count wherever they occur, however they are laid out. Of 13 words, numbers and signs in a " +
  "row, a task's own are those of its repaired functions that no code of another seed in the style of " +
  "training has, four times as much as is trained on: what is there too can be written without knowing " +
  `the task. A task counts where one document has half of those of a function, and ${LEAST} of them at least; ` +
  "documents of which that was so by chance, for any held-out task, are left out of training.";

/** In worlds with printed constants, see `WorldShape`. */
const METHOD_OF_PRINTED =
  " Numbers of two digits are not told apart in them: each function draws its own, and two that draw the " +
  "same one have no more in common than chance.";

type Leak = Contamination["leaks"][number];

/**
 * The ids of documents of training in which so many 13-grams of a held-out task occur that it would count
 * as leaked, by chance or not: a world leaves them out.
 *
 * @param world Its held-out tasks are those of all splits but the one that is trained on.
 */
export async function leakingDocuments(
  world: World,
  documents: (kind: WorldKind) => Promise<readonly LabDocument[]>,
  { signal, onProgress }: Job = {},
): Promise<string[]> {
  const rest = createRest(signal);
  const gramsOf = gramsFor(world.shape);
  const held = world.tasks.filter(({ split }) => split !== "train");
  const wanted = await Promise.all(held.map((task) => secretsOf(task, gramsOf)));
  const code = await documents("code");
  const grams = await tellingGrams(wanted, world, code.length, gramsOf, rest);
  const shares = sharesIn(grams, gramsOf);
  const all = (await Promise.all(WORLD_KINDS.map(documents))).flat();
  const leaking = new Set<string>();
  for (const [done, document] of all.entries()) {
    await rest();
    const found = [...shares(textOf(document)).values()];
    if (found.some(({ share }) => share >= THRESHOLD)) leaking.add(document.id);
    onProgress?.({ phase: "13-grams", done: done + 1, total: all.length, unit: "samples" });
  }
  return [...leaking];
}

/** A spec, and the documents of each kind that any of its stages reads. */
export interface TrainingData {
  readonly spec: AblationSpec;
  documents(kind: DataKind): Promise<readonly LabDocument[]>;
}

/** Looks for what belongs to `tasks` in every kind of data that the spec trains on. */
export async function contaminationOf(
  tasks: readonly Task[],
  { spec, documents }: TrainingData,
  { signal }: Job = {},
): Promise<Contamination> {
  const rest = createRest(signal);
  const gramsOf = gramsFor(spec.world.shape);
  const wanted = await Promise.all(tasks.map((task) => secretsOf(task, gramsOf)));
  const code = await documents("code");
  const grams = await tellingGrams(wanted, spec.world, code.length, gramsOf, rest);
  const kinds: Partial<Record<DataKind, KindContamination>> = {};
  const leaks: Leak[] = [];
  for (const kind of kindsOf(spec)) {
    const all = await documents(kind);
    const { found, ...counts } = await lookThrough(all, wanted, { grams, gramsOf, rest });
    kinds[kind] = counts;
    leaks.push(...found.map((leak) => ({ kind, ...leak })));
  }
  const common =
    tasks.filter(({ id }) =>
      [...grams].every(([key, { size }]) => !key.startsWith(`${id} `) || size < LEAST)
    ).length;
  const method = isPrinted(spec.world.shape) ? METHOD + METHOD_OF_PRINTED : METHOD;
  return { method, kinds, common, leaks: leaks.slice(0, SHOWN) };
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
  /** 13-grams of each of its repaired functions. */
  readonly grams: readonly ReadonlySet<string>[];
}

async function secretsOf(task: Task, gramsOf: GramsOf): Promise<Secrets> {
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
    grams: fixes.map(({ after }) => new Set(gramsOf(after))),
  };
}

/**
 * Of each task's functions, under the task's id and a number, those grams that code of another seed does
 * not have. That code is of the split which is trained on: its compositions are not those of evaluated
 * tasks.
 */
async function tellingGrams(
  all: readonly Secrets[],
  { seed, shape }: Pick<World, "seed" | "shape">,
  files: number,
  gramsOf: GramsOf,
  rest: () => Promise<void>,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const telling = new Set(all.flatMap(({ grams }) => grams.flatMap((own) => [...own])));
  const { perFile, least, most } = REFERENCE;
  const count = Math.min(most, Math.max(least, perFile * files));
  const reference = { seed: seed + 1_000_003, count, ...(shape && { shape }) };
  for (const { text } of makeMiniCode(reference)) {
    await rest();
    for (const gram of gramsOf(text)) telling.delete(gram);
  }
  return new Map(
    all.flatMap(({ id, grams }) =>
      grams.map((own, i) => [`${id} ${i}`, new Set([...own].filter((gram) => telling.has(gram)))])
    ),
  );
}

/** What is looked for, and how. */
interface Search {
  readonly grams: ReadonlyMap<string, ReadonlySet<string>>;
  readonly gramsOf: GramsOf;
  readonly rest: () => Promise<void>;
}

async function lookThrough(
  documents: readonly LabDocument[],
  wanted: readonly Secrets[],
  search: Search,
): Promise<KindContamination & { readonly found: readonly Omit<Leak, "kind">[] }> {
  const texts = documents.map(textOf);
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
  const { worstShare, leaks } = await gramLeaks(texts, wanted, search);
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

/** What a document says, without the numbers of lines. */
function textOf({ segments }: LabDocument): string {
  return segments.map(({ text }) => text.replace(/^ *\d+\t/gm, "")).join("\n");
}

/** Tells of a text the share of each function's own grams that are in it, where any are, and one of them. */
function sharesIn(grams: ReadonlyMap<string, ReadonlySet<string>>, gramsOf: GramsOf) {
  const owners = new Map<string, string[]>();
  for (const [id, own] of grams) {
    for (const gram of own) owners.set(gram, [...owners.get(gram) ?? [], id]);
  }
  return (text: string): Map<string, { readonly share: number; readonly gram: string }> => {
    const shared = new Map<string, string[]>();
    for (const gram of new Set(gramsOf(text))) {
      for (const id of owners.get(gram) ?? []) shared.set(id, [...shared.get(id) ?? [], gram]);
    }
    return new Map([...shared].map(([id, has]) => {
      const share = has.length < LEAST ? 0 : has.length / (grams.get(id)?.size ?? 1);
      return [id, { share, gram: has[0] ?? "" }];
    }));
  };
}

async function gramLeaks(
  texts: readonly string[],
  wanted: readonly Secrets[],
  { grams, gramsOf, rest }: Search,
) {
  const shares = sharesIn(grams, gramsOf);
  const worst = new Map<string, { share: number; text: string }>();
  for (const text of texts) {
    await rest();
    for (const [id, { share, gram }] of shares(text)) {
      if (share > (worst.get(id)?.share ?? 0)) worst.set(id, { share, text: gram });
    }
  }
  const leaks = wanted.flatMap(({ id }) => {
    const [found] = [...worst].filter(([key, { share }]) =>
      key.startsWith(`${id} `) && share >= THRESHOLD
    );
    return found ? [{ task: id, what: "13-grams" as const, text: found[1].text }] : [];
  });
  const worstShare = Math.max(0, ...[...worst.values()].map(({ share }) => share));
  return { worstShare, leaks };
}

/** Cuts a text into grams. */
type GramsOf = (text: string) => string[];

function isPrinted(shape: World["shape"]): boolean {
  return (shape?.printed ?? 0) > 0;
}

/** As a world of this shape is looked through. */
function gramsFor(shape: World["shape"]): GramsOf {
  return isPrinted(shape) ? (text) => gramsIn(withoutNumbers(text)) : gramsIn;
}

/** The text with any two digits the same. */
function withoutNumbers(text: string): string {
  return text.replace(/(?<![\w.])\d\d(?!\w)/g, "10");
}

/** Each 13 words, numbers and signs in a row. */
function gramsIn(text: string): string[] {
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
