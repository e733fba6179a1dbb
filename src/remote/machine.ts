/**
 * The machines that a workbench knows: where each listens, and the token that lets one in. They are
 * kept by the server of the page, or beside the notebooks that are run without one.
 *
 * @module
 */
import * as v from "valibot";
import { pageToken, TOKEN_HEADER } from "./page_server.ts";
import { WorkError } from "./work_error.ts";

/** Another machine with a worker. */
export const MACHINE = v.strictObject({
  /** What cells call it: `// @remote NAME`, `connect("NAME")`. */
  name: v.pipe(v.string(), v.regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,39}$/u, "is no name")),
  /** `wss://`, or `ws://` on this machine. */
  url: v.pipe(v.string(), v.maxLength(300), v.check(isWorkerUrl, "is no address of a worker")),
  token: v.pipe(v.string(), v.regex(/^[\w-]{20,200}$/, "is no token")),
});

/** One of them. */
export type Machine = v.InferOutput<typeof MACHINE>;

/** Where the page's server answers for them. */
export const MACHINES = "/api/machines";

/** The file of machines, below the folder that commands are run in. */
export const MACHINE_FILE = ".bottega/machines/machines.json";

/** Reads the text of a {@linkcode MACHINE_FILE}. @throws {WorkError} "bad-request" */
export function parseMachines(text: string): Machine[] {
  const parsed = v.safeParse(v.array(MACHINE), jsonOf(text), { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  // The value may be a token: it is not quoted.
  const message = `The list of machines: ${v.getDotPath(issue) ?? "it"} ${issue.message}.`;
  throw new WorkError("bad-request", message.slice(0, 400));
}

/**
 * The machines that are known here, by name.
 *
 * @throws {WorkError} "bad-request" where the list is broken.
 */
export async function listMachines(): Promise<Machine[]> {
  return parseMachines(pageToken() === "" ? await readFile() : await askServer());
}

/** @throws {WorkError} "no-such-machine", naming those there are. */
export async function findMachine(name: string): Promise<Machine> {
  const machines = await listMachines();
  const found = machines.find((machine) => machine.name === name);
  if (found) return found;
  const known = machines.map(({ name }) => name).join(", ") || "none";
  throw new WorkError(
    "no-such-machine",
    `There is no machine ${JSON.stringify(name)}; known are: ${known}. Pair it in the workbench.`,
  );
}

/** Whether a worker can be reached by it without its token being read on the way. */
export function isWorkerUrl(text: string): boolean {
  const url = URL.parse(text);
  if (!url || url.username !== "" || url.search !== "" || url.hash !== "") return false;
  // Hosts go into the page's policy: URLs allow some that would end a directive.
  if (!/^([\w.-]+|\[[\da-f:.]+\])$/.test(url.hostname)) return false;
  const isLoopback = ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  return url.protocol === "wss:" || (url.protocol === "ws:" && isLoopback);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function askServer(): Promise<string> {
  const answer = await fetch(MACHINES, { headers: { [TOKEN_HEADER]: pageToken() } });
  return await answer.text();
}

async function readFile(): Promise<string> {
  if (!("Deno" in globalThis)) return "[]";
  try {
    return await Deno.readTextFile(MACHINE_FILE);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "[]";
    throw error;
  }
}
