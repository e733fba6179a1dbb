/**
 * What the local server refuses, and why. The code travels to the page as it is; the message is
 * written for the user and never holds a path of the machine, a stack or a credential.
 *
 * @module
 */

/** Why the server refused. */
export type ServerErrorCode =
  | "public-bind"
  | "port-taken"
  | "not-built"
  | "forbidden-host"
  | "forbidden-origin"
  | "unauthorized"
  | "bad-name"
  | "bad-machine"
  | "not-found"
  | "method-not-allowed"
  | "exists"
  | "conflict"
  | "removed"
  | "precondition-required"
  | "too-large"
  | "disk-full"
  | "not-text"
  | "host-not-allowed"
  | "bad-git-path"
  | "not-a-repository"
  | "upstream"
  | "timeout"
  | "internal";

const STATUS: Readonly<Record<ServerErrorCode, number>> = {
  "public-bind": 500,
  "port-taken": 500,
  "not-built": 500,
  "forbidden-host": 403,
  "forbidden-origin": 403,
  "unauthorized": 401,
  "bad-name": 400,
  "bad-machine": 400,
  "not-found": 404,
  "method-not-allowed": 405,
  "exists": 409,
  "conflict": 409,
  "removed": 409,
  "precondition-required": 428,
  "too-large": 413,
  "disk-full": 507,
  "not-text": 415,
  "host-not-allowed": 403,
  "bad-git-path": 400,
  "not-a-repository": 502,
  "upstream": 502,
  "timeout": 504,
  "internal": 500,
};

/** A refusal of the server, with the HTTP status that it is answered with. */
export class ServerError extends Error {
  override readonly name = "ServerError";

  constructor(
    readonly code: ServerErrorCode,
    message: string,
    readonly status: number = STATUS[code],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** The answer as the page gets it: `{code, message}`, nothing more. */
  toResponse(headers?: HeadersInit): Response {
    return Response.json({ code: this.code, message: this.message }, {
      status: this.status,
      ...(headers === undefined ? {} : { headers }),
    });
  }
}
