/**
 * `bottega worker`: lends this machine to notebooks and commands elsewhere.
 *
 * @module
 */
import { dirname, join, resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { DeviceChoice } from "../gpu/mod.ts";
import {
  listenRemote,
  openRemoteWorker,
  randomToken,
  REMOTE_SCHEMAS,
  type RemoteListener,
  type RemoteWorker,
  serveRemoteLink,
  statusPage,
} from "../remote/headless.ts";
import { serveFleet } from "./fleet_worker.ts";
import { wholeNumber } from "./options.ts";
import { CommandError, note, print } from "./output.ts";

/** Adds the command to `program`. */
export function addWorker(program: Command): void {
  program.command("worker")
    .description("let notebooks and commands elsewhere compute on this machine")
    .addOption(
      new Option("--listen <host:port>", "where; others than this machine need a token and TLS")
        .argParser(hostAndPort).default({ host: "127.0.0.1", port: 8790 }, "127.0.0.1:8790"),
    )
    .option("--fleet <file>", "instead: take a fleet's jobs, by a worker's credentials")
    .option("--data <dir>", "where blobs and runs are kept", ".bottega/worker")
    .option(
      "--token-file <file>",
      "the secret, which is made on the first start; by default BOTTEGA_TOKEN, or a file in --data",
    )
    .option("--tls-cert <file>", "certificate chain, PEM")
    .option("--tls-key <file>", "its private key, PEM")
    .option(
      "--origin <url...>",
      "pages that may connect, beside the workbench of this machine",
      ["http://127.0.0.1:8787", "http://localhost:8787"],
    )
    .option("--host-name <name...>", "further names that it is reached by, behind a proxy say", [])
    .option("--name <name>", "how it is called; the machine's name by default")
    .addOption(
      new Option("--device <device>", "where jobs compute, whatever they ask")
        .choices(["auto", "gpu", "cpu"]).default("auto"),
    )
    .addOption(
      new Option("--jobs <n>", "runs at the same time").argParser(wholeNumber(1, 1000))
        .default(1),
    )
    .addOption(
      new Option("--time-limit <minutes>", "how long a run may take; a day by default")
        .argParser(wholeNumber(1)),
    )
    .addOption(
      new Option("--memory-limit <MiB>", "memory of a run; half of the machine's by default")
        .argParser(wholeNumber(64)),
    )
    .option("--allow-cells", "run code that notebooks send: whoever has the token may run anything")
    .action(work);
}

interface Options {
  readonly fleet?: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly data: string;
  readonly tokenFile?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly origin: readonly string[];
  readonly hostName: readonly string[];
  readonly name?: string;
  readonly device: DeviceChoice;
  readonly jobs: number;
  readonly timeLimit?: number;
  readonly memoryLimit?: number;
  readonly allowCells?: boolean;
}

async function work(options: Options) {
  const { listen, name, device, jobs, timeLimit, memoryLimit, allowCells, fleet } = options;
  if (fleet !== undefined) return await serveFleet({ fleet, name, device, jobs });
  const folder = resolve(options.data);
  const tls = await readTls(options);
  const { token, path } = await openToken(folder, options.tokenFile);
  const log = (line: string) => note(`${new Date().toISOString()} ${line}`);
  let worker: RemoteWorker | null = null;
  const closing = new AbortController();
  // The door first: what must not be opened is told before anything else happens.
  const listener = listenRemote({
    ...listen,
    token,
    tls,
    log,
    origins: options.origin,
    names: options.hostName,
    handler(socket) {
      if (!worker) return socket.close(1013, "starting");
      const { methods } = worker;
      serveRemoteLink(socket, {
        methods,
        schemas: REMOTE_SCHEMAS,
        token,
        log,
        signal: closing.signal,
      });
    },
    async status() {
      if (!worker) return new Response("starting\n", { status: 503 });
      return statusPage(await worker.status(), await worker.methods.listRuns(null, {}));
    },
  });
  const opened = worker = await openRemoteWorker({
    folder,
    name,
    device,
    limits: {
      jobs,
      ...(timeLimit !== undefined && { timeMs: timeLimit * 60_000 }),
      ...(memoryLimit !== undefined && { memoryBytes: memoryLimit * 2 ** 20 }),
    },
    allowCode: allowCells,
    log,
  });
  tell(listener, path);
  await stopped();
  log("takes no more runs, and waits for checkpoints");
  await opened.drain(DRAIN_MS);
  closing.abort();
  await listener.close();
}

/** How long runs have to write a checkpoint when the worker is asked to end. */
const DRAIN_MS = 10_000;

function tell({ url }: RemoteListener, path: string | null): void {
  print(`listening on ${url}`);
  print(`in a notebook: connect("${url}", { token })`);
  print(path === null ? "the token is that of BOTTEGA_TOKEN" : `the token: cat '${path}'`);
}

/** Resolves when somebody asks for the end; whoever asks twice gets it at once. */
function stopped(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let asked = false;
  const stop = () => {
    if (asked) Deno.exit(1);
    asked = true;
    resolve();
  };
  Deno.addSignalListener("SIGINT", stop);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", stop);
  return promise;
}

/** The token, and the file that it is in. */
async function openToken(
  folder: string,
  file: string | undefined,
): Promise<{ token: string; path: string | null }> {
  const given = Deno.env.get(VARIABLE);
  // Jobs need not know it.
  Deno.env.delete(VARIABLE);
  if (given !== undefined && file === undefined) {
    return { token: checked(given, VARIABLE), path: null };
  }
  const path = resolve(file ?? join(folder, "token"));
  try {
    const { mode } = await Deno.stat(path);
    if (mode !== null && (mode & 0o077) !== 0) {
      throw new CommandError(`Others can read the token in ${path}: chmod 600 '${path}'.`);
    }
    return { token: checked((await Deno.readTextFile(path)).trim(), path), path };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const token = randomToken();
  await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(path, `${token}\n`, { createNew: true, mode: 0o600 });
  return { token, path };
}

const VARIABLE = "BOTTEGA_TOKEN";

/** The value is a secret, and is not quoted. */
function checked(token: string, where: string): string {
  if (/^[\w-]{43,200}$/.test(token)) return token;
  throw new CommandError(
    `The token of ${where} is none: 43 to 200 letters, digits, "-" and "_" are. Delete it, and one ` +
      "is made.",
  );
}

async function readTls(
  { tlsCert, tlsKey }: Options,
): Promise<{ cert: string; key: string } | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new CommandError("TLS needs both --tls-cert and --tls-key.");
  }
  return { cert: await Deno.readTextFile(tlsCert), key: await Deno.readTextFile(tlsKey) };
}

function hostAndPort(text: string): { host: string; port: number } {
  const [, host = "", port = ""] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (host !== "" && Number(port) <= 65_535) return { host, port: Number(port) };
  throw new InvalidArgumentError(`Not HOST:PORT: ${JSON.stringify(text)}.`);
}
