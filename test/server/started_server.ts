/**
 * A real server over a temporary folder of notebooks and a stand-in for the built page.
 *
 * @module
 */

import { join } from "node:path";
import { TOKEN_HEADER } from "../../src/remote/mod.ts";
import { serve, type ServeOptions } from "../../src/server/mod.ts";

export const PAGE = '<!doctype html><meta name="bottega-token" content=""><p>workbench</p>';

export interface StartedServer extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  /** The folder of notebooks. */
  readonly notebooks: string;
  readonly printed: readonly string[];
  readonly logged: readonly string[];
  /** A request with the token. */
  ask(path: string, init?: RequestInit): Promise<Response>;
}

/** Starts it on a free port, with `files` (by path) in the folder of notebooks. */
export async function startServer(
  files: Readonly<Record<string, string>> = {},
  options: ServeOptions = {},
): Promise<StartedServer> {
  const root = await Deno.makeTempDir({ prefix: "bottega-server-" });
  const notebooks = join(root, "notebooks");
  const app = join(root, "app");
  await Deno.mkdir(join(notebooks, "data"), { recursive: true });
  await Deno.mkdir(join(app, "assets"), { recursive: true });
  await Deno.writeTextFile(join(app, "index.html"), PAGE);
  await Deno.writeTextFile(join(app, "assets", "main-1a2b.js"), "export {};");
  for (const [path, text] of Object.entries(files)) {
    await Deno.writeTextFile(join(notebooks, path), text);
  }
  const printed: string[] = [];
  const logged: string[] = [];
  const server = await serve({
    port: 0,
    open: false,
    notebooks,
    app,
    machines: join(root, "machines", "machines.json"),
    print: (line) => void printed.push(line),
    log: (line) => void logged.push(line),
    ...options,
  });
  const { url, token } = server;
  return {
    url,
    token,
    notebooks,
    printed,
    logged,
    ask(path, init = {}) {
      const headers = new Headers(init.headers);
      headers.set(TOKEN_HEADER, token);
      return fetch(new URL(path, url), { ...init, headers });
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await Deno.remove(root, { recursive: true });
    },
  };
}

/** A request as no `fetch` would send it: with headers and a path of one's own choosing. */
export async function rawRequest(url: string, lines: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const request = new TextEncoder().encode([...lines, "connection: close", "", ""].join("\r\n"));
  for (let at = 0; at < request.length;) at += await connection.write(request.subarray(at));
  return await new Response(connection.readable).text();
}
