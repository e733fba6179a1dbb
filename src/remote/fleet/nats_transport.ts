/**
 * The ways to a fleet's server: WebSocket from anywhere, TCP from where there is no page; TLS on either,
 * with an authority of one's own where the runtime lets a program bring one.
 *
 * @module
 */
import type { Socket } from "node:net";
import { type ConnectionOptions, type NatsConnection, wsconnect } from "@nats-io/nats-core";
import { FleetError } from "./fleet_error.ts";

/**
 * Connects once.
 *
 * @param authority The certificate of the authority that signed the server's, as PEM, where it is an
 * own one. A page has those of its browser alone.
 * @throws {FleetError} "unreachable" where a page would need TCP.
 */
export async function connectNats(
  url: string,
  options: Omit<ConnectionOptions, "servers" | "tls">,
  authority?: string,
): Promise<NatsConnection> {
  const isPage = !("Deno" in globalThis);
  if (/^wss?:/.test(url)) {
    const isOwn = !isPage && url.startsWith("wss:") && authority !== undefined;
    return await (isOwn
      ? connectTrusting(authority, { ...options, servers: url })
      : wsconnect({ ...options, servers: url }));
  }
  if (isPage) {
    throw new FleetError("unreachable", `A page reaches a fleet by ws:// or wss://, not ${url}.`);
  }
  const tls = url.startsWith("tls:") && { tls: authority === undefined ? {} : { ca: authority } };
  return await connectTcp({ ...options, servers: url, ...tls });
}

/** Deno's: others cannot bring an authority. */
type ClientSocket = new (url: string, options: { client: Deno.HttpClient }) => WebSocket;

async function connectTrusting(
  authority: string,
  options: ConnectionOptions,
): Promise<NatsConnection> {
  const client = Deno.createHttpClient({ caCerts: [authority] });
  const Socket = WebSocket as unknown as ClientSocket;
  const wsFactory = (url: string) =>
    Promise.resolve({ socket: new Socket(url, { client }), encrypted: true });
  try {
    const connection = await wsconnect({ ...options, wsFactory });
    connection.closed().then(() => client.close());
    return connection;
  } catch (error) {
    client.close();
    throw error;
  }
}

async function connectTcp(options: ConnectionOptions): Promise<NatsConnection> {
  // Names that the page's bundler does not see: they are of no use there.
  const transport = "@nats-io/transport-node/lib/node_transport.js";
  const core = "@nats-io/nats-core/internal";
  const { NodeTransport, nodeResolveHost } = await import(
    /* @vite-ignore */ transport
  ) as typeof import("@nats-io/transport-node/lib/node_transport.js");
  const { NatsConnectionImpl, setTransportFactory } = await import(
    /* @vite-ignore */ core
  ) as typeof import("@nats-io/nats-core/internal");

  /** The client takes its listeners off a socket that it has done with, and an error may still come. */
  class HeardTransport extends NodeTransport {
    override async dial(host: Parameters<typeof NodeTransport.prototype.dial>[0]) {
      return alwaysHeard(await super.dial(host));
    }
    override async startTLS() {
      return alwaysHeard(await super.startTLS());
    }
  }
  setTransportFactory({ factory: () => new HeardTransport(), dnsResolveFn: nodeResolveHost });
  return await NatsConnectionImpl.connect(options);
}

/** A socket whose errors never end the process: what they end is told by its "close" as well. */
function alwaysHeard<S extends Socket>(socket: S): S {
  const removeAll = socket.removeAllListeners.bind(socket);
  const end = () => void socket.destroy();
  socket.removeAllListeners = (...events: (string | symbol)[]) => {
    removeAll(...events);
    socket.on("error", end);
    return socket;
  };
  socket.on("error", end);
  return socket;
}
