/**
 * The variables of a cell in the runtime: one for its body and one for each name that it defines, and
 * how far each of them is.
 *
 * @module
 */
import type { Part } from "./cell_verdict.ts";
import type { Module, Observer, Variable } from "./runtime.d.ts";

/** The variable of a cell's body, beside those of its names. */
export const BODY = Symbol("body");

/** The variables of one cell. */
export class CellVariables {
  readonly #module: Module;
  readonly #told: (key: string | symbol, part: Part, value?: unknown) => void;
  readonly #variables = new Map<string | symbol, Variable>();
  readonly #parts = new Map<string | symbol, Part>();
  #generation = 0;

  /** @param told hears of each change, and of the value that a variable has got */
  constructor(
    module: Module,
    told: (key: string | symbol, part: Part, value?: unknown) => void,
  ) {
    this.#module = module;
    this.#told = told;
  }

  /** Whether the cell is in the runtime. */
  get defined(): boolean {
    return this.#variables.size > 0;
  }

  /** How far its body is. */
  get body(): Part | undefined {
    return this.#parts.get(BODY);
  }

  /** How far each of its names is. */
  get names(): readonly (readonly [name: string, part: Part])[] {
    return [...this.#parts].filter((entry): entry is [string, Part] =>
      typeof entry[0] === "string"
    );
  }

  /** The variables of its names. */
  get exported(): readonly (readonly [name: string, variable: Variable])[] {
    return [...this.#variables]
      .filter((entry): entry is [string, Variable] => typeof entry[0] === "string");
  }

  /** A variable that is yet to be defined. */
  add(key: string | symbol): Variable {
    const variable = this.#module.variable(this.#observe(key));
    this.#variables.set(key, variable);
    this.#parts.set(key, "pending");
    return variable;
  }

  /** Takes a body that failed before it was in the runtime. */
  fail(part: Part): void {
    this.#parts.set(BODY, part);
  }

  /** Deletes the names that are not among these. */
  keep(names: readonly string[]): void {
    for (const [name, variable] of this.exported) {
      if (names.includes(name)) continue;
      variable.delete();
      this.#variables.delete(name);
      this.#parts.delete(name);
    }
  }

  /** Takes the cell out of the runtime. */
  clear(): void {
    ++this.#generation;
    for (const variable of this.#variables.values()) variable.delete();
    this.#variables.clear();
    this.#parts.clear();
  }

  // A deleted variable still tells its observer “undefined”: by then the generation is another.
  #observe(key: string | symbol): Observer {
    const generation = this.#generation;
    const set = (part: Part, value?: unknown) => {
      if (generation !== this.#generation) return;
      this.#parts.set(key, part);
      this.#told(key, part, value);
    };
    return {
      pending: () => set("pending"),
      fulfilled: (value) => set("done", value),
      rejected: (error) => set({ error }),
    };
  }
}
