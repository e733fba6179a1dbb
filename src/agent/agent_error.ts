/**
 * What goes wrong around an agent, told in one typed error. What goes wrong *inside* a run (a command
 * that fails, a test that times out, a model that answers nonsense) is no error: it is an observation
 * or an exit status.
 *
 * @module
 */

/** Why a task, an environment or a policy cannot do what was asked. */
export type AgentErrorCode =
  /** A task's JSON lacks a key, or a value is of the wrong kind. */
  | "bad-task"
  /** A path is absolute, leads out of the repository, or is no file name. */
  | "bad-path"
  /** The repository has no such file. */
  | "no-such-file"
  /** A patch is malformed, or its context is not in the file. */
  | "patch"
  /** A file or the repository is over the environment's limit. */
  | "too-large"
  /** The environment's program is missing here, or a limit cannot be held. */
  | "unavailable"
  /** The environment cannot do this kind of thing. */
  | "unsupported"
  /** The environment is closed. */
  | "closed"
  /** A policy has nothing to say: a replay that is over, a teacher without files. */
  | "policy"
  /** A model's server failed, for good or for too often. */
  | "api"
  /** The conversation is longer than the model takes. */
  | "context-window";

/** An error of this room; `code` tells the kind. */
export class AgentError extends Error {
  override readonly name = "AgentError";

  constructor(readonly code: AgentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
