/**
 * From a unit of change to its samples: filters that need no content, contents, edits and patches,
 * the words of a language model where there is one, and the rendering.
 *
 * @module
 */
import { filePatch, type Repository } from "../git/mod.ts";
import type { Tokenizer } from "../tokenizer/mod.ts";
import { type ChangeUnit, unitId } from "./change_unit.ts";
import { CorpusError } from "./corpus_error.ts";
import type { Edit } from "./edit.ts";
import type { Enhancer } from "./enhance.ts";
import { type EditContext, fileEdits } from "./file_edits.ts";
import { filesReason, type Filters, unitReason } from "./filters.ts";
import { classifier, LANGUAGES } from "./languages.ts";
import { renderFactorized } from "./render_factorized.ts";
import { type NamedPatch, renderGeneral } from "./render_general.ts";
import { renderPython, type UnitTexts } from "./render_python.ts";
import { makeSample, type Sample } from "./sample.ts";
import {
  type ChangedCommit,
  changesOfUnit,
  type LoadedCommit,
  loadUnitFiles,
  type UnitFiles,
} from "./unit_files.ts";

/** The kinds of samples that are made of a repository's history. */
export type HistoryKind = "general" | "python" | "factorized";

/** How samples are made. */
export interface SampleOptions extends EditContext {
  readonly kind: HistoryKind;
  readonly filters: Filters;
  readonly tokenizer: Tokenizer;
  /** Makes the samples of dropped units too, only to count their tokens; true by default. */
  readonly countDropped?: boolean | undefined;
  /** Writes summaries and messages of `python` samples. */
  readonly enhance?: Enhancer | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A sample with its length, or what is known of a unit that gives none. */
export interface Candidate {
  readonly id: string;
  readonly sample?: Sample;
  /** Why it is not in the corpus. */
  readonly reason?: string;
  /** 0 where nothing could be rendered. */
  readonly tokens: number;
}

/** What a unit gave. */
export interface UnitOutcome {
  readonly candidates: readonly Candidate[];
  /** Changes that are left out of samples, how many by reason. */
  readonly omitted: Readonly<Record<string, number>>;
}

/** Units of more changes than this are not rendered to count their tokens. */
const MOST_CHANGES_COUNTED = 2_000;

/** The samples of a unit, and why there are no more. */
export async function unitSamples(
  git: Repository,
  unit: ChangeUnit,
  options: SampleOptions,
): Promise<UnitOutcome> {
  const { filters, countDropped = true } = options;
  const id = unitId(unit);
  const early = unitReason(unit, filters);
  if (early === "benchmark" || (early !== undefined && !countDropped)) return dropped(id, early);
  const commits = await changesOfUnit(git, unit);
  const reason = early ?? filesReason(commits, filters);
  const count = commits.reduce((sum, { changes }) => sum + changes.length, 0);
  if (reason !== undefined && (!countDropped || count > MOST_CHANGES_COUNTED)) {
    return dropped(id, reason);
  }
  const files = await loadOrRefuse(git, commits);
  if (files === undefined) return dropped(id, reason ?? "too-large");
  const omitted = countReasons(files);
  const rendered = await render(git, unit, files, options, reason === undefined);
  if ("reason" in rendered) {
    return { ...dropped(id, reason ?? rendered.reason), omitted };
  }
  const candidates = rendered.samples.map((sample): Candidate => {
    const tokens = countTokens(sample, options.tokenizer);
    return reason === undefined
      ? { id: sample.id, sample, tokens }
      : { id: sample.id, reason, tokens };
  });
  return { candidates, omitted };
}

async function loadOrRefuse(
  git: Repository,
  commits: readonly ChangedCommit[],
): Promise<UnitFiles | undefined> {
  try {
    return await loadUnitFiles(git, commits);
  } catch (error) {
    if (error instanceof CorpusError && error.code === "too-large") return undefined;
    throw error;
  }
}

/** Tokens of a sample, each segment on its own, as statistics and packing count them. */
export function countTokens({ segments }: Pick<Sample, "segments">, tokenizer: Tokenizer): number {
  return segments.reduce((sum, { text }) => sum + tokenizer.encode(text).length, 0);
}

/** No language model is asked about what will not stay. */
function isTooLong(sample: Sample, { filters: { maxTokens }, tokenizer }: SampleOptions): boolean {
  return maxTokens !== null && countTokens(sample, tokenizer) > maxTokens;
}

function dropped(id: string, reason: string): UnitOutcome {
  return { candidates: [{ id, reason, tokens: 0 }], omitted: {} };
}

type Rendered = { readonly samples: readonly Sample[] } | { readonly reason: string };

async function render(
  git: Repository,
  unit: ChangeUnit,
  files: UnitFiles,
  options: SampleOptions,
  isWanted: boolean,
): Promise<Rendered> {
  const unfit = unrendered(files, options.kind);
  if (unfit !== undefined) return { reason: unfit };
  const head = { kind: options.kind, repo: unit.repository.name, base: unit.base } as const;
  if (options.kind === "factorized") return await factorize(git, unit, files, head, options);
  const edits = editsOf(files, options);
  if (edits === undefined) return { reason: "ambiguous-edit" };
  const original: UnitTexts = { messages: unit.commits.map(({ message }) => message) };
  const id = unitId(unit);
  const commitsWith = ({ messages }: UnitTexts) =>
    unit.commits.map(({ oid, message }, i) => ({
      oid,
      message: messages[i] ?? message,
      edits: edits[i] ?? [],
    }));
  if (options.kind === "python") {
    const sampleWith = (words: UnitTexts, texts: NonNullable<Sample["texts"]>) =>
      makeSample(
        { id, ...head, texts, commits: commitsWith(words) },
        renderPython({ unit, base: files.base, edits, texts: words }),
      );
    const sample = sampleWith(original, "original");
    if (!isWanted || options.enhance === undefined || isTooLong(sample, options)) {
      return { samples: [sample] };
    }
    const patches = files.commits.map(patchesOf);
    const enhanced = await options.enhance({ unit, patches }, options);
    return { samples: [sampleWith(enhanced, enhanced.texts)] };
  }
  const patches = files.commits.map(patchesOf);
  const commits = commitsWith(original).map((commit, i) => ({
    ...commit,
    patch: (patches[i] ?? []).map(({ text }) => text).join(""),
  }));
  const segments = renderGeneral({ unit, base: files.base, patches, texts: original });
  return { samples: [makeSample({ id, ...head, texts: "original", commits }, segments)] };
}

/**
 * The edits of each commit; nothing if a place in a file cannot be told. General samples have patches to
 * train on: there such a file is told as a whole.
 */
function editsOf({ commits }: UnitFiles, options: SampleOptions): Edit[][] | undefined {
  const all: Edit[][] = [];
  for (const { changes } of commits) {
    const edits: Edit[] = [];
    for (const change of changes) {
      const { before, after } = change;
      try {
        edits.push(...fileEdits(change, options));
      } catch (error) {
        if (!(error instanceof CorpusError)) throw error;
        if (options.kind !== "general" || !before || !after) return undefined;
        edits.push(...fileEdits({ before }), ...fileEdits({ after }));
      }
    }
    all.push(edits);
  }
  return all;
}

/** Why nothing, or not all, of a unit can be told in this format. */
function unrendered({ commits, omitted }: UnitFiles, kind: HistoryKind): string | undefined {
  const changes = commits.flatMap((commit) => commit.changes);
  const [first] = omitted;
  if (kind === "general") return changes.length > 0 ? undefined : first?.reason ?? "empty";
  if (first !== undefined) return first.reason;
  if (changes.length === 0) return "empty";
  const changesMode = changes.some(({ change: { beforeMode, afterMode } }) =>
    beforeMode !== undefined && afterMode !== undefined && beforeMode !== afterMode
  );
  return changesMode ? "mode-change" : undefined;
}

function patchesOf({ changes }: LoadedCommit): NamedPatch[] {
  const bytes = (side: { text: string } | undefined) =>
    side === undefined ? undefined : new TextEncoder().encode(side.text);
  return changes.map(({ change, before, after }) => ({
    path: change.path,
    text: filePatch(change, bytes(before), bytes(after)).text,
  }));
}

async function factorize(
  git: Repository,
  unit: ChangeUnit,
  { base, commits }: UnitFiles,
  head: Omit<Sample, "id" | "segments" | "text" | "commits">,
  { filters: { language }, ...context }: SampleOptions,
): Promise<Rendered> {
  const classes = (language === null ? LANGUAGES : [language]).map(classifier);
  const isSource = (path: string) => classes.some((classOf) => classOf(path) === "source");
  const after = new Map(base);
  for (const change of commits.flatMap(({ changes }) => changes)) {
    if (change.before) after.delete(change.before.path);
    if (change.after) after.set(change.after.path, change.after.text);
  }
  const sources: string[] = [];
  if (unit.base !== null) {
    for await (const { path } of git.files(unit.base)) if (isSource(path)) sources.push(path);
  }
  const last = unit.commits.at(-1);
  const samples = renderFactorized({ unit, base, head: after, sources, isSource }, context)
    .map(({ part, edits, segments }) =>
      makeSample({
        id: `${unitId(unit)}/${part}`,
        ...head,
        commits: last && edits.length > 0 ? [{ oid: last.oid, message: unit.title, edits }] : [],
      }, segments)
    );
  return samples.length > 0 ? { samples } : { reason: "no-factorized-step" };
}

function countReasons({ omitted }: UnitFiles): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of omitted) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
