/**
 * A connection to a fleet's server, which comes back by itself when the server does.
 *
 * @module
 */
import {
  jetstream,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  jetstreamManager,
} from "@nats-io/jetstream";
import { type KV, Kvm } from "@nats-io/kv";
import {
  type ConnectionOptions,
  createInbox,
  errors,
  type NatsConnection,
  nkeyAuthenticator,
} from "@nats-io/nats-core";
import { setSha256Backend } from "@nats-io/obj";
import type { FleetCredentials } from "./credentials.ts";
import { FleetError } from "./fleet_error.ts";
import { JOBS, KEEPING } from "./layout.ts";
import { connectNats } from "./nats_transport.ts";

/** See {@linkcode openNatsLink}. */
export interface NatsLink extends AsyncDisposable {
  readonly connection: NatsConnection;
  readonly jetstream: JetStreamClient;
  readonly streams: JetStreamManager;
  /** How long the fleet keeps results; Infinity where it was not told. */
  readonly keepMs: number;
  /** The store of that name; nothing is asked of the server for it. */
  bucket(name: string): Promise<KV>;
  /** A subject on which an answer can come to this connection alone. */
  inbox(): string;
  /** Calls `listener` for each message on these subjects, and after each reconnection, as messages
   * may have been missed. Gives what ends it. */
  hear(subjects: readonly string[], listener: (subject: string) => void): () => void;
  /**
   * Asks again while the server is away, or until `signal` aborts.
   *
   * @throws {FleetError} "unreachable" after `patienceMs`, 30 seconds by default.
   */
  persist<T>(ask: () => Promise<T>, options?: Patience): Promise<T>;
}

/** How long one asks. */
export interface Patience {
  readonly signal?: AbortSignal | undefined;
  readonly patienceMs?: number;
}

/** How one connects. */
export interface LinkOptions {
  /** As the server's administrator sees it. */
  readonly name: string;
  /** Whether there need not be a fleet yet. */
  readonly unprepared?: boolean;
  /** How long one waits for a server that is not there yet; some seconds by default. */
  readonly patienceMs?: number;
}

/** How long one question waits for its answer. */
const ANSWER_MS = 2_500;

/**
 * Connects, and sees that a fleet is there.
 *
 * @param url As in {@linkcode FleetCredentials}. A page reaches `ws://` and `wss://` alone.
 * @throws {FleetError} "unreachable", "refused", "no-fleet".
 */
export async function openNatsLink(
  url: string,
  credentials: FleetCredentials,
  { name, unprepared = false, patienceMs = ANSWER_MS }: LinkOptions,
): Promise<NatsLink> {
  const connection = await dial(url, credentials, name, patienceMs);
  const options = { timeout: ANSWER_MS, checkAPI: false };
  const client = jetstream(connection, options);
  const kvm = new Kvm(client);
  const listeners = new Set<() => void>();
  const watching = watchStatus(connection, () => {
    for (const listener of listeners) listener();
  });
  let keepMs = Infinity;
  const link: NatsLink = {
    connection,
    get keepMs() {
      return keepMs;
    },
    jetstream: client,
    streams: await jetstreamManager(connection, options),
    bucket: (name) => kvm.open(name, { allow_direct: true }),
    inbox: () => createInbox(inboxOf(credentials.role)),
    hear(subjects, listener) {
      const heard = subjects.map((subject) => {
        const callback: HearingCallback = (error, { subject }) => listener(error ? "" : subject);
        return connection.subscribe(subject, { callback });
      });
      const again = () => listener("");
      listeners.add(again);
      return () => {
        listeners.delete(again);
        if (!connection.isClosed()) {
          for (const subscription of heard) {
            subscription.unsubscribe();
          }
        }
      };
    },
    async persist(ask, { signal, patienceMs = 30_000 } = {}) {
      const until = performance.now() + patienceMs;
      for (;;) {
        signal?.throwIfAborted();
        try {
          return await ask();
        } catch (error) {
          if (!isPassing(error)) throw asFleetError(error, url);
          if (performance.now() > until) throw unreachable(url, error);
        }
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    },
    async [Symbol.asyncDispose]() {
      listeners.clear();
      await connection.close();
      await watching;
    },
  };
  if (unprepared) return link;
  try {
    const { config } = await link.persist(() => link.streams.streams.info(JOBS), { patienceMs });
    if (config.max_age > 0) keepMs = config.max_age / 1e6 / KEEPING[JOBS];
  } catch (error) {
    await link[Symbol.asyncDispose]();
    throw error;
  }
  return link;
}

type HearingCallback = (error: Error | null, message: { readonly subject: string }) => void;

async function dial(
  url: string,
  { role, seed, authority }: FleetCredentials,
  name: string,
  patienceMs: number,
): Promise<NatsConnection> {
  const options: ConnectionOptions = {
    name,
    authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)),
    inboxPrefix: inboxOf(role),
    ignoreClusterUpdates: true,
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: 250,
    pingInterval: 10_000,
  };
  // A page has none.
  if ("Deno" in globalThis) setSha256Backend("native");
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      return await connectNats(url, options, authority);
    } catch (error) {
      // A machine under load may be too slow to answer who it is.
      const isLate = error instanceof Error && /timeout/i.test(error.message);
      if (error instanceof errors.AuthorizationError && !isLate) {
        const told = `The fleet's server at ${url} refuses these credentials (${role}).`;
        throw new FleetError("refused", told, { cause: error });
      }
      // It will be the same one the next time.
      const isUntrusted = error instanceof Error && /certificate/i.test(error.message);
      if (isUntrusted || performance.now() > until) throw unreachable(url, error);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Where answers to somebody of that role come: nobody of another role may listen there. */
export function inboxOf(role: FleetCredentials["role"]): string {
  return `_INBOX_${role}`;
}

async function watchStatus(connection: NatsConnection, onReconnect: () => void): Promise<void> {
  for await (const { type } of connection.status()) {
    if (type === "reconnect") onReconnect();
  }
}

/** What was written; null where somebody else wrote first. */
export async function unlessConflict(written: Promise<number>): Promise<number | null> {
  try {
    return await written;
  } catch (error) {
    if (error instanceof JetStreamApiError && CONFLICTS.has(error.code)) return null;
    throw error;
  }
}

/** Whether the subject holds as many messages as it may. */
export function isFull(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === 10077;
}

/** "wrong last sequence", with and without the sequence. */
const CONFLICTS = new Set([10071, 10164]);

/** Whether the server may answer when it is asked again. */
function isPassing(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return error.status >= 500;
  if (error instanceof errors.ClosedConnectionError) return false;
  if (error instanceof errors.PermissionViolationError) return false;
  if (error instanceof errors.RequestError) {
    return !(error.cause instanceof errors.PermissionViolationError);
  }
  return error instanceof errors.TimeoutError || error instanceof errors.NoRespondersError ||
    error instanceof errors.ConnectionError ||
    (error instanceof Error && /^JetStream(NotEnabled|Status)?Error$|NotEnabled/.test(error.name));
}

function asFleetError(error: unknown, url: string): unknown {
  if (error instanceof errors.ClosedConnectionError) {
    return new FleetError("closed", `The connection to ${url} was closed.`, { cause: error });
  }
  if (error instanceof JetStreamApiError && /stream not found/i.test(error.message)) {
    const told = `The server at ${url} holds no fleet: "bottega fleet up" or "… fleet prepare".`;
    return new FleetError("no-fleet", told, { cause: error });
  }
  const violation = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (violation instanceof errors.PermissionViolationError) {
    const told = `These credentials may not do that: ${violation.operation} ${violation.subject}.`;
    return new FleetError("refused", told, { cause: error });
  }
  return error;
}

function unreachable(url: string, cause: unknown): FleetError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FleetError(
    "unreachable",
    `The fleet's server at ${url} does not answer: ${reason}`,
    { cause },
  );
}
