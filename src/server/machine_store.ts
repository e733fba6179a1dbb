/**
 * The machines that the user has paired, in a file that only the user can read.
 *
 * @module
 */
import { dirname } from "node:path";
import * as v from "valibot";
import { MACHINE, type Machine, parseMachines } from "../remote/mod.ts";
import { ServerError } from "./server_error.ts";

export interface MachineStore {
  list(): readonly Machine[];
  /** Adds a machine, or takes the place of the one of its name. @throws {ServerError} `bad-machine` */
  save(machine: unknown): Promise<void>;
  /** @throws {ServerError} `not-found` */
  remove(name: string): Promise<void>;
}

/** Opens the file at `path`; it is made when a machine is first saved. */
export async function openMachineStore(path: string): Promise<MachineStore> {
  let machines = parseMachines(await textOf(path));

  async function write(next: Machine[]): Promise<void> {
    await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const beside = `${path}.${crypto.randomUUID()}`;
    await Deno.writeTextFile(beside, JSON.stringify(next, null, 2), { mode: 0o600 });
    await Deno.rename(beside, path);
    machines = next;
  }

  return {
    list: () => machines,
    async save(machine) {
      const parsed = v.safeParse(MACHINE, machine, { abortEarly: true });
      if (!parsed.success) {
        const [issue] = parsed.issues;
        const place = v.getDotPath(issue) ?? "the machine";
        // Quoted as far as it is no secret.
        const given = place === "token" ? "" : ` ${JSON.stringify(issue.input)}`.slice(0, 200);
        throw new ServerError("bad-machine", `${place}${given} ${issue.message}.`);
      }
      const others = machines.filter(({ name }) => name !== parsed.output.name);
      await write([...others, parsed.output]);
    },
    async remove(name) {
      if (!machines.some((machine) => machine.name === name)) {
        throw new ServerError("not-found", `There is no machine ${JSON.stringify(name)}.`);
      }
      await write(machines.filter((machine) => machine.name !== name));
    },
  };
}

async function textOf(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "[]";
    throw error;
  }
}
