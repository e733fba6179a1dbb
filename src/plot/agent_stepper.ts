/**
 * An agent at work, step by step: what it thought, did and observed, a button for the next step, and
 * each action to be edited and gone on from.
 *
 * @module
 */
import { parseDecision, writeCall } from "../agent/mod.ts";
import type { Step, ToolCall, Trajectory } from "../trajectory/mod.ts";
import { AGENT_STYLE } from "./agent_style.ts";
import { documentOf, type ElementBuilder, elementBuilder, styleElement } from "./element.ts";
import type { ViewOptions } from "./element.ts";
import { asInput, dispatchInput, type InputElement } from "./input_element.ts";
import { BASE_STYLE } from "./style.ts";

/** What is stepped through; `startAgent` gives it. */
export interface SteppedRun {
  /** Undefined while it goes on. */
  readonly exit: { readonly status: string; readonly message?: string } | undefined;
  step(): Promise<Step | null>;
  trajectory(): Trajectory;
}

/**
 * Begins a run at the base; its first steps are those of `before`, executed anew.
 */
export type StartRun = (
  before: readonly Step[],
  signal: AbortSignal,
) => SteppedRun | Promise<SteppedRun>;

/** The stepper; its value is the trajectory so far. */
export type AgentStepper = InputElement<Trajectory | null> & {
  /** Takes so many steps, or fewer if the run ends before. */
  advance(steps: number): Promise<void>;
};

/**
 * A run of an agent that a reader steps through.
 *
 * **Edit** puts an action into a text field; **Go on from here** brings the repository back to its base,
 * executes the steps before and the edited one, and leaves the next step to the policy.
 *
 * @example
 * ```ts ignore
 * const stepper = agentStepper(async (before, signal) => {
 *   await environment.reset();
 *   return startAgent({ task, environment, policy, before, signal });
 * });
 * const trajectory = view(stepper);
 * ```
 */
export function agentStepper(start: StartRun, options: ViewOptions = {}): AgentStepper {
  const document = documentOf(options);
  const element = elementBuilder(document);
  const turns = element("ol", { class: "turns" });
  const status = element("span", { role: "status", class: "muted" }, "not started");
  const button = (label: string, act: () => Promise<void>) => {
    const made = element("button", { type: "button" }, label);
    made.addEventListener("click", () => guarded(act));
    return made;
  };
  const next = button("Next step", () => advance(1));
  const all = button("Run to the end", () => advance(Infinity));
  const stop = button("Stop", () => Promise.resolve(controller?.abort(STOPPED)));
  const again = button("Start again", () => restart([], 0));
  const root = element(
    "section",
    { class: "bottega-view bottega-agent", "aria-label": "Agent" },
    styleElement(document, BASE_STYLE, AGENT_STYLE),
    element("div", { class: "controls" }, next, all, stop, again, status),
    turns,
  );

  let run: SteppedRun | null = null;
  let controller: AbortController | null = null;
  let shown: Step[] = [];
  let busy = false;

  const setBusy = (now: boolean) => {
    busy = now;
    const ended = run?.exit !== undefined;
    next.disabled = all.disabled = busy || ended;
    stop.disabled = !busy;
    again.disabled = busy;
    for (const edit of turns.querySelectorAll("button")) edit.disabled = busy;
  };
  const tell = (text: string, isError = false) => {
    status.textContent = text;
    status.classList.toggle("error", isError);
  };
  /** One piece of work at a time; what fails is told. */
  const guarded = async (act: () => Promise<void>) => {
    try {
      await act();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      tell(text, error !== STOPPED);
    }
  };
  const show = (step: Step) => {
    shown.push(step);
    turns.append(turn(element, step, shown.length, (text) => goOnFrom(shown.indexOf(step), text)));
    turns.scrollTop = turns.scrollHeight;
  };
  async function advance(steps: number): Promise<void> {
    if (busy) return;
    setBusy(true);
    try {
      controller ??= new AbortController();
      run ??= await start([], controller.signal);
      for (let taken = 0; taken < steps && run.exit === undefined; taken++) {
        tell(`step ${shown.length + 1} …`);
        const step = await run.step();
        if (step === null) break;
        show(step);
        dispatchInput(root);
      }
      const { exit } = run;
      const count = `${shown.length} ${shown.length === 1 ? "step" : "steps"}`;
      const why = exit?.message === undefined ? "" : ` (${exit.message})`;
      tell(exit === undefined ? `after ${count}` : `${exit.status}${why}, after ${count}`);
      if (exit !== undefined) dispatchInput(root);
    } finally {
      // A run that was stopped midway is in no state to go on; another begins with what it has done.
      if (controller?.signal.aborted) {
        const { signal } = controller = new AbortController();
        run = await start(shown.slice(), signal);
        for (const _step of shown) await run.step();
      }
      setBusy(false);
    }
  }
  async function restart(before: readonly Step[], steps: number): Promise<void> {
    if (busy) return;
    controller = new AbortController();
    run = await start(before, controller.signal);
    shown = [];
    turns.replaceChildren();
    tell("not started");
    await advance(before.length + steps);
    setBusy(false);
  }
  async function goOnFrom(index: number, text: string): Promise<void> {
    const old = shown[index];
    if (old === undefined) return;
    await guarded(() => restart([...shown.slice(0, index), editedStep(old, text)], 0));
  }

  const input: InputElement<Trajectory | null> = asInput(root, {
    get: () => run?.trajectory() ?? null,
    set() {
      throw new TypeError("the value of an agent's run is what it does; it cannot be set");
    },
  });
  setBusy(false);
  return Object.assign(input, { advance });
}

/** The reader's own reason to stop, which is no failure. */
const STOPPED = new Error("stopped");

/** One turn, with its action to be edited. */
function turn(
  element: ElementBuilder,
  { thought, calls, observations }: Step,
  number: number,
  goOn: (text: string) => Promise<void>,
): HTMLElement {
  const action = calls.map(({ text }) => text).join("");
  const shown = element("pre", { class: "action" }, action);
  const edit = element("button", { type: "button", "aria-label": `Edit step ${number}` }, "Edit");
  const item = element(
    "li",
    { class: "turn" },
    element("header", {}, element("span", { class: "muted" }, `Step ${number}`), edit),
    thought.trim() === "" ? null : element("p", { class: "thought" }, thought.trim()),
    shown,
    ...observations.map(({ text }) => element("pre", { class: "observation" }, text)),
  );
  edit.addEventListener("click", () => {
    const rows = Math.min(action.split("\n").length + 1, 16);
    const label = `Action of step ${number}`;
    const area = element("textarea", { rows, "aria-label": label, spellcheck: "false" });
    area.value = action;
    const go = element("button", { type: "button" }, "Go on from here");
    const leave = element("button", { type: "button" }, "Leave it");
    const form = element("div", { class: "edit" }, area, go, leave);
    go.addEventListener("click", () => goOn(area.value));
    leave.addEventListener("click", () => {
      form.replaceWith(shown);
      edit.disabled = false;
    });
    edit.disabled = true;
    shown.replaceWith(form);
    area.focus();
  });
  return item;
}

/** The step with another action. */
function editedStep({ thought, calls: [old] }: Step, text: string): Step {
  if (old?.text.startsWith('{"name": ')) {
    return { thought, calls: nativeCalls(text, old), observations: [] };
  }
  const { calls, thought: before } = parseDecision(text);
  return { thought: thought + before, calls, observations: [] };
}

/** A native call from its JSON; where it is broken none, which the scaffold tells the model. */
function nativeCalls(text: string, old: ToolCall): ToolCall[] {
  try {
    const { name, arguments: args } = JSON.parse(text);
    return [writeCall("chat", String(name), args ?? {}, old.id)];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [];
  }
}
