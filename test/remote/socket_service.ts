/** A listening service for tests of remote links. */
import { expect } from "vitest";
// Not by the room's faces, which load the whole house.
import { randomToken } from "../../src/remote/guard_token.ts";
import {
  type ListenOptions,
  listenRemote,
  type RemoteListener,
} from "../../src/remote/listen_remote.ts";
import {
  openRemoteLink,
  type RemoteLink,
  type RemoteLinkOptions,
} from "../../src/remote/remote_link.ts";
import { type Served, serveRemoteLink } from "../../src/remote/remote_link_server.ts";
import { createService, schemas, type Service } from "./socket_methods.ts";

export type { Service };

/** A listening service of a test. */
export interface TestWorker extends AsyncDisposable {
  readonly token: string;
  readonly listener: RemoteListener;
  readonly lines: readonly string[];
  link(options?: Partial<RemoteLinkOptions>, url?: string): Promise<RemoteLink<Service>>;
  close(): void;
}

/** Starts a service on this machine. */
export function startWorker(
  served: Partial<Served<Service>> = {},
  options: Partial<ListenOptions> = {},
): TestWorker {
  const token = randomToken();
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  const closing = new AbortController();
  const links: RemoteLink<Service>[] = [];
  const { signal } = closing;
  const all = { methods: createService(), schemas, token, log, signal, ...served };
  const handler = (socket: WebSocket) => serveRemoteLink(socket, all);
  const listener = listenRemote({ port: 0, token, handler, log, ...options });
  return {
    token,
    listener,
    lines,
    async link(options, url = listener.url) {
      const link = await openRemoteLink<Service>(url, { token, ...options });
      links.push(link);
      return link;
    },
    close: () => closing.abort(),
    async [Symbol.asyncDispose]() {
      for (const link of links) link.close();
      closing.abort();
      await listener.close();
      expect(lines.join("\n")).not.toContain(token);
    },
  };
}
