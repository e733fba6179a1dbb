/**
 * What a training sample is: text in segments with a role each, so that statistics by role, loss masks
 * and renderings come from one structure. Contextually-native samples (D_ctx of daVinci-Dev, arXiv
 * 2601.18418, section 3.1) keep the commits that they were made of beside the text.
 *
 * @module
 */
import { ROLES } from "../trajectory/mod.ts";
import type { Edit } from "./edit.ts";

/**
 * The roles of segments: those of trajectories, and those of samples made from history. `context` is
 * what is given, `file` the content of a file at the base, `summary` and `edit` what a model is to
 * write, `review` what others said.
 */
export const SAMPLE_ROLES = [...ROLES, "context", "file", "summary", "edit", "review"] as const;

export type SampleRole = typeof SAMPLE_ROLES[number];

/** The roles whose tokens an agent writes itself: the loss mask `answers` counts them alone. */
export const ANSWER_ROLES = [
  "thought",
  "action",
  "edit",
  "summary",
] as const satisfies readonly SampleRole[];

/**
 * The renderings: `general` and `python` of pull requests, `factorized` steps of them (Kimi-Dev),
 * `environment` of an agent's run, `code` for plain text.
 */
export const SAMPLE_KINDS = ["general", "python", "factorized", "environment", "code"] as const;

export type SampleKind = typeof SAMPLE_KINDS[number];

/** Whose words summary and commit messages are. */
export const SAMPLE_TEXTS = ["original", "refined", "partly-refined"] as const;

/** A stretch of a sample's text with one role. */
export interface SampleSegment {
  readonly role: SampleRole;
  readonly text: string;
}

/** A commit of a sample: what it says and what it does, in the order in which it is to be applied. */
export interface SampleCommit {
  readonly oid: string;
  readonly message: string;
  readonly edits: readonly Edit[];
  /** Of `general` samples: what `git apply` takes on the files of the commit's first parent. */
  readonly patch?: string;
}

/** A training sample; a line of a corpus file is one of these as JSON. */
export interface Sample {
  /** Unique within its corpus. */
  readonly id: string;
  readonly kind: SampleKind;
  /** For example `pandas-dev/pandas`; `""` where it is not known. */
  readonly repo: string;
  /** The commit whose files the sample starts from. */
  readonly base: string | null;
  readonly commits?: readonly SampleCommit[];
  /** Whose words the summary and the commits' messages are; see `enhance.ts`. */
  readonly texts?: typeof SAMPLE_TEXTS[number];
  readonly segments: readonly SampleSegment[];
  /** The segments' texts, joined. */
  readonly text: string;
}

/**
 * A sample of these segments: empty ones are left out, neighbours of one role are one segment.
 *
 * @example
 * ```ts
 * import { makeSample } from "bottega";
 * const sample = makeSample({ id: "1", kind: "code", repo: "", base: null }, [
 *   { role: "context", text: "def f():\n" },
 *   { role: "context", text: "    return 1\n" },
 * ]);
 * // sample.segments.length is 1, sample.text "def f():\n    return 1\n"
 * ```
 */
export function makeSample(
  head: Omit<Sample, "segments" | "text">,
  segments: Iterable<SampleSegment>,
): Sample {
  const runs: { role: SampleRole; texts: string[] }[] = [];
  for (const { role, text } of segments) {
    if (text === "") continue;
    const last = runs.at(-1);
    if (last?.role === role) last.texts.push(text);
    else runs.push({ role, texts: [text] });
  }
  const joined = runs.map(({ role, texts }) => ({ role, text: texts.join("") }));
  return { ...head, segments: joined, text: joined.map(({ text }) => text).join("") };
}
