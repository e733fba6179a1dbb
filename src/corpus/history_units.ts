/**
 * Units of change from git alone. Which form a repository's work takes is seen from its main line:
 * merge commits with their branch, squashed pull requests (`Fix it (#12)`), or plain commits.
 *
 * @module
 */
import type { Job } from "../gpu/mod.ts";
import { type Commit, GitError, type Repository } from "../git/mod.ts";
import { type ChangeUnit, isBotName, type RepositoryName, splitMessage } from "./change_unit.ts";

/** What counts as a unit: pull requests, as far as git tells; each commit; or both. */
export const UNIT_CHOICES = ["auto", "pull-requests", "commits", "all"] as const;

export type UnitChoice = typeof UNIT_CHOICES[number];

/** Which part of a history, and how it is divided. */
export interface HistoryUnitsOptions extends Job {
  readonly repository: RepositoryName;
  /** Where the history ends; `HEAD` by default. */
  readonly revision?: string | undefined;
  /** Only the last so many commits. */
  readonly commits?: number | undefined;
  readonly units?: UnitChoice | undefined;
}

/** How a history is divided. */
export interface HistoryPlan {
  /** The commit that the history ends with. */
  readonly head: string;
  readonly units: Exclude<UnitChoice, "auto">;
  /** Commits of the main line by form. */
  readonly merges: number;
  readonly squashes: number;
  readonly direct: number;
  /** The commits that units are made of, by their oids, newest first. */
  readonly commits: readonly string[];
}

/** From this share of pull requests in the main line on, what is no pull request is left out. */
const LEAST_SHARE = 0.2;

/**
 * Looks through the history and decides how it is divided.
 *
 * @throws {GitError} where the history cannot be read
 */
export async function planHistory(
  git: Repository,
  { revision, commits: limit, units = "auto", signal, onProgress }: HistoryUnitsOptions,
): Promise<HistoryPlan> {
  const head = await git.resolve(revision);
  const oidsOf = async (bound: { limit?: number }) => {
    const oids: string[] = [];
    for await (const { oid } of git.log(head, bound)) {
      signal?.throwIfAborted();
      oids.push(oid);
      onProgress?.({ phase: "history", done: oids.length, total: limit ?? 0, unit: "commits" });
    }
    return oids;
  };
  const last = limit === undefined ? undefined : await oidsOf({ limit });
  const within = new Set(last);
  const counts = { merge: 0, squash: 0, commit: 0 };
  const mainLine: string[] = [];
  for await (const commit of git.log(head, { firstParent: true })) {
    signal?.throwIfAborted();
    if (last !== undefined && !within.has(commit.oid)) break;
    counts[formOf(commit)]++;
    mainLine.push(commit.oid);
  }
  const share = (counts.merge + counts.squash) / Math.max(1, mainLine.length);
  const chosen = units !== "auto" ? units : share >= LEAST_SHARE ? "pull-requests" : "commits";
  return {
    head,
    units: chosen,
    merges: counts.merge,
    squashes: counts.squash,
    direct: counts.commit,
    commits: chosen === "commits" ? last ?? await oidsOf({}) : mainLine,
  };
}

/** A unit, or why a commit is none. */
export type PlannedUnit = { readonly unit: ChangeUnit } | {
  readonly key: string;
  readonly reason: string;
};

/** The units of one commit of a plan: one, but for a merge of several branches. */
export async function unitsOfCommit(
  git: Repository,
  plan: HistoryPlan,
  oid: string,
  repository: RepositoryName,
): Promise<PlannedUnit[]> {
  const commit = await git.commit(oid);
  const { parents: [first, ...merged] } = commit;
  if (commit.shallow) return [{ key: oid, reason: "shallow" }];
  if (plan.units === "commits") {
    return merged.length > 0
      ? [{ key: oid, reason: "merge-commit" }]
      : [{ unit: commitUnit(commit, repository, "commit") }];
  }
  const form = formOf(commit);
  if (form === "commit" && plan.units === "pull-requests") {
    return [{ key: oid, reason: "direct-commit" }];
  }
  if (form !== "merge" || first === undefined) {
    return [{ unit: commitUnit(commit, repository, form) }];
  }
  const units: PlannedUnit[] = [];
  for (const [i, tip] of merged.entries()) {
    const key = merged.length > 1 ? `${oid}^${i + 2}` : oid;
    const branch = await branchOf(git, first, tip);
    if ("reason" in branch) units.push({ key, reason: branch.reason });
    else units.push({ unit: mergeUnit(commit, key, branch.commits, repository) });
  }
  return units;
}

/**
 * The commits of a branch from where it left the main line, oldest first. A branch that took up the
 * main line on its way holds that merge as one of its commits, so that each commit starts from the
 * files of the one before.
 */
export async function branchOf(
  git: Repository,
  mainLine: string,
  tip: string,
): Promise<{ commits: Commit[] } | { reason: string }> {
  const commits: Commit[] = [];
  for await (const commit of git.log(tip, { until: [mainLine], firstParent: true })) {
    commits.unshift(commit);
  }
  if (commits.length === 0) return { reason: "empty" };
  if (commits.some(({ shallow }) => shallow)) return { reason: "shallow" };
  return { commits };
}

function formOf({ message, parents }: Commit): "merge" | "squash" | "commit" {
  if (parents.length > 1) return "merge";
  return SQUASHED.test(splitMessage(message).subject) ? "squash" : "commit";
}

/** The number that a forge puts at the end of a squashed pull request's subject. */
const SQUASHED = /\s\(#(\d+)\)$/;

function commitUnit(
  commit: Commit,
  repository: RepositoryName,
  form: "squash" | "commit" | "merge",
): ChangeUnit {
  const { subject, body } = splitMessage(commit.message);
  const number = SQUASHED.exec(subject)?.[1];
  return {
    ...whoAndWhen(commit, commit),
    key: commit.oid,
    form,
    repository,
    ...(number === undefined ? {} : { number: Number(number) }),
    title: subject.replace(SQUASHED, ""),
    body,
    base: commit.parents[0] ?? null,
    commits: [commit],
  };
}

function mergeUnit(
  merge: Commit,
  key: string,
  commits: readonly Commit[],
  repository: RepositoryName,
): ChangeUnit {
  const [first = merge] = commits;
  return {
    ...whoAndWhen(first, merge),
    ...mergeTexts(merge.message),
    key,
    form: "merge",
    repository,
    base: first.parents[0] ?? null,
    commits,
  };
}

function whoAndWhen({ author }: Commit, closing: Commit) {
  return {
    author: author.name,
    isBot: isBotName(author.name, author.email),
    createdMs: author.timestampMs,
    merged: true,
    closedBy: closing.author.name,
    discussion: [],
  };
}

/** Number, title and body, where a forge wrote the message of a merge. */
function mergeTexts(message: string): { number?: number; title: string; body: string } {
  const { subject, body } = splitMessage(message);
  const gitHub = /^Merge pull request #(\d+) /.exec(subject)?.[1];
  if (gitHub !== undefined) {
    const { subject: title, body: rest } = splitMessage(body);
    return { number: Number(gitHub), title: title || subject, body: rest };
  }
  const gitLab = /^See merge request \S*!(\d+)\s*$/m.exec(body)?.[1];
  if (gitLab !== undefined) {
    const { subject: title, body: rest } = splitMessage(body);
    return {
      number: Number(gitLab),
      title,
      body: rest.replace(/^See merge request \S*!\d+\s*$/m, "").trim(),
    };
  }
  return { title: subject, body };
}

/** Whether a failure is one commit's, so that the next can be read. */
export function isCommitFault(error: unknown): error is GitError {
  return error instanceof GitError && COMMIT_FAULTS.has(error.code);
}

const COMMIT_FAULTS: ReadonlySet<string> = new Set([
  "no-such-object",
  "corrupt",
  "too-large",
  "unsupported",
]);
