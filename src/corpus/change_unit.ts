/**
 * A unit of change: what one pull request, or one commit where there are none, did to a repository
 * and what was said about it. From git alone or from a forge; renderings know only this.
 *
 * @module
 */
import type { Commit } from "../git/mod.ts";

/**
 * Where a unit comes from: a forge's pull request, a merge commit with its branch, a squashed pull
 * request (its subject ends in a number), a commit that went straight to the main branch.
 */
export const UNIT_FORMS = ["pull-request", "merge", "squash", "commit"] as const;

export type UnitForm = typeof UNIT_FORMS[number];

/** What a repository is called, and what it says of itself. */
export interface RepositoryName {
  /** `owner/name`, or what is known of it. */
  readonly name: string;
  readonly description?: string | undefined;
}

/** Something that somebody wrote. */
export interface Comment {
  readonly author: string;
  readonly body: string;
  readonly createdMs: number;
}

/** The issue that a pull request closes. */
export interface Issue extends Comment {
  readonly number: number;
  readonly title: string;
  readonly comments: readonly Comment[];
}

/** What was said about a pull request, in the order of time. */
export type Discussion =
  | (Comment & { readonly kind: "comment" })
  /** `state` as the forge says it, in lower case: `approved`, `changes_requested`, `commented`. */
  | (Comment & { readonly kind: "review"; readonly state: string })
  | {
    readonly kind: "thread";
    readonly createdMs: number;
    readonly path: string;
    /** The hunk that is talked about. */
    readonly hunk: string;
    readonly comments: readonly Comment[];
  };

/** One unit of change. */
export interface ChangeUnit {
  /** Unique within its repository: `#12`, or a commit's oid. */
  readonly key: string;
  readonly form: UnitForm;
  readonly repository: RepositoryName;
  readonly number?: number | undefined;
  readonly title: string;
  readonly body: string;
  readonly author: string;
  readonly isBot: boolean;
  readonly createdMs: number;
  readonly merged: boolean;
  /** Who merged or closed it. */
  readonly closedBy?: string | undefined;
  readonly issue?: Issue | undefined;
  readonly discussion: readonly Discussion[];
  /** The parent of its first commit, whose files it starts from; null for a root commit. */
  readonly base: string | null;
  /** Oldest first, each the child of the one before. At least one. */
  readonly commits: readonly Commit[];
}

/** The unit's name among those of all repositories: `owner/name#12`, `owner/name@oid`. */
export function unitId({ repository, key }: Pick<ChangeUnit, "repository" | "key">): string {
  return `${repository.name}${key.startsWith("#") ? "" : "@"}${key}`;
}

/** A message's first line, and what follows it. */
export function splitMessage(message: string): { subject: string; body: string } {
  const [subject = "", ...rest] = message.trim().split("\n");
  return { subject: subject.trim(), body: rest.join("\n").trim() };
}

/** Whether a name or mail is that of a program that makes commits or pull requests. */
export function isBotName(name: string, email = ""): boolean {
  return /\[bot\]$/i.test(name) || /\[bot\]@/i.test(email) || BOTS.has(name.toLowerCase());
}

/** Programs that work under ordinary accounts. */
const BOTS: ReadonlySet<string> = new Set(
  ("dependabot dependabot-preview greenkeeper greenkeeperio-bot renovate renovate-bot renovatebot " +
    "pyup-bot snyk-bot imgbot allcontributors codecov-io github-actions web-flow-bot denobot " +
    "pre-commit-ci mergify bors homu k8s-ci-robot rustbot meeseeksdev meeseeksmachine azure-pipelines " +
    "semantic-release-bot weblate transifex-integration deepsource-autofix lgtm-com " +
    "microsoft-github-policy-service googlebot").split(" "),
);
