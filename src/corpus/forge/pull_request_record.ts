/**
 * A pull request with everything that belongs to it, in the shapes of GitHub's REST answers: as it
 * comes from the forge, and as it stands in files, one record a line.
 *
 * @module
 */
import * as v from "valibot";
import { ForgeFault } from "./forge_fault.ts";

/** A login; deleted users are null. */
const USER = v.nullish(v.object({ login: v.string(), type: v.nullish(v.string()) }));
const TEXT = v.nullish(v.string());
const TIME = v.pipe(v.string(), v.check((text) => !Number.isNaN(Date.parse(text)), "a time"));

export const REPOSITORY = v.object({ full_name: v.string(), description: TEXT });

export const PULL = v.object({
  number: v.number(),
  title: v.string(),
  body: TEXT,
  user: USER,
  state: v.string(),
  created_at: TIME,
  merged_at: v.nullish(TIME),
  merge_commit_sha: TEXT,
  merged_by: USER,
  base: v.object({ sha: v.string() }),
  head: v.object({ sha: v.string() }),
  comments: v.nullish(v.number()),
  review_comments: v.nullish(v.number()),
});

export const COMMIT = v.object({
  sha: v.string(),
  commit: v.object({ message: v.string() }),
});

export const COMMENT = v.object({ user: USER, body: TEXT, created_at: TIME });

export const REVIEW = v.object({
  user: USER,
  body: TEXT,
  state: v.string(),
  // A review that was begun and not sent has none.
  submitted_at: v.nullish(TIME),
});

export const REVIEW_COMMENT = v.object({
  ...COMMENT.entries,
  id: v.number(),
  in_reply_to_id: v.nullish(v.number()),
  path: v.string(),
  diff_hunk: TEXT,
});

export const ISSUE = v.object({
  ...COMMENT.entries,
  number: v.number(),
  title: v.string(),
  /** Set where the issue is itself a pull request. */
  pull_request: v.nullish(v.unknown()),
});

const RECORD = v.object({
  repository: REPOSITORY,
  pull: PULL,
  commits: v.optional(v.array(COMMIT), []),
  comments: v.optional(v.array(COMMENT), []),
  reviews: v.optional(v.array(REVIEW), []),
  review_comments: v.optional(v.array(REVIEW_COMMENT), []),
  issue: v.nullish(v.object({ ...ISSUE.entries, comments: v.optional(v.array(COMMENT), []) })),
});

/** A pull request's record; `issue` is the one that it closes, with its comments. */
export type PullRequestRecord = v.InferOutput<typeof RECORD>;

/**
 * A record, checked.
 *
 * @throws {ForgeFault}, quoting what is not as GitHub has it
 */
export function parseRecord(value: unknown): PullRequestRecord {
  return parseAnswer(RECORD, value, "a record");
}

/**
 * A forge's answer, checked.
 *
 * @param what what was asked for, as the message begins
 * @throws {ForgeFault}
 */
export function parseAnswer<const Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  what: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const received = issue.received.slice(0, 80);
  const place = v.getDotPath(issue) ?? "the top";
  throw new ForgeFault(
    `${what}: expected ${issue.expected ?? "another value"} at ${place} but received ${received}`,
    true,
  );
}
