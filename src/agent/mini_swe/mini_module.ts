/**
 * Modules of MiniSWE and their tests, as source files.
 *
 * @module
 */
import type { FunctionPlan } from "./function_plan.ts";

/** A test: a call and what it must give. */
export interface TestCase {
  /** Unique in its file. */
  readonly name: string;
  readonly call: string;
  /** A literal. */
  readonly expected: string;
}

/** A module: its functions in order, and their tests. */
export interface MiniModule {
  /** The name of its files, without folder and extension. */
  readonly name: string;
  readonly functions: readonly FunctionPlan[];
  readonly cases: readonly (TestCase & { readonly tests: string })[];
}

/** The path of a module. */
export function sourcePath(name: string): string {
  return `src/${name}.js`;
}

/** The path of a module's tests. */
export function testPath(name: string): string {
  return `test/${name}.test.js`;
}

/** The name of a test as reports have it. */
export function testName(module: string, { name }: TestCase): string {
  return `${testPath(module)} > ${name}`;
}

/** The source of a module. `texts` holds functions that are other than planned, by name. */
export function renderModule(
  { name, functions }: MiniModule,
  all: readonly MiniModule[],
  texts: ReadonlyMap<string, string> = new Map(),
): string {
  const imported = new Map<string, Set<string>>();
  for (const { calls } of functions) {
    const home = all.find((module) => module.functions.some((plan) => plan.name === calls));
    if (calls === null || home === undefined || home.name === name) continue;
    imported.set(home.name, (imported.get(home.name) ?? new Set()).add(calls));
  }
  const imports = [...imported].toSorted(([a], [b]) => a < b ? -1 : 1).map(([from, names]) =>
    `import { ${[...names].toSorted().join(", ")} } from "./${from}.js";\n`
  );
  const body = functions.map((plan) => `${texts.get(plan.name) ?? plan.text}\n`).join("\n");
  return imports.length > 0 ? `${imports.join("")}\n${body}` : body;
}

/** The source of a module's tests. */
export function renderTests({ name, functions, cases }: MiniModule): string {
  const tested = functions.map((plan) => plan.name)
    .filter((plan) => cases.some(({ tests }) => tests === plan));
  const head = [
    'import assert from "node:assert/strict";',
    'import test from "node:test";',
    `import { ${tested.join(", ")} } from "../src/${name}.js";`,
  ];
  const body = cases.map(({ name, call, expected }) =>
    `\ntest(${JSON.stringify(name)}, () => {\n  ${assertion(call, expected)}\n});\n`
  );
  return `${head.join("\n")}\n${body.join("")}`;
}

/** Declarations of all functions in one scope, for running them without modules. */
export function declarations(
  modules: readonly MiniModule[],
  texts: ReadonlyMap<string, string> = new Map(),
): string {
  return modules.flatMap(({ functions }) => functions)
    .map((plan) => (texts.get(plan.name) ?? plan.text).replace("\nexport function", "\nfunction"))
    .join("\n");
}

function assertion(call: string, expected: string): string {
  const isPlain = !/^[[{]/.test(expected);
  return `assert.${isPlain ? "equal" : "deepEqual"}(${call}, ${expected});`;
}
