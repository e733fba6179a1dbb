/**
 * The machines that the workbench knows, and how each of them fares: asked every few seconds for as
 * long as somebody looks.
 *
 * @module
 */

import { signal } from "@preact/signals";
import type { Machine, MachineStatus, RemoteWorkbench } from "../remote/mod.ts";
import { messageOf } from "./app_error.ts";
import { ask } from "./notebook_api.ts";

/** What is known of a machine. */
export type MachineState =
  | { readonly kind: "asking" }
  | { readonly kind: "there"; readonly status: MachineStatus; readonly latencyMs: number }
  | { readonly kind: "away"; readonly reason: string };

/** A machine, as the page shows it. */
export interface ShownMachine extends Machine {
  readonly state: MachineState;
}

/** Those that are known; null before the server has told, a text where it did not. */
export const machines = signal<readonly ShownMachine[] | string | null>(null);

const PATH = "/api/machines";
const EVERY_MS = 3000;

/** Follows the machines until the function that it returns is called. */
export function followMachines(): () => void {
  const links = new Map<string, RemoteWorkbench>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;

  async function look(): Promise<void> {
    try {
      const known: Machine[] = await (await ask(PATH)).json();
      const before = Array.isArray(machines.peek()) ? machines.peek() as ShownMachine[] : [];
      const stateOf = (url: string) => before.find((machine) => machine.url === url)?.state;
      machines.value = known.map((machine) => ({
        ...machine,
        state: stateOf(machine.url) ?? { kind: "asking" },
      }));
      await Promise.all(known.map(async (machine) => show(machine, await stateNow(machine))));
    } catch (error) {
      machines.value = messageOf(error);
    }
    if (!ended) timer = setTimeout(look, EVERY_MS);
  }

  async function stateNow({ url, token }: Machine): Promise<MachineState> {
    const { connect } = await import("../remote/mod.ts");
    const link = links.get(url) ?? connect(url, { token });
    links.set(url, link);
    try {
      const status = await within(EVERY_MS, link.status());
      return { kind: "there", status, latencyMs: link.latencyMs };
    } catch (error) {
      links.delete(url);
      link.close();
      return { kind: "away", reason: messageOf(error) };
    }
  }

  function show({ name }: Machine, state: MachineState): void {
    const shown = machines.peek();
    if (!Array.isArray(shown) || ended) return;
    machines.value = shown.map((machine) =>
      machine.name === name ? { ...machine, state } : machine
    );
  }

  void look();
  return () => {
    ended = true;
    clearTimeout(timer);
    for (const link of links.values()) link.close();
  };
}

/** Adds a machine; the page may talk to it from its next load on. @throws {AppError} `bad-machine` */
export async function pairMachine(machine: Machine): Promise<void> {
  await ask(PATH, { method: "PUT", body: JSON.stringify(machine) });
}

/** @throws {AppError} `not-found` */
export async function forgetMachine(name: string): Promise<void> {
  await ask(`${PATH}/${encodeURIComponent(name)}`, { method: "DELETE" });
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("It does not answer.")), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
