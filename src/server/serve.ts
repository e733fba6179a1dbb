/**
 * Starts the workbench's server on this machine.
 *
 * @module
 */

import { MACHINE_FILE } from "../remote/mod.ts";
import { randomToken } from "../remote/page_server.ts";
import { gitHosts } from "./git_hosts.ts";
import { isLoopback } from "./guard.ts";
import { hasScreen, openBrowser } from "./open_browser.ts";
import { createApp } from "./server_app.ts";
import { ServerError } from "./server_error.ts";

/** The port that is tried first where none is asked for. */
export const DEFAULT_PORT = 8787;

export interface ServeOptions {
  /** 0 takes any free one. Without one, {@linkcode DEFAULT_PORT} or the next that is free. */
  readonly port?: number;
  /** A loopback name or address; `127.0.0.1` if not given. */
  readonly host?: string;
  /** The folder of notebooks; `notebooks` if not given. */
  readonly notebooks?: string;
  /** Whether to open the browser where there is one; true if not given. */
  readonly open?: boolean;
  /** Git hosts that the proxy reaches beside the usual ones, for example `git.example.org`. */
  readonly extraHosts?: readonly string[];
  /** The folder of the built workbench; `.bottega/app` if not given. */
  readonly app?: string;
  /** The file of the machines that were paired; `.bottega/machines/machines.json` if not given. */
  readonly machines?: string;
  /** Takes what is told to the user, the URL above all; standard output if not given. */
  readonly print?: (line: string) => void;
  /** Takes the lines of the request log; standard error if not given. */
  readonly log?: (line: string) => void;
}

/** A server that listens. */
export interface RunningServer {
  /** For example `http://127.0.0.1:8787/`. */
  readonly url: string;
  readonly port: number;
  /** The token of this start, which the page is served with. */
  readonly token: string;
  readonly finished: Promise<void>;
  close(): Promise<void>;
}

/**
 * Serves the workbench and prints its URL.
 *
 * @throws {ServerError} `public-bind` if `host` can be reached from elsewhere, `port-taken` if the
 * given port is in use, `not-built` if the app is missing, `host-not-allowed` if an extra host is no
 * host or lies outside Deno's permission
 *
 * @example
 * ```ts
 * import { serve } from "./mod.ts";
 * const server = await serve({ port: 0, open: false });
 * console.log(await (await fetch(server.url)).text());
 * await server.close();
 * ```
 */
export async function serve(options: ServeOptions = {}): Promise<RunningServer> {
  const { host = "127.0.0.1", port, open = true, print = console.log } = options;
  if (!isLoopback(host)) throw publicBind(host, port ?? DEFAULT_PORT);
  const token = randomToken();
  const { extraHosts = [] } = options;
  await permitted(extraHosts);
  const app = await createApp({
    token,
    notebooks: await Deno.realPath(options.notebooks ?? "notebooks"),
    machines: options.machines ?? MACHINE_FILE,
    app: options.app ?? ".bottega/app",
    extraHosts,
    log: options.log ?? console.error,
  });
  const closing = new AbortController();
  const server = listen(host, port, app.fetch, closing.signal);
  const name = host === "::1" ? "[::1]" : host;
  const url = `http://${name}:${server.addr.port}/`;
  print(`Bottega is open at ${url}`);
  if (open && hasScreen() && !await openBrowser(url)) print("Open it in a browser.");
  return {
    url,
    port: server.addr.port,
    token,
    finished: server.finished,
    close() {
      closing.abort();
      return server.finished;
    },
  };
}

function publicBind(host: string, port: number): ServerError {
  return new ServerError(
    "public-bind",
    `The workbench does not listen on ${JSON.stringify(host)}: whoever reached it could run code ` +
      `as you. It listens on 127.0.0.1; from another machine, make a tunnel: ` +
      `ssh -L ${port}:127.0.0.1:${port} USER@THIS-MACHINE`,
  );
}

/** Tells at the start, not at the first clone, that Deno's own permission lacks a host. */
async function permitted(extraHosts: readonly string[]): Promise<void> {
  for (const origin of gitHosts(extraHosts).values()) {
    const { host } = new URL(origin);
    const { state } = await Deno.permissions.query({ name: "net", host });
    if (state !== "granted" && extraHosts.some((extra) => extra.endsWith(host))) {
      throw new ServerError(
        "host-not-allowed",
        `Deno does not let the server reach ${
          JSON.stringify(host)
        }: add it to --allow-net in the ` +
          `task that starts the server.`,
      );
    }
  }
}

type Server = Deno.HttpServer<Deno.NetAddr>;

function listen(
  host: string,
  port: number | undefined,
  handler: Deno.ServeHandler,
  signal: AbortSignal,
): Server {
  const hostname = host.replace(/^\[|\]$/g, "");
  const tried = port === undefined ? 20 : 1;
  for (let next = port ?? DEFAULT_PORT; next < (port ?? DEFAULT_PORT) + tried; next++) {
    try {
      return Deno.serve({ hostname, port: next, signal, onListen }, handler);
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new ServerError(
    "port-taken",
    port === undefined
      ? `The ports ${DEFAULT_PORT} to ${
        DEFAULT_PORT + tried - 1
      } are all in use; give one with --port.`
      : `Port ${port} is in use; give another with --port, or none to take the next free one.`,
  );
}

/** Deno would announce the address by itself. */
function onListen(): void {}
