/**
 * A git host for tests: the real `git http-backend` behind a small HTTP server on loopback, which
 * counts requests and can fail on purpose.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, dirname } from "node:path";
import { gitEnvironment } from "./make_repository.ts";

/** What the server does instead of answering. */
export type Fault =
  /** Closes the connection after this many bytes of the answer to a request for a pack. */
  | { readonly cutAfterBytes: number }
  /** Sends this many bytes of that answer, then nothing, for ever. */
  | { readonly stallAfterBytes: number }
  /** Answers every request with this status, and this as JSON. */
  | { readonly status: number; readonly json?: unknown }
  /** Answers every request with a page of HTML. */
  | { readonly html: string }
  /** Sends every request on to another place: this, with the rest of the path behind it. */
  | { readonly redirect: string };

/** A running server. */
export interface GitServer {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** URL of the repository. */
  readonly url: string;
  /** Requests so far, newest last. */
  readonly requests: readonly GitServerRequest[];
  /** Bytes of answers so far, without their heads. */
  readonly sentBytes: number;
  /** Set or unset at any time. */
  fault: Fault | undefined;
  /** Resolves as soon as `count` connections for a pack have ended, however they did. */
  packsEnded(count: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A request as it came in. */
export interface GitServerRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
}

/**
 * Serves the repository in the folder `path`, a work tree or a bare one, for reading.
 *
 * @param options.login `user:password` that requests must show; else they get 401
 * @param options.filter whether it can leave out blobs, as the large hosts can; then it gives objects
 * by id only in version 2 of the protocol
 * @example
 * ```ts ignore
 * await using repository = await makeRepository([{ files: { "a.txt": "a" } }]);
 * await using server = await startGitServer(repository.path);
 * const opened = await openRepository(server.url);
 * ```
 */
export async function startGitServer(
  path: string,
  options: { readonly login?: string; readonly filter?: boolean } = {},
): Promise<GitServer> {
  const requests: GitServerRequest[] = [];
  let packsEnded = 0;
  let sentBytes = 0;
  const setting = options.filter ? "uploadpack.allowFilter" : "uploadpack.allowAnySHA1InWant";
  const count = (bytes: number) => sentBytes += bytes;
  let onPackEnd = () => {};
  const server = createServer((request, response) => {
    const { method = "GET", url = "/", headers } = request;
    requests.push({ method, path: url, headers });
    if (method === "POST") {
      response.on("close", () => {
        packsEnded++;
        onPackEnd();
      });
    }
    const login = `Basic ${btoa(options.login ?? "")}`;
    if (options.login !== undefined && headers.authorization !== login) {
      return answer(response, 401, "text/plain", "Who are you?");
    }
    const { fault } = host;
    if (fault === undefined) return backend(path, request, response, setting, count);
    if ("status" in fault) {
      return answer(
        response,
        fault.status,
        "application/json",
        JSON.stringify(fault.json ?? "No."),
      );
    }
    if ("html" in fault) return answer(response, 200, "text/html; charset=utf-8", fault.html);
    if ("redirect" in fault) {
      const rest = url.slice(`/${basename(path)}`.length);
      return response.writeHead(302, { location: fault.redirect + rest }).end();
    }
    backend(path, request, response, setting, count, method === "POST" ? fault : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const host: GitServer = {
    origin,
    url: `${origin}/${basename(path)}`,
    requests,
    get sentBytes() {
      return sentBytes;
    },
    fault: undefined,
    async packsEnded(count) {
      while (packsEnded < count) await new Promise<void>((resolve) => onPackEnd = resolve);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return host;
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "content-type": type }).end(body);
}

/** Lets `git http-backend` answer, by CGI. */
function backend(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  setting: string,
  count: (bytes: number) => void,
  fault?: Fault,
): void {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  const child = spawn("git", ["http-backend"], {
    stdio: ["pipe", "pipe", "ignore"],
    env: {
      ...gitEnvironment,
      GIT_PROJECT_ROOT: dirname(path),
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: setting,
      GIT_CONFIG_VALUE_0: "true",
      PATH_INFO: pathname,
      QUERY_STRING: searchParams.toString(),
      REQUEST_METHOD: request.method ?? "GET",
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    },
  });
  // The one who asked may go away while git still reads or writes.
  for (const end of [child.stdin, request, response]) end.on("error", () => child.kill());
  response.on("close", () => child.kill());
  request.pipe(child.stdin);
  let head = Buffer.alloc(0);
  let sent = 0;
  const send = (bytes: Uint8Array) => {
    const limit = fault === undefined
      ? Infinity
      : "cutAfterBytes" in fault
      ? fault.cutAfterBytes
      : "stallAfterBytes" in fault
      ? fault.stallAfterBytes
      : Infinity;
    const given = bytes.subarray(0, Math.max(0, limit - sent));
    response.write(given);
    count(given.length);
    sent += bytes.length;
    if (sent < limit) return;
    child.stdout.removeAllListeners();
    child.stdout.resume();
    if (fault !== undefined && "cutAfterBytes" in fault) setTimeout(() => response.destroy(), 20);
  };
  child.stdout.on("data", (chunk: Uint8Array) => {
    if (response.headersSent) return send(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    const lines = head.subarray(0, end).toString().split("\r\n");
    const fields = new Map(lines.map((line) => line.split(": ", 2) as [string, string]));
    const status = Number.parseInt(fields.get("Status") ?? "200");
    fields.delete("Status");
    response.writeHead(status, Object.fromEntries(fields));
    send(head.subarray(end + 4));
  });
  child.stdout.on("end", () => response.end());
}
