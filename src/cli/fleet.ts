/**
 * `bottega fleet`: a server to try a fleet on, and what its jobs and workers are doing.
 *
 * @module
 */
import { join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { type Fleet, openNatsFleet } from "../remote/mod.ts";
import { prepareFleet, readCredentials, startFleetServer } from "../remote/headless.ts";
import { addFleetSlurm } from "./fleet_slurm.ts";
import { jsonOption, wholeNumber } from "./options.ts";
import { brief, CommandError, note, print, printJson, printTable } from "./output.ts";

/** Where `bottega fleet up` keeps everything. */
export const FLEET_FOLDER = ".bottega/fleet";

/** Adds the command to `program`. */
export function addFleet(program: Command): void {
  const fleet = program.command("fleet")
    .description("many workers on one queue: start its server, look after its jobs");
  fleet.command("up")
    .description("start a nats-server for a fleet, with credentials for each role")
    .option("--dir <folder>", "what it keeps: configuration, credentials, data", FLEET_FOLDER)
    .option("--host <name>", "others than this machine need a certificate", "127.0.0.1")
    .option("--port <n>", "0 for any that is free", wholeNumber(0, 65_535), 4222)
    .option("--websocket-port <n>", "let pages in by this port", wholeNumber(0, 65_535))
    .option("--origin <url...>", "pages that may come", [
      "http://127.0.0.1:8787",
      "http://localhost:8787",
    ])
    .option("--tls-cert <file>", "certificate chain, PEM")
    .option("--tls-key <file>", "its private key, PEM")
    .option("--tls-ca <file>", "the authority that signed it, where it is an own one, PEM")
    .option("--lease <seconds>", "a worker silent for so long loses its jobs", wholeNumber(1), 30)
    .option(
      "--keep <days>",
      "results, events and checkpoints older than that are deleted",
      wholeNumber(1),
      30,
    )
    .action(up);
  fleet.command("prepare")
    .description("make a fleet's queues and stores on a server of your own")
    .option("--credentials <file>", "an administrator's", join(FLEET_FOLDER, "admin.json"))
    .option("--lease <seconds>", "a worker silent for so long loses its jobs", wholeNumber(1), 30)
    .option(
      "--keep <days>",
      "results, events and checkpoints older than that are deleted",
      wholeNumber(1),
      30,
    )
    .option("--replicas <n>", "servers that keep each message", wholeNumber(1, 5), 1)
    .action(prepare);
  asking(fleet, "status", "print how many jobs wait and run, and the workers")
    .action((options) => withFleet(options, status));
  asking(fleet, "jobs", "print the jobs in the queue")
    .action((options) => withFleet(options, jobs));
  asking(fleet, "dead", "print the jobs that failed as often as they may, and why")
    .action((options) => withFleet(options, dead));
  asking(fleet, "requeue", "queue dead or cancelled jobs anew")
    .argument("<id...>", "ids, or enough of each to know it by; or: all")
    .action((ids: string[], options) => withFleet(options, (fleet) => requeue(fleet, ids)));
  asking(fleet, "cancel", "end jobs that are queued or running")
    .argument("<id...>", "ids, or enough of each to know it by")
    .action((ids: string[], options) => withFleet(options, (fleet) => cancel(fleet, ids)));
  addFleetSlurm(fleet);
}

function asking(fleet: Command, name: string, description: string): Command {
  return fleet.command(name).description(description)
    .option("--credentials <file>", "a submitter's", join(FLEET_FOLDER, "submitter.json"))
    .addOption(jsonOption());
}

interface UpOptions {
  readonly dir: string;
  readonly host: string;
  readonly port: number;
  readonly websocketPort?: number;
  readonly origin: readonly string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
  readonly lease: number;
  readonly keep: number;
}

async function up(options: UpOptions): Promise<void> {
  const { dir, host, port, websocketPort, origin, tlsCert, tlsKey, tlsCa, lease, keep } = options;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new CommandError("TLS needs both --tls-cert and --tls-key.");
  }
  if (tlsCa !== undefined && tlsCert === undefined) {
    throw new CommandError("--tls-ca is the authority of --tls-cert: give that too.");
  }
  const folder = resolve(dir);
  await using server = await startFleetServer({
    folder,
    host,
    port,
    websocketPort,
    origins: origin,
    tls: tlsCert === undefined || tlsKey === undefined
      ? undefined
      : { cert: tlsCert, key: tlsKey, authority: tlsCa },
    leaseMs: 1_000 * lease,
    keepMs: DAY_MS * keep,
  });
  const shown = (file: string) => {
    const near = relative(Deno.cwd(), file);
    return near.startsWith("..") ? file : near;
  };
  print(`a fleet at ${[server.url, server.websocketUrl].filter(Boolean).join(" and ")}`);
  print(`workers join by     bottega worker --fleet ${shown(server.files.worker)}`);
  print(`from Slurm by       bottega fleet slurm --workers 4 --submit`);
  print(`look at it by       bottega fleet status`);
  print(
    `in a notebook       openNatsFleet("${server.websocketUrl ?? server.url}", { credentials })`,
  );
  print(`credentials are in  ${shown(folder)}: submitter.json, worker.json, admin.json`);
  const stop = () => void server[Symbol.asyncDispose]();
  Deno.addSignalListener("SIGINT", stop);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", stop);
  await server.finished;
  note("the fleet's server has ended; what it keeps is there for the next start");
}

interface PrepareOptions {
  readonly credentials: string;
  readonly lease: number;
  readonly keep: number;
  readonly replicas: number;
}

async function prepare(options: PrepareOptions): Promise<void> {
  const { credentials: file, lease, keep, replicas } = options;
  const credentials = await readCredentials(file);
  const lengths = { leaseMs: 1_000 * lease, keepMs: DAY_MS * keep };
  await prepareFleet(credentials.url, { credentials, replicas, ...lengths });
  print(`a fleet is ready at ${credentials.url}`);
}

const DAY_MS = 24 * 3_600_000;

interface AskOptions {
  readonly credentials: string;
  readonly json?: boolean;
}

/** What a command found: as JSON, or as lines. */
interface Answer {
  readonly json: unknown;
  show(): void;
}

async function withFleet(
  { credentials: file, json }: AskOptions,
  ask: (fleet: Fleet) => Promise<Answer>,
): Promise<void> {
  const credentials = await readCredentials(file);
  await using fleet = await openNatsFleet(credentials.url, { credentials });
  const answer = await ask(fleet);
  if (json) printJson(answer.json);
  else answer.show();
}

async function status(fleet: Fleet): Promise<Answer> {
  const [jobs, workers, letters] = await Promise.all([
    fleet.jobs(),
    fleet.workers(),
    fleet.deadLetters(),
  ]);
  const running = jobs.filter(({ state }) => state === "running").length;
  const json = { queued: jobs.length - running, running, dead: letters.length, workers };
  return {
    json,
    show() {
      print(`${json.queued} queued, ${running} running, ${letters.length} dead`);
      if (workers.length === 0) return print("no workers");
      printTable(
        ["worker", "device", "slots", "running", "ended", "free MiB", "load", "heard of"],
        workers.map((worker) => [
          brief(worker.name, 32),
          brief(worker.device ?? "processor", 32),
          worker.slots,
          worker.running.length,
          worker.ended,
          worker.freeBytes === null ? "-" : Math.round(worker.freeBytes / 2 ** 20),
          worker.load === null ? "-" : worker.load.toFixed(1),
          `${Math.max(0, Math.round((Date.now() - worker.seenMs) / 1000))} s ago`,
        ]),
      );
    },
  };
}

async function jobs(fleet: Fleet): Promise<Answer> {
  const open = await fleet.jobs();
  return {
    json: open,
    show: () =>
      printTable(
        ["job", "work", "needs", "state"],
        open.map(({ id, work, needs, state }) => [
          id.slice(0, 16),
          work,
          needs.join(" ") || "-",
          state,
        ]),
      ),
  };
}

async function dead(fleet: Fleet): Promise<Answer> {
  const letters = await fleet.deadLetters();
  return {
    json: letters,
    show: () =>
      printTable(
        ["job", "work", "begun", "code", "reason"],
        letters.map(({ id, work, deliveries, code, message }) => [
          id.slice(0, 16),
          work,
          deliveries,
          code,
          brief(message, 80),
        ]),
      ),
  };
}

async function requeue(fleet: Fleet, ids: readonly string[]): Promise<Answer> {
  const letters = await fleet.deadLetters();
  const all = ids.length === 1 && ids[0] === "all";
  const found = all ? letters.map(({ id }) => id) : ids.map((id) => complete(id, letters));
  for (const id of found) await fleet.requeue(id);
  return { json: { requeued: found }, show: () => print(`${found.length} queued anew`) };
}

async function cancel(fleet: Fleet, ids: readonly string[]): Promise<Answer> {
  const open = await fleet.jobs();
  const found = ids.map((id) => complete(id, open));
  for (const id of found) await fleet.cancel(id);
  return { json: { cancelled: found }, show: () => print(`${found.length} cancelled`) };
}

/** The id that begins so; a whole one need not be among those known. */
function complete(start: string, known: readonly { readonly id: string }[]): string {
  if (/^[0-9a-f]{64}$/.test(start)) return start;
  const found = known.filter(({ id }) => id.startsWith(start));
  if (found.length === 1 && found[0]) return found[0].id;
  const many = found.length === 0 ? "No job" : `${found.length} jobs`;
  throw new CommandError(`${many} of these begin with ${JSON.stringify(start)}.`);
}
