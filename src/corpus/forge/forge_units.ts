/**
 * Units of change from a forge's pull requests: what was said comes from the record, what was done
 * from the repository's own objects.
 *
 * @module
 */
import { type Commit, GitError, type Repository } from "../../git/mod.ts";
import {
  type ChangeUnit,
  type Comment,
  type Discussion,
  isBotName,
  type Issue,
  splitMessage,
} from "../change_unit.ts";
import { branchOf, type PlannedUnit } from "../history_units.ts";
import type { PullRequestRecord } from "./pull_request_record.ts";

/**
 * The unit of a pull request; a reason where the repository holds none of its commits: neither the
 * branch, nor what it became on the main line.
 */
export async function forgeUnit(git: Repository, record: PullRequestRecord): Promise<PlannedUnit> {
  const { repository, pull } = record;
  const key = `#${pull.number}`;
  const commits = await commitsOf(git, record);
  const [first] = commits;
  if (first === undefined) return { key, reason: "commits-missing" };
  if (commits.some(({ shallow }) => shallow)) return { key, reason: "shallow" };
  const author = pull.user?.login ?? GHOST;
  const closedBy = pull.merged_by?.login;
  const unit: ChangeUnit = {
    key,
    form: "pull-request",
    repository: { name: repository.full_name, description: repository.description ?? undefined },
    number: pull.number,
    title: pull.title,
    body: pull.body ?? "",
    author,
    isBot: pull.user?.type === "Bot" || isBotName(author),
    createdMs: Date.parse(pull.created_at),
    merged: typeof pull.merged_at === "string",
    ...(closedBy === undefined ? {} : { closedBy }),
    ...(record.issue ? { issue: issueOf(record.issue) } : {}),
    discussion: discussionOf(record),
    base: first.parents[0] ?? null,
    commits,
  };
  return { unit };
}

/** Whom GitHub shows for users that are gone. */
const GHOST = "ghost";

/** Oldest first: of the branch where it is there, else of the main line. */
async function commitsOf(git: Repository, record: PullRequestRecord): Promise<readonly Commit[]> {
  const { pull, commits } = record;
  const head = await find(git, pull.head.sha);
  const base = await find(git, pull.base.sha);
  if (head && base) {
    const branch = await branchOf(git, base.oid, head.oid);
    if ("commits" in branch) return branch.commits;
  }
  const merged = pull.merged_at ? await find(git, pull.merge_commit_sha ?? "") : undefined;
  if (merged === undefined) return [];
  const [mainLine, tip] = merged.parents;
  if (mainLine !== undefined && tip !== undefined) {
    const branch = await branchOf(git, mainLine, tip);
    return "commits" in branch ? branch.commits : [];
  }
  return await rebased(git, merged, commits);
}

/** A branch whose commits were put onto the main line one by one; or the one that they became. */
async function rebased(
  git: Repository,
  last: Commit,
  commits: PullRequestRecord["commits"],
): Promise<readonly Commit[]> {
  if (commits.length < 2) return [last];
  const line: Commit[] = [];
  for await (const commit of git.log(last.oid, { firstParent: true, limit: commits.length })) {
    line.unshift(commit);
  }
  const subject = (message = "") => splitMessage(message).subject;
  const same = line.length === commits.length &&
    line.every(({ message }, i) => subject(message) === subject(commits[i]?.commit.message));
  return same ? line : [last];
}

async function find(git: Repository, oid: string): Promise<Commit | undefined> {
  if (!/^[0-9a-f]{40}$/.test(oid)) return undefined;
  try {
    return await git.commit(oid);
  } catch (error) {
    if (error instanceof GitError && error.code === "no-such-object") return undefined;
    throw error;
  }
}

function issueOf(issue: NonNullable<PullRequestRecord["issue"]>): Issue {
  const { number, title, comments } = issue;
  return { ...commentOf(issue), number, title, comments: comments.map(commentOf) };
}

function commentOf(
  { user, body, created_at }: PullRequestRecord["comments"][number],
): Comment {
  return { author: user?.login ?? GHOST, body: body ?? "", createdMs: Date.parse(created_at) };
}

function discussionOf({ comments, reviews, review_comments }: PullRequestRecord): Discussion[] {
  const threads = Map.groupBy(review_comments, ({ id, in_reply_to_id }) => in_reply_to_id ?? id);
  const events: Discussion[] = comments.map((comment) => ({
    kind: "comment",
    ...commentOf(comment),
  }));
  for (const { user, body, state, submitted_at } of reviews) {
    // A review without words of its own is only the frame of its threads.
    const isFrame = (body ?? "") === "" && state.toLowerCase() === "commented";
    if (isFrame || !submitted_at) continue;
    const comment = commentOf({ user, body, created_at: submitted_at });
    events.push({ kind: "review", state: state.toLowerCase(), ...comment });
  }
  for (const [first, ...replies] of threads.values()) {
    if (first === undefined) continue;
    events.push({
      kind: "thread",
      createdMs: Date.parse(first.created_at),
      path: first.path,
      hunk: first.diff_hunk ?? "",
      comments: [first, ...replies].map(commentOf),
    });
  }
  return events.sort((a, b) => a.createdMs - b.createdMs);
}
