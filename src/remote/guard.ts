/**
 * The guard in front of comlink, which by itself would let a peer construct any function, set any
 * property and walk any path. What passes is not the peer's message but one that the guard has made of
 * the parts that it has checked.
 *
 * @module
 */
import * as v from "valibot";
import { isCode } from "./frame.ts";
import { type Failure, type Methods, WorkerError } from "./worker_link.ts";

/** The schema of each method's request; its keys are the methods that may be called. */
export type Schemas<S extends Methods> = {
  readonly [K in keyof S]: v.GenericSchema<unknown, Parameters<S[K]>[0]>;
};

/** A comlink message that may pass. */
export type Call =
  | { readonly id: string; readonly type: "RELEASE" }
  | {
    readonly id: string;
    readonly type: "APPLY";
    readonly path: readonly [string];
    readonly argumentList: readonly [{ readonly type: "RAW"; readonly value: unknown }];
  };

/** A call that is refused; where it has an id, its caller is answered. */
export class Refusal extends WorkerError {
  constructor(code: string, message: string, readonly id: string | null) {
    super(code, message);
  }
}

/** Progress, or a reply: a result, or why there is none. */
export type Reply =
  | { readonly progress: Progress }
  | { readonly id: string; readonly type: "RAW"; readonly value: unknown }
  | ReturnType<typeof thrown>;

/**
 * What a peer may ask: one method of `schemas`, with one plain argument that its schema passes, or a
 * release.
 *
 * @throws {Refusal} `bad-frame`, `forbidden-frame`, `no-such-method`, `bad-request`.
 */
export function guardCall(message: unknown, schemas: Schemas<Methods>): Call {
  const outer = v.safeParse(MESSAGE, message);
  if (!outer.success) throw new Refusal("bad-frame", "a message is no call", null);
  const { id, type } = outer.output;
  if (type === "RELEASE") return { id, type };
  const call = v.safeParse(APPLY, message);
  if (!call.success) {
    throw new Refusal(
      "forbidden-frame",
      `only a plain call of one method is taken, not ${quoted(type)} of ${issueOf(call.issues)}`,
      id,
    );
  }
  const { path: [method], argumentList: [argument] } = call.output;
  const schema = Object.hasOwn(schemas, method) ? schemas[method] : undefined;
  if (!schema) throw new Refusal("no-such-method", `there is no method ${quoted(method)}`, id);
  const request = v.safeParse(schema, argument.value, { abortEarly: true });
  if (!request.success) {
    throw new Refusal("bad-request", `${method}: ${issueOf(request.issues)}`, id);
  }
  const value = request.output;
  return { id, type: "APPLY", path: [method], argumentList: [{ type: "RAW", value }] };
}

/**
 * What a served peer may answer to the calls of `awaited`: progress, a plain result, a failure.
 *
 * @throws {WorkerError} `forbidden-frame`
 */
export function guardReply(message: unknown, awaited: ReadonlySet<string>): Reply {
  const progress = v.safeParse(PROGRESS, message);
  if (progress.success) return progress.output;
  const result = v.safeParse(RESULT, message);
  if (result.success && awaited.has(result.output.id)) return result.output;
  const failed = v.safeParse(FAILED, message);
  if (failed.success && awaited.has(failed.output.id)) {
    return thrown(failed.output.id, failed.output.value.value);
  }
  throw new WorkerError("forbidden-frame", "the worker sent something else than an answer");
}

/** The message by which comlink throws `failure` at the caller: a plain object, never an `Error`. */
export function thrown(id: string, { name, code, message }: Failure) {
  const value = { isError: false, value: { name, code, message } } as const;
  return { id, type: "HANDLER", name: "throw", value } as const;
}

/**
 * What leaves of a reply of comlink's. It makes errors of its own where a result could not be sent, with
 * a stack and without the reason.
 */
export function guardAnswer(message: unknown, reason: WorkerError | null): unknown {
  const own = v.safeParse(OWN_ERROR, message);
  if (!own.success) return message;
  return thrown(own.output.id, reason ?? new WorkerError("failed", "the call failed"));
}

const id = v.pipe(v.string(), v.regex(/^[\w-]{1,80}$/));

const MESSAGE = v.object({ id, type: v.string() });

const APPLY = v.object({
  id,
  type: v.literal("APPLY"),
  path: v.strictTuple([v.string()]),
  argumentList: v.strictTuple([v.strictObject({ type: v.literal("RAW"), value: v.unknown() })]),
});

const amount = v.pipe(v.number(), v.finite(), v.minValue(0));

const PROGRESS = v.strictObject({
  progress: v.strictObject({
    phase: v.pipe(v.string(), v.maxLength(100)),
    done: amount,
    total: amount,
    unit: v.picklist([
      "bytes",
      "objects",
      "files",
      "commits",
      "trajectories",
      "samples",
      "tokens",
      "tasks",
    ]),
  }),
});

type Progress = v.InferOutput<typeof PROGRESS>["progress"];

const RESULT = v.strictObject({ id, type: v.literal("RAW"), value: v.unknown() });

const FAILED = v.strictObject({
  id,
  type: v.literal("HANDLER"),
  name: v.literal("throw"),
  value: v.strictObject({
    isError: v.literal(false),
    value: v.strictObject({
      name: v.pipe(v.string(), v.regex(/^\w{1,60}$/)),
      code: v.pipe(v.string(), v.check(isCode)),
      message: v.pipe(v.string(), v.maxLength(10_000)),
    }),
  }),
});

const OWN_ERROR = v.object({
  id,
  type: v.literal("HANDLER"),
  name: v.literal("throw"),
  value: v.object({ isError: v.literal(true) }),
});

/** Where a value is wrong, and how; without the value itself, which may be large. */
function issueOf([issue]: readonly v.BaseIssue<unknown>[]): string {
  if (!issue) return "something else";
  const path = v.getDotPath(issue);
  return `${path === null ? "" : `${path}: `}${issue.message}`.slice(0, 300);
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
