/**
 * The routes of the local server: the built workbench, the notebooks and their data, the git proxy.
 *
 * | route | answer |
 * |---|---|
 * | `GET /` and the app's files | the workbench |
 * | `GET /data/PATH` | a file of the notebooks' `data/`, read-only |
 * | `GET /api/notebooks` | the list, as {@linkcode NotebookEntry}s |
 * | `GET /api/notebooks/NAME` | its text, with its version as ETag |
 * | `PUT /api/notebooks/NAME` | saves; `If-Match: ETAG` replaces, `If-None-Match: *` creates |
 * | `GET /api/machines` | the machines that were paired, with their tokens |
 * | `PUT /api/machines`, `DELETE /api/machines/NAME` | pairs one, or forgets it |
 * | `GET`, `POST /api/git/HOST/REPOSITORY/…` | smart HTTP of a listed host |
 *
 * @module
 */

import { type Context, Hono } from "hono";
import { GIT_PROXY, MACHINES } from "../remote/mod.ts";
import { gitHosts } from "./git_hosts.ts";
import { gitProxy } from "./git_proxy.ts";
import { ownHostAndOrigin, sameSiteFetch, secureHeaders, tokenRequired } from "./guard.ts";
import { openMachineStore } from "./machine_store.ts";
import { NOTEBOOK_LIMIT_BYTES, openNotebookStore } from "./notebook_store.ts";
import { type Log, requestLog } from "./request_log.ts";
import { ServerError } from "./server_error.ts";
import { openStaticApp } from "./static_app.ts";

export interface AppOptions {
  /** The token of this start, {@linkcode randomToken}. */
  readonly token: string;
  /** The folder of notebooks. */
  readonly notebooks: string;
  /** The file of the machines that were paired. */
  readonly machines: string;
  /** The folder of the built workbench. */
  readonly app: string;
  /** Git hosts beside the usual ones, see {@linkcode gitHosts}. */
  readonly extraHosts?: readonly string[];
  readonly log: Log;
}

/**
 * Creates the server's request handler.
 *
 * @throws {ServerError} `not-built`, `host-not-allowed`
 */
export async function createApp(options: AppOptions): Promise<Hono> {
  const workbench = await openStaticApp(options.app, options.token);
  const notebooks = openNotebookStore(options.notebooks);
  const machines = await openMachineStore(options.machines);
  const hosts = gitHosts(options.extraHosts);
  const app = new Hono();

  app.onError((error) => answerTo(error, options.log));
  app.notFound((context) => notFound(context).toResponse());
  app.use(secureHeaders(() => machines.list().map(({ url }) => new URL(url).origin)));
  app.use("/api/*", requestLog(options.log));
  app.use(ownHostAndOrigin());
  app.use("/api/*", sameSiteFetch(), tokenRequired(options.token));
  app.use("/data/*", sameSiteFetch());

  app.get("/api/notebooks", async (context) => context.json(await notebooks.list()));
  app.get("/api/notebooks/:name", async (context) => {
    const { html, etag } = await notebooks.read(context.req.param("name"));
    // As plain text: opened by itself, a notebook is nothing that a browser would run.
    return context.text(html, 200, { etag, "cache-control": "no-store" });
  });
  app.put("/api/notebooks/:name", async (context) => {
    const html = await bodyUpTo(context, NOTEBOOK_LIMIT_BYTES);
    const etag = await notebooks.save(context.req.param("name"), html, expected(context));
    return context.json({ etag }, 200, { etag });
  });
  app.get(MACHINES, (context) => context.json(machines.list(), 200, NOT_STORED));
  app.put(MACHINES, async (context) => {
    await machines.save(jsonOf(await bodyUpTo(context, MACHINE_LIMIT_BYTES)));
    return context.json({});
  });
  app.delete(`${MACHINES}/:name`, async (context) => {
    await machines.remove(context.req.param("name"));
    return context.json({});
  });
  app.on(["GET", "POST"], `${GIT_PROXY}*`, gitProxy(GIT_PROXY, { hosts }));
  app.get("/data/:name{.+}", async (context) => {
    const { file, sizeBytes } = await notebooks.openData(context.req.param("name"));
    return context.body(file.readable, 200, {
      "content-type": "application/octet-stream",
      "content-length": `${sizeBytes}`,
      "cache-control": "no-cache",
    });
  });
  app.get("*", async (context) => {
    const file = await workbench(context.req.path);
    if (file === null) throw notFound(context);
    return file;
  });
  return app;
}

const MACHINE_LIMIT_BYTES = 4096;

const NOT_STORED = { "cache-control": "no-store" };

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function answerTo(error: Error, log: Log): Response {
  if (error instanceof ServerError) return error.toResponse();
  log(`internal error: ${error.stack ?? error.message}`);
  return new ServerError("internal", "The server failed; its log in the terminal tells how.")
    .toResponse();
}

function notFound(context: Context): ServerError {
  return new ServerError(
    "not-found",
    `There is no ${JSON.stringify(context.req.path.slice(0, 200))}.`,
  );
}

function expected(context: Context): { etag: string } | "nothing" {
  const etag = context.req.header("if-match");
  if (etag !== undefined && etag !== "*") return { etag };
  if (context.req.header("if-none-match") === "*") return "nothing";
  throw new ServerError(
    "precondition-required",
    "State what is saved over: If-Match with the version that was read, or If-None-Match: *.",
  );
}

/** The body of a request, read no further than `limitBytes`. */
async function bodyUpTo(context: Context, limitBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of context.req.raw.body ?? []) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) {
      throw new ServerError("too-large", `More than ${limitBytes / 1024} KiB are not taken.`);
    }
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}
