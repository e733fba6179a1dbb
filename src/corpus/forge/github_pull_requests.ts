/**
 * The pull requests of a repository on GitHub, each with its commits, reviews, comments and the issue
 * that it closes. Lists come by REST; links to issues by GraphQL, which knows all of them but needs a
 * token, or else from the words in the pull request (`Fixes #12`).
 *
 * @module
 */
import * as v from "valibot";
import { ForgeFault } from "./forge_fault.ts";
import type { ForgeClient } from "./github_client.ts";
import {
  COMMENT,
  COMMIT,
  ISSUE,
  parseAnswer,
  PULL,
  type PullRequestRecord,
  REPOSITORY,
  REVIEW,
  REVIEW_COMMENT,
} from "./pull_request_record.ts";

/** Which pull requests. */
export interface PullRequestOptions {
  /** `owner/name`. */
  readonly repository: string;
  /** Only the newest so many. */
  readonly limit?: number | undefined;
  /** Open ones too. */
  readonly open?: boolean | undefined;
  /** Passes over those that are seen to already, by number. */
  readonly isDone?: ((number: number) => boolean) | undefined;
}

/** A pull request, or why it could not be had. */
export type PullRequestRead = PullRequestRecord | {
  readonly number: number | undefined;
  readonly reason: string;
};

/** After so many failures in a row the forge, not the pull request, is at fault. */
const MOST_FAILURES = 3;

/**
 * The pull requests, newest first. One that cannot be had is told by its reason; the others come.
 *
 * @throws {ForgeFault} where nothing more can be had
 */
export async function* gitHubPullRequests(
  forge: ForgeClient,
  { repository: name, limit = Infinity, open = false, isDone = () => false }: PullRequestOptions,
): AsyncGenerator<PullRequestRead> {
  const root = `repos/${name}`;
  const repository = parseAnswer(REPOSITORY, (await forge.get(root)).value, root);
  let failures = 0;
  let count = 0;
  for await (const listed of pulls(forge, root, open)) {
    if (count++ >= limit) return;
    if ("reason" in listed) {
      yield listed;
      continue;
    }
    const { number } = listed;
    if (isDone(number)) continue;
    try {
      yield { repository, ...await details(forge, root, name, number) };
      failures = 0;
    } catch (error) {
      if (!(error instanceof ForgeFault)) throw error;
      if (!error.isLocal && ++failures >= MOST_FAILURES) throw error;
      yield { number, reason: error.message };
    }
  }
}

/** Items of the list; a page that cannot be read is told, and the next one tried. */
async function* pulls(
  forge: ForgeClient,
  root: string,
  open: boolean,
): AsyncGenerator<{ number: number } | { number: undefined; reason: string }> {
  const state = open ? "all" : "closed";
  let next: string | undefined =
    `${root}/pulls?state=${state}&sort=created&direction=desc&per_page=100`;
  while (next !== undefined) {
    let following: string | undefined;
    try {
      // New ones come first, and move all others: what the pages hold does not stay.
      const answer = await forge.get(next, { cached: false });
      following = answer.next;
      yield* parseAnswer(PULLS, answer.value, `${root}/pulls`);
    } catch (error) {
      if (!(error instanceof ForgeFault)) throw error;
      following ??= error.next;
      if (!error.isLocal || following === undefined) throw error;
      yield { number: undefined, reason: error.message };
    }
    next = following;
  }
}

const PULLS = v.array(v.object({ number: v.number() }));

async function details(forge: ForgeClient, root: string, name: string, number: number) {
  const path = `${root}/pulls/${number}`;
  const pull = parseAnswer(PULL, (await forge.get(path)).value, path);
  const list = async <const Schema extends v.GenericSchema>(at: string, schema: Schema) =>
    parseAnswer(v.array(schema), await forge.list(`${at}?per_page=100`), at);
  return {
    pull,
    commits: await list(`${path}/commits`, COMMIT),
    comments: pull.comments === 0 ? [] : await list(`${root}/issues/${number}/comments`, COMMENT),
    reviews: await list(`${path}/reviews`, REVIEW),
    review_comments: pull.review_comments === 0
      ? []
      : await list(`${path}/comments`, REVIEW_COMMENT),
    issue: forge.hasToken
      ? await closedIssue(forge, name, number)
      : await mentionedIssue(forge, root, pull.body ?? ""),
  };
}

const CLOSES = `query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      closingIssuesReferences(first: 1) {
        nodes {
          number title body createdAt author { login }
          comments(first: 100) { nodes { body createdAt author { login } } }
        }
      }
    }
  }
}`;

const GRAPHQL_COMMENT = v.object({
  body: v.nullish(v.string()),
  createdAt: v.string(),
  author: v.nullish(v.object({ login: v.string() })),
});

const CLOSING_ISSUES = v.object({
  repository: v.object({
    pullRequest: v.object({
      closingIssuesReferences: v.object({
        nodes: v.array(v.object({
          ...GRAPHQL_COMMENT.entries,
          number: v.number(),
          title: v.string(),
          comments: v.object({ nodes: v.array(GRAPHQL_COMMENT) }),
        })),
      }),
    }),
  }),
});

/** The first issue that the forge says is closed. */
async function closedIssue(
  forge: ForgeClient,
  repository: string,
  number: number,
): Promise<PullRequestRecord["issue"]> {
  const [owner = "", name = ""] = repository.split("/");
  const data = await forge.query(CLOSES, { owner, name, number });
  const answer = parseAnswer(CLOSING_ISSUES, data, "graphql");
  const [issue] = answer.repository.pullRequest.closingIssuesReferences.nodes;
  if (issue === undefined) return undefined;
  const { title, comments } = issue;
  return {
    ...restComment(issue),
    number: issue.number,
    title,
    comments: comments.nodes.map(restComment),
  };
}

function restComment({ body, createdAt, author }: v.InferOutput<typeof GRAPHQL_COMMENT>) {
  return { body, created_at: createdAt, user: author };
}

/** The words by which a pull request closes an issue. */
const CLOSING_WORDS = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#(\d+)\b/i;

async function mentionedIssue(
  forge: ForgeClient,
  root: string,
  body: string,
): Promise<PullRequestRecord["issue"]> {
  const number = CLOSING_WORDS.exec(body)?.[1];
  if (number === undefined) return undefined;
  const path = `${root}/issues/${number}`;
  try {
    const issue = parseAnswer(ISSUE, (await forge.get(path)).value, path);
    if (issue.pull_request) return undefined;
    const comments = await forge.list(`${path}/comments?per_page=100`);
    return { ...issue, comments: parseAnswer(v.array(COMMENT), comments, path) };
  } catch (error) {
    // An issue that was deleted or moved is none; the pull request stands without.
    if (error instanceof ForgeFault && error.isLocal) return undefined;
    throw error;
  }
}
