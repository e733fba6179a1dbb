/**
 * Who may talk to the server, and under which rules a browser shows what it serves: loopback names
 * only (against DNS rebinding), the own origin only, the token for everything that reads or writes,
 * and a page that is isolated, runs no inline script and reaches no other host.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { TOKEN_HEADER } from "../remote/mod.ts";
import { isToken } from "../remote/page_server.ts";
import { ServerError } from "./server_error.ts";

/** Names of this machine that never leave it. */
const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Whether `host` (a name or an address, no port) can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host) || host === "::1";
}

/**
 * The library htl, which inputs are made with, writes `::0`, `::1` … where a handler will be, before
 * it sets the handler itself. These texts are allowed as handlers, so that the console stays clean.
 */
const HTL_HANDLERS = Array.from({ length: 16 }, (_, index) => {
  const digest = createHash("sha256").update(`::${index}`).digest("base64");
  return `'sha256-${digest}'`;
});

/**
 * `unsafe-eval` is what cells are compiled with; nothing comes from, or goes to, another host than
 * `machines`: origins of workers.
 */
const contentSecurityPolicy = (machines: readonly string[]) =>
  [
    "default-src 'none'",
    "script-src 'self' 'unsafe-eval'",
    `script-src-attr 'unsafe-hashes' ${HTL_HANDLERS.join(" ")}`,
    "worker-src 'self' blob:",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "media-src 'self' data: blob:",
    "font-src 'self' data:",
    ["connect-src 'self' data: blob:", ...machines].join(" "),
    "frame-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");

const HEADERS: Readonly<Record<string, string>> = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

/**
 * Sets the headers that every answer carries, refusals included.
 *
 * @param machines Origins of the workers that a page may talk to, when it is asked for.
 */
export function secureHeaders(machines: () => readonly string[]): MiddlewareHandler {
  return async (context, next) => {
    await next();
    context.res.headers.set("content-security-policy", contentSecurityPolicy(machines()));
    for (const [name, value] of Object.entries(HEADERS)) context.res.headers.set(name, value);
  };
}

/**
 * Refuses a request that did not come by a loopback name, or that another origin's page sent. The
 * port of the name is free, so that a tunnel may start at another one; a browser always states the
 * port it talks to, so the origin still has to be exactly this one.
 */
export function ownHostAndOrigin(): MiddlewareHandler {
  return (context, next) => {
    const host = context.req.header("host") ?? "";
    if (!LOOPBACK.has(host.replace(/:\d{1,5}$/, ""))) {
      throw new ServerError(
        "forbidden-host",
        `The workbench answers to 127.0.0.1 and localhost only, not to ${JSON.stringify(host)}.`,
      );
    }
    const origin = context.req.header("origin");
    if (origin !== undefined && origin !== `http://${host}`) {
      throw new ServerError(
        "forbidden-origin",
        `The workbench does not answer to pages of ${JSON.stringify(origin)}.`,
      );
    }
    return next();
  };
}

/**
 * Refuses a sub-resource request of another site's page, which carries no Origin where it is a
 * plain GET. Programs that are not browsers send no such header.
 */
export function sameSiteFetch(): MiddlewareHandler {
  return (context, next) => {
    const site = context.req.header("sec-fetch-site");
    if (site !== undefined && site !== "same-origin" && site !== "none") {
      throw new ServerError("forbidden-origin", "The workbench answers to its own page only.");
    }
    return next();
  };
}

/** Refuses a request without the token of this start. */
export function tokenRequired(token: string): MiddlewareHandler {
  return (context, next) => {
    if (!isToken(token, context.req.header(TOKEN_HEADER))) {
      throw new ServerError(
        "unauthorized",
        `The header ${TOKEN_HEADER} lacks the token of this start; reload the page.`,
      );
    }
    return next();
  };
}
