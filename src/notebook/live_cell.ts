/**
 * A cell at work: its text, its variables in the runtime, its run, and what becomes of it. The
 * runtime knows the order in which cells are computed; everything that a user sees is kept here.
 *
 * A cell is one variable for its body and one for each name that it defines. The body also takes
 * `invalidation`, so that each run learns when it is overtaken and those who wait for it are let go.
 * A lazy cell takes its inputs through a variable of its own and hands its body what they were when
 * it was asked to run; so a change upstream marks it and does not touch it.
 *
 * @module
 */

import { createRunNames, createScope } from "./builtins.ts";
import type { CellError, CellState, CellStatus } from "./cell.ts";
import type { CellHost } from "./cell_host.ts";
import { CellText } from "./cell_text.ts";
import { BODY, CellVariables } from "./cell_variables.ts";
import { explainFailure, judge, type Part } from "./cell_verdict.ts";
import { type CompiledCell, RUN_NAMES } from "./compile.ts";
import { LazyInputs } from "./lazy_inputs.ts";
import { NotebookError } from "./notebook_error.ts";
import type { NotebookCell } from "./notebook.ts";
import { OutputArea } from "./output_area.ts";
import { remoteCode } from "./remote_cell.ts";
import { Run, stopped, superseded } from "./run.ts";
import type { Variable } from "./runtime.d.ts";

export class LiveCell {
  readonly id: number;
  readonly area: OutputArea;
  readonly #host: CellHost;
  readonly #variables: CellVariables;
  #text: CellText;
  /** Why it cannot be computed, for what other cells define. */
  #problem: CellError | undefined;
  #active = false;

  #run: Run | undefined;
  #entered = false;
  #displayed = false;
  /** Stopped; the runtime may learn of it only when the inputs of the cell are there. */
  #stopped = false;
  /** Whether the runtime has begun to compute the body since it was defined. */
  #begun = false;

  /** The names of its inputs since it was defined. */
  #taken: readonly string[] = [];
  #inputs: LazyInputs | undefined;
  #asked = false;
  #ran: { readonly source: string; readonly args: readonly unknown[] } | undefined;

  #status: CellStatus = "idle";
  #error: CellError | undefined;
  #durationMs: number | undefined;

  constructor(host: CellHost, cell: NotebookCell) {
    this.#host = host;
    this.id = cell.id;
    this.area = new OutputArea(host.document);
    this.#variables = new CellVariables(host.module, (...told) => this.#told(...told));
    this.#text = new CellText(cell, host.imports);
  }

  /** The cell as it goes into the file. */
  get cell(): NotebookCell {
    return this.#text.cell;
  }

  get lazy(): boolean {
    return this.#text.lazy;
  }

  get active(): boolean {
    return this.#active;
  }

  get busy(): boolean {
    return this.#status === "queued" || this.#status === "running";
  }

  get running(): boolean {
    return this.#status === "running";
  }

  /** Whether anything about it is still to come. */
  get unsettled(): boolean {
    return this.busy || (this.#inputs !== undefined && !this.#inputs.latest);
  }

  /** Whether it has done its part, but a name of it has no value before somebody gives one. */
  get awaiting(): boolean {
    return this.#status === "ok" && this.#variables.names.some(([, part]) => part === "pending");
  }

  /** Whether it is lazy and has not run, so that its names have no value yet. */
  get waiting(): boolean {
    return this.lazy && !this.#variables.defined;
  }

  get defines(): readonly string[] {
    return this.#text.defines;
  }

  /** Every name that it takes from outside, builtins and globals included. */
  get reads(): readonly string[] {
    return this.#text.reads;
  }

  /** Names that its broken text may be meant to define. */
  get suspects(): readonly string[] {
    return this.#text.suspects;
  }

  /** Its state, with the names that it reads from other cells as the session knows them. */
  state(reads: readonly string[]): CellState {
    const { machine } = this.#text;
    const { id, mode, value, pinned, hidden } = this.#text.cell;
    return {
      id,
      mode,
      source: value,
      pinned,
      hidden,
      lazy: this.lazy,
      ...machine !== undefined && { machine },
      status: this.#status,
      ...this.#error && { error: this.#error },
      ...this.#durationMs !== undefined && { durationMs: this.#durationMs },
      defines: this.defines,
      reads,
      output: this.area.element,
    };
  }

  /** Changes what has no part in computing: whether source is shown. */
  setPinned(pinned: boolean): void {
    this.#text.cell = { ...this.#text.cell, pinned };
  }

  /** Takes new text, mode or display; {@linkcode start} makes it live again. */
  replace(cell: NotebookCell): void {
    const wasLazy = this.lazy;
    this.#text = new CellText(cell, this.#host.imports);
    this.#unlisten();
    if (!(wasLazy && this.lazy)) this.#undefine();
    else if (this.#text.compiled) this.#variables.keep(this.defines);
  }

  /** Takes a fault that lies in what several cells define, or its end; true if that is news. */
  setProblem(problem: CellError | undefined): boolean {
    if (problem?.message === this.#problem?.message) return false;
    this.#problem = problem;
    if (problem && !this.lazy) this.#undefine();
    return true;
  }

  /** Whether what it takes from other cells is not what it took when it began. */
  get rewired(): boolean {
    return this.#active && this.#variables.defined && !this.lazy &&
      String(this.#inputNames()) !== String(this.#taken);
  }

  /** Makes the cell live; runs it unless it is lazy. */
  start(): void {
    this.#active = true;
    if (this.#text.compiled && !this.#problem) {
      if (this.lazy) this.#listen();
      else this.#define();
    }
    this.#assess();
  }

  /** Runs a lazy cell, on its inputs as they are or as soon as they are there. */
  ask(): void {
    this.start();
    this.#asked = this.#inputs !== undefined && !this.#problem;
    this.#stopped = false;
    this.#tryAsked();
  }

  /** Cancels the run with all its generators, or the wait for one. */
  stop(): void {
    if (this.#asked) {
      this.#asked = false;
      this.#stopped = !this.#variables.defined;
    } else if (this.busy || this.#run?.observing) {
      this.#stopped = true;
      this.#run?.cancel(stopped());
      // A generator that is not being pulled has nothing to reject: its name is computed anew.
      for (const [name, variable] of this.#variables.exported) this.#export(name, variable);
      this.#host.touch();
    }
    this.#assess();
  }

  /** Called when the runtime has taken up all changes. */
  caughtUp(): void {
    if (this.#asked) this.#tryAsked();
  }

  dispose(): void {
    this.#unlisten();
    this.#undefine();
  }

  #inputNames(): readonly string[] {
    return this.#text.inputs((name) => this.#host.isDefined(name));
  }

  // --- in the runtime

  #define(args?: readonly unknown[]): void {
    const { compiled } = this.#text;
    if (!compiled) return;
    this.#undefine();
    const names = compiled.defines.filter((name) => !this.#host.given.has(name));
    const exported = compiled.single ? [] : names;
    const name = exported.length > 0 ? `cell ${this.id}` : names[0] ?? null;
    this.#taken = this.#inputNames();
    const inputs = [...args ? [] : this.#taken, "invalidation"];
    const start = (...values: unknown[]) => {
      const invalidation = values.pop() as Promise<void>;
      return this.#start(compiled, args ?? values, exported, invalidation);
    };
    this.#variables.add(BODY).define(name, inputs, start);
    for (const key of exported) this.#export(key, this.#variables.add(key));
  }

  #export(key: string, variable: Variable): void {
    variable.define(key, [`cell ${this.id}`], (exports: Record<string, unknown>) => {
      if (this.#stopped) throw stopped();
      return exports[key];
    });
  }

  // The old run is cancelled by its invalidation, when the runtime has moved those who wait for it
  // on to the new one; were it cancelled here they would take that for the answer.
  #undefine(): void {
    this.#variables.clear();
    this.#run = undefined;
    this.#ran = undefined;
    this.#entered =
      this.#displayed =
      this.#stopped =
      this.#begun =
        false;
  }

  #told(key: string | symbol, part: Part, value: unknown): void {
    if (key === BODY && part === "pending") {
      if (this.#begun) this.#stopped = false;
      this.#begun = true;
      this.#entered = false;
    }
    if (key === BODY && part === "done") this.#showValue(value);
    this.#assess();
  }

  #start(
    compiled: CompiledCell,
    args: readonly unknown[],
    exported: readonly string[],
    invalidation: Promise<void>,
  ): unknown {
    if (this.#stopped) throw stopped();
    const run = new Run();
    run.onGenerated = () => this.#run === run && this.#assess();
    this.#host.runs.add(run);
    run.own(() => this.#host.runs.delete(run));
    invalidation.then(() => run.cancel(superseded()));
    this.#run = run;
    this.#entered = true;
    this.#displayed = false;
    if (this.lazy) this.#ran = { source: this.cell.value, args };
    this.#assess();

    const result = run.guard(this.#call(compiled, run, args));
    if (exported.length === 0) return result;
    const guard = (exports: unknown) => run.guardNames(exports as object, exported);
    return result instanceof Promise ? result.then(guard) : guard(result);
  }

  /** Calls its function, here or on the machine that its text names. */
  #call(compiled: CompiledCell, run: Run, args: readonly unknown[]): unknown {
    const { document, importer: load, runOnMachine } = this.#host;
    const display = (value: unknown) => this.#display(run, value);
    const { machine } = this.#text;
    if (machine !== undefined) {
      const values = Object.fromEntries(this.#taken.map((name, i) => [name, args[i]]));
      return runOnMachine(machine, remoteCode(compiled, values), {
        signal: run.signal,
        onEvent: (event) => "display" in event && !run.signal.aborted && display(event.display),
      });
    }
    const own = createRunNames(run, { area: this.area, display, load });
    const rest = args[Symbol.iterator]();
    const inputs = compiled.inputs.map((name) =>
      RUN_NAMES.includes(name) ? own[name] : rest.next().value
    );
    return compiled.instantiate(createScope(run, document))(...inputs);
  }

  #display(run: Run, value: unknown): unknown {
    if (this.#run !== run || run.signal.aborted) {
      throw new NotebookError("cancelled", "This run of the cell is over; it cannot display.");
    }
    if (!this.#displayed) this.area.clear();
    this.#displayed = true;
    this.area.show(value);
    return value;
  }

  #showValue(value: unknown): void {
    if (this.#text.compiled?.autodisplay) {
      this.area.clear();
      this.area.show(value);
    } else if (!this.#displayed) this.area.clear();
  }

  #tryAsked(): void {
    const inputs = this.#asked && this.#host.caughtUp() ? this.#inputs?.latest : undefined;
    if (inputs) {
      this.#asked = false;
      if ("args" in inputs) this.#define(inputs.args);
      else {
        this.#undefine();
        this.#variables.fail(inputs);
      }
    }
    this.#assess();
  }

  #listen(): void {
    this.#inputs ??= new LazyInputs(this.#host.module, this.#inputNames(), () => {
      this.#tryAsked();
      this.#host.progressed();
    });
  }

  #unlisten(): void {
    this.#inputs?.dispose();
    this.#inputs = undefined;
    this.#asked = false;
  }

  // --- what becomes of it

  #assess(): void {
    const was = this.#status;
    const [status, error] = this.#judge();
    if (was === "running" && status !== "running" && status !== "queued" && this.#run) {
      this.#durationMs = performance.now() - this.#run.startedMs;
    }
    if (status === "running" && was !== "running") this.#durationMs = undefined;
    const shown = this.#displayed || (this.lazy && this.#variables.defined);
    if (status === "blocked" || (status === "error" && !shown)) this.area.clear();
    if (status === was && error?.message === this.#error?.message) return;
    this.#status = status;
    this.#error = error;
    this.#host.changed(this.id);
  }

  #judge(): [CellStatus, CellError?] {
    const fault = this.#active ? this.#text.fault ?? this.#problem : undefined;
    if (fault) return ["error", fault];
    const names = this.#variables.names.filter(([name, part]) =>
      !(part === "pending" && this.#run?.observed.has(name))
    );
    const verdict = judge({
      active: this.#active,
      stopped: this.#stopped,
      asked: this.#asked,
      entered: this.#entered,
      body: this.#variables.body,
      names: names.map(([, part]) => part),
      generating: this.#run?.generating === true,
      fresh: !this.lazy || (this.#ran?.source === this.cell.value &&
        this.#inputs?.equal(this.#ran.args) === true),
    });
    if (typeof verdict === "string" && verdict !== "cancelled") return [verdict];
    return explainFailure(typeof verdict === "string" ? stopped() : verdict.error, {
      entered: this.#entered,
      compiled: this.#text.compiled,
      explain: this.#host.explain,
    });
  }
}
