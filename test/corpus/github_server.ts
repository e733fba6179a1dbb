/**
 * A forge on the loopback interface that answers as GitHub's API does: lists in pages with `Link`,
 * and, where a test says so, limits, refusals and broken JSON.
 *
 * @module
 */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** What the forge holds: lists are cut into pages. */
export type Answers = Readonly<Record<string, unknown>>;

/** One answer that is not the usual one. */
export interface Trouble {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A running forge. */
export interface GitHubServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: { path: string; headers: IncomingHttpHeaders; body: string }[];
  /** Answers to the next requests of a path (without query); taken one by one. */
  readonly troubles: Map<string, Trouble[]>;
}

/** Starts a forge with these answers by path; `pageSize` items a page. */
export async function startGitHub(
  answers: Answers,
  { pageSize = 2, graphql }: {
    pageSize?: number;
    graphql?: (body: { query: string; variables: Record<string, unknown> }) => unknown;
  } = {},
): Promise<GitHubServer> {
  const requests: GitHubServer["requests"] = [];
  const troubles: GitHubServer["troubles"] = new Map();
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const path = url.pathname.slice(1);
    const chunks = await Array.fromAsync(request as AsyncIterable<Uint8Array>);
    const body = new TextDecoder().decode(Buffer.concat(chunks));
    requests.push({ path: path + url.search, headers: request.headers, body });
    const trouble = troubles.get(path)?.shift();
    const headers: Record<string, string> = { "content-type": "application/json" };
    const value = path === "graphql" ? graphql?.(JSON.parse(body)) : answers[path];
    const page = Number(url.searchParams.get("page") ?? 1);
    const items = Array.isArray(value)
      ? value.slice((page - 1) * pageSize, page * pageSize)
      : value;
    if (Array.isArray(value) && value.length > page * pageSize) {
      url.searchParams.set("page", String(page + 1));
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      headers.link = `<${address}${url.pathname}${url.search}>; rel="next"`;
    }
    const status = trouble?.status ?? (value === undefined ? 404 : 200);
    response.writeHead(status, { ...headers, ...trouble?.headers });
    response.end(
      trouble?.body ?? JSON.stringify(value === undefined ? { message: "Not Found" } : items),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    troubles,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
