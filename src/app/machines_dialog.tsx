/**
 * The machines that cells can run on: which there are, how they fare, and how to pair another.
 *
 * @module
 */

import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { messageOf } from "./app_error.ts";
import { Dialog } from "./dialog.tsx";
import {
  followMachines,
  forgetMachine,
  machines,
  type MachineState,
  pairMachine,
  type ShownMachine,
} from "./machine_list.ts";

/** Whether they are shown. */
export const machinesShown = signal(false);

export function MachinesDialog() {
  return machinesShown.value ? <Machines /> : null;
}

function Machines() {
  useEffect(followMachines, []);
  const close = () => void (machinesShown.value = false);
  return (
    <Dialog title="Machines" onClose={close}>
      <div class="machines">
        <Known />
        <Pair />
      </div>
      <div class="dialog-actions">
        <button type="button" onClick={close}>Close</button>
      </div>
    </Dialog>
  );
}

const DIRECTIVE = "// @remote NAME";

function Known() {
  const known = machines.value;
  if (known === null) return <p class="soft" aria-busy="true">Asking …</p>;
  if (typeof known === "string") return <p class="machine-away">{known}</p>;
  if (known.length === 0) {
    return (
      <p class="soft">
        A cell that begins with <code>{DIRECTIVE}</code>{" "}
        runs on the machine of that name. None is paired yet.
      </p>
    );
  }
  return <ul>{known.map((machine) => <MachineRow key={machine.name} machine={machine} />)}</ul>;
}

function MachineRow({ machine: { name, url, state } }: { machine: ShownMachine }) {
  const problem = useSignal("");
  const forget = async () => {
    try {
      await forgetMachine(name);
      location.reload();
    } catch (error) {
      problem.value = messageOf(error);
    }
  };
  return (
    <li>
      <span class={`machine-light machine-${state.kind}`} aria-hidden="true" />
      <div>
        <strong>{name}</strong> <span class="soft">{url}</span>
        <StateLine state={state} />
        {problem.value && <p class="machine-away">{problem.value}</p>}
      </div>
      <button type="button" class="quiet" title={`Forget “${name}”`} onClick={forget}>
        Forget
      </button>
    </li>
  );
}

function StateLine({ state }: { state: MachineState }) {
  if (state.kind === "asking") return <p class="soft">asking …</p>;
  if (state.kind === "away") return <p class="machine-away">{state.reason}</p>;
  const { device, cores, load, memory, running, queued, draining } = state.status;
  const facts = [
    device.adapter?.description ?? "no GPU",
    `${cores} cores, load ${(load[0] ?? 0).toFixed(1)}`,
    `${gigabytes(memory.availableBytes)} of ${gigabytes(memory.totalBytes)} GB free`,
    `${running} running, ${queued} waiting`,
    ...state.latencyMs > 0 ? [`${state.latencyMs.toFixed(1)} ms away`] : [],
    ...draining ? ["shutting down"] : [],
  ];
  return <p class="soft">{facts.join(" · ")}</p>;
}

/** The command for the other machine, and a form for what it tells. */
function Pair() {
  const fields = {
    name: useSignal(""),
    url: useSignal("ws://127.0.0.1:8790"),
    token: useSignal(""),
  };
  const problem = useSignal("");
  const copied = useSignal(false);
  const command = `bottega worker --allow-cells --origin ${location.origin}`;
  const copy = async () => {
    await navigator.clipboard.writeText(command);
    copied.value = true;
  };
  const pair = async (event: Event) => {
    event.preventDefault();
    const { name, url, token } = fields;
    try {
      await pairMachine({
        name: name.value.trim(),
        url: url.value.trim(),
        token: token.value.trim(),
      });
      // The page's policy names the machines that it may talk to: it takes a load to change it.
      location.reload();
    } catch (error) {
      problem.value = messageOf(error);
    }
  };
  const field = (name: keyof typeof fields, label: string, attributes: object) => (
    <label>
      {label}
      <input
        {...attributes}
        value={fields[name].value}
        required
        autocomplete="off"
        onInput={(event) => void (fields[name].value = event.currentTarget.value)}
      />
    </label>
  );
  return (
    <form class="pair" onSubmit={pair}>
      <h3>Pair a machine</h3>
      <p class="soft">Start a worker there; it tells its address and where its token is.</p>
      <div class="command">
        <code>{command}</code>
        <button type="button" onClick={copy}>{copied.value ? "Copied" : "Copy"}</button>
      </div>
      <p class="soft">
        Without <code>--allow-cells</code>{" "}
        it does registered work only. A machine elsewhere is reached by{" "}
        <code>ssh -L 8790:127.0.0.1:8790 USER@MACHINE</code>, or with a certificate of its own.
      </p>
      {field("name", "Name", { placeholder: "gpu1", maxLength: 40 })}
      {field("url", "Address", { placeholder: "wss://gpu.example.org:8790" })}
      {field("token", "Token", { type: "password" })}
      {problem.value && <p class="machine-away" role="alert">{problem.value}</p>}
      <div class="dialog-actions">
        <button type="submit" class="primary">Pair</button>
      </div>
    </form>
  );
}

function gigabytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(0);
}
