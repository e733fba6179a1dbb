/**
 * A nats-server for a fleet, with a configuration and credentials made for it. For one machine, or for
 * a network where a certificate is given.
 *
 * @module
 */
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { nkeys } from "@nats-io/nats-core";
import { credentialsIn, writeSecret } from "./credentials_file.ts";
import { FLEET_ROLES, type FleetCredentials, type FleetRole } from "./credentials.ts";
import { FleetError } from "./fleet_error.ts";
import { permissionsOf } from "./permissions.ts";
import { prepareFleet } from "./prepare.ts";

/** Files of a certificate and its key, as PEM. */
export interface FleetCertificate {
  readonly cert: string;
  readonly key: string;
  /** The certificate of the authority that signed it, by which workers and submitters know the server;
   * `cert` itself by default. */
  readonly authority?: string | undefined;
}

/** Where a server listens and what it keeps. */
export interface FleetServerOptions {
  /** Holds the configuration, the credentials and all that the fleet keeps. */
  readonly folder: string;
  /** `127.0.0.1` by default; another one needs `tls`. */
  readonly host?: string;
  /** 4222 by default; 0 for any that is free. */
  readonly port?: number;
  /** Pages reach it there; none by default. */
  readonly websocketPort?: number | undefined;
  /** The origins that pages may come from. */
  readonly origins?: readonly string[];
  readonly tls?: FleetCertificate | undefined;
  /** How long a worker may be silent, 30 seconds by default. */
  readonly leaseMs?: number;
  /** How long results, events and checkpoints are kept, 30 days by default. */
  readonly keepMs?: number;
  /** The program, `nats-server` by default. */
  readonly program?: string;
}

/** A running server with a fleet on it. */
export interface FleetServer extends AsyncDisposable {
  readonly url: string;
  readonly websocketUrl: string | null;
  readonly pid: number;
  /** The credentials by role, and the files that hold them. */
  readonly credentials: Readonly<Record<FleetRole, FleetCredentials>>;
  readonly files: Readonly<Record<FleetRole, string>>;
  /** Resolves when the server has ended. */
  readonly finished: Promise<void>;
  /** Ends the process at once, as a power cut would, and `start` begins it anew. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** The oldest versions that may be reached from elsewhere: older ones crash before they ask who it is. */
const SAFE_VERSIONS = [[2, 11, 15], [2, 12, 6]] as const;

/**
 * Starts a server and lays out a fleet on it. What the folder holds already is used again.
 *
 * @throws {FleetError} "unreachable" where it does not start, "refused" where it would listen to other
 * machines without a certificate or in a version that is not safe there.
 */
export async function startFleetServer(options: FleetServerOptions): Promise<FleetServer> {
  for (let attempts = 1;; attempts++) {
    try {
      return await startOnce(options);
    } catch (error) {
      // A port that was free a moment ago may be somebody else's by now.
      const isAny = options.port === 0 || options.websocketPort === 0;
      const isTaken = error instanceof FleetError && /address already in use/i.test(error.message);
      if (!isAny || !isTaken || attempts === MOST_ATTEMPTS) throw error;
    }
  }
}

/** How often a free port is looked for. */
const MOST_ATTEMPTS = 5;

async function startOnce(options: FleetServerOptions): Promise<FleetServer> {
  const { folder, host = "127.0.0.1", tls, program = "nats-server", leaseMs, keepMs } = options;
  const version = await versionOf(program);
  if (!isLoopback(host)) checkPublic(host, tls, version);
  const port = options.port === 0 ? await freePort() : options.port ?? 4222;
  const websocketPort = options.websocketPort === 0 ? await freePort() : options.websocketPort;
  const url = `${tls ? "tls" : "nats"}://${host}:${port}`;
  const websocketUrl = websocketPort === undefined
    ? null
    : `${tls ? "wss" : "ws"}://${host}:${websocketPort}`;

  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const authority = tls && await Deno.readTextFile(tls.authority ?? tls.cert);
  const credentials = {} as Record<FleetRole, FleetCredentials>;
  const files = {} as Record<FleetRole, string>;
  for (const role of FLEET_ROLES) {
    files[role] = join(folder, `${role}.json`);
    credentials[role] = await credentialsIn(files[role], { role, url, authority });
  }
  const config = join(folder, "nats.conf");
  await writeSecret(config, serverConfig({ ...options, host, port, websocketPort, credentials }));

  let child = await spawn(program, config, url);
  let ended = child.status;
  const finished = Promise.withResolvers<void>();
  let replaced = false;
  const watch = () => ended.then(() => replaced || finished.resolve());
  watch();
  const stop = async (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch (error) {
      // It has ended by itself.
      if (!(error instanceof Deno.errors.NotFound || error instanceof TypeError)) throw error;
    }
    await ended;
  };
  const server: FleetServer = {
    url,
    websocketUrl,
    get pid() {
      return child.pid;
    },
    credentials,
    files,
    finished: finished.promise,
    async kill() {
      replaced = true;
      await stop("SIGKILL");
    },
    async start() {
      child = await spawn(program, config, url);
      ended = child.status;
      replaced = false;
      watch();
    },
    async [Symbol.asyncDispose]() {
      await stop("SIGTERM");
      finished.resolve();
    },
  };
  try {
    const lengths = { ...(leaseMs && { leaseMs }), ...(keepMs && { keepMs }) };
    await prepareFleet(url, { credentials: credentials.admin, ...lengths });
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  return server;
}

/** Whether a nats-server can be started here; its version. */
export async function findNatsServer(program = "nats-server"): Promise<string | null> {
  try {
    return (await versionOf(program)).join(".");
  } catch (error) {
    if (error instanceof FleetError) return null;
    throw error;
  }
}

async function versionOf(program: string): Promise<number[]> {
  try {
    const { stdout } = await new Deno.Command(program, { args: ["--version"] }).output();
    const found = /v(\d+)\.(\d+)\.(\d+)/.exec(new TextDecoder().decode(stdout));
    if (found) return found.slice(1).map(Number);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  throw new FleetError(
    "unreachable",
    `There is no "${program}" here: install nats-server (Debian: apt install nats-server).`,
  );
}

function checkPublic(host: string, tls: FleetServerOptions["tls"], version: readonly number[]) {
  if (!tls) {
    const told =
      `A server at ${host} would be open to other machines: give a certificate and its key.`;
    throw new FleetError("refused", told);
  }
  const atLeast = (safe: readonly number[]) =>
    version[1] === safe[1] ? version[2]! >= safe[2]! : version[1]! > safe[1]!;
  if (version[0] === 2 && !SAFE_VERSIONS.some((safe) => atLeast(safe))) {
    throw new FleetError(
      "refused",
      `nats-server ${
        version.join(".")
      } can be crashed by anybody who reaches it (CVE-2026-27889): ` +
        `install 2.11.15 or 2.12.6, or later, or keep to 127.0.0.1.`,
    );
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

interface ConfigParts extends FleetServerOptions {
  readonly host: string;
  readonly port: number;
  readonly websocketPort: number | undefined;
  readonly credentials: Readonly<Record<FleetRole, FleetCredentials>>;
}

/** How long one may take to say who one is, each step of it: machines of workers are busy. */
const GREETING_SECONDS = 20;

/** The server's configuration: it holds public keys alone. */
function serverConfig(
  { folder, host, port, websocketPort, origins = [], tls, credentials }: ConfigParts,
): string {
  const quote = (text: string) => JSON.stringify(text);
  const secured = tls &&
    `{ cert_file: ${quote(resolve(tls.cert))}, key_file: ${quote(resolve(tls.key))}, ` +
      `timeout: ${GREETING_SECONDS} }`;
  const users = FLEET_ROLES.map((role) => {
    const seed = new TextEncoder().encode(credentials[role].seed);
    const { publish, subscribe } = permissionsOf(role);
    const list = (subjects: readonly string[]) => `[${subjects.map(quote).join(", ")}]`;
    return `    { nkey: ${nkeys.fromSeed(seed).getPublicKey()}, permissions: {
        publish: { allow: ${list(publish)} }, subscribe: { allow: ${list(subscribe)} } } }`;
  });
  return [
    `listen: ${quote(`${host}:${port}`)}`,
    `max_payload: 1MB`,
    `jetstream { store_dir: ${quote(resolve(folder, "store"))} }`,
    ...(secured ? [`tls ${secured}`] : []),
    ...(websocketPort === undefined ? [] : [
      `websocket { listen: ${quote(`${host}:${websocketPort}`)}, ` +
      (secured ? `tls ${secured}` : `no_tls: true`) +
      `, handshake_timeout: "${GREETING_SECONDS}s"` +
      `, allowed_origins: [${origins.map(quote).join(", ")}] }`,
    ]),
    `authorization { timeout: ${GREETING_SECONDS}, users: [\n${users.join("\n")}\n  ] }`,
    "",
  ].join("\n");
}

/** Starts the server and waits until it listens. */
async function spawn(program: string, config: string, url: string): Promise<Deno.ChildProcess> {
  const child = new Deno.Command(program, {
    args: ["-c", config],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const log: string[] = [];
  const listening = Promise.withResolvers<boolean>();
  const reading = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      // Enough to tell why it did not start.
      if (log.length < 100) log.push(text);
      if (log.join("").includes("Server is ready")) listening.resolve(true);
    }
    listening.resolve(false);
  })();
  if (await listening.promise) return child;
  await Promise.all([child.status, reading]);
  const reason = log.join("").split("\n").findLast((line) =>
    /\[FTL\]|\[ERR\]|nats-server:/.test(line)
  );
  throw new FleetError(
    "unreachable",
    `nats-server does not start at ${url}: ${
      reason?.replace(/^.*\[(FTL|ERR)\]\s*/, "") ?? "no reason"
    }`,
  );
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer().once("error", failed).listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => found(typeof address === "object" && address ? address.port : 0));
    });
  });
}
