/**
 * What calls of generated functions give, found by running them in quickjs. The code is our own and
 * has no side effects; what keeps this contained all the same is that it has no host functions, little
 * memory, and a budget of steps, which is counted and not timed, so that it is the same everywhere.
 *
 * @module
 */
import { newQuickJSWASMModuleFromVariant } from "quickjs-emscripten-core";

/** What a call gave, as a literal, or what it threw. */
export type CallResult = { readonly value: string } | { readonly thrown: string };

/** Runs calls of functions. */
export interface CallRunner extends Disposable {
  /**
   * What each call gives; null if one of them does not end. `functions` is source code that declares
   * them.
   *
   * @throws {SyntaxError} for functions that cannot be parsed.
   */
  run(functions: string, calls: readonly string[]): CallResult[] | null;
}

/** Opens a runner, in a few milliseconds; less than one for each run. */
export async function openCallRunner(): Promise<CallRunner> {
  const { default: variant } = await import("@jitl/quickjs-singlefile-mjs-release-sync");
  const module = await newQuickJSWASMModuleFromVariant(variant);
  const runtime = module.newRuntime();
  runtime.setMemoryLimit(16 << 20);
  runtime.setMaxStackSize(64 << 10);
  let left = 0;
  runtime.setInterruptHandler(() => --left < 0);
  const context = runtime.newContext();
  return {
    run(functions, calls) {
      const attempts = calls.map((call) =>
        `() => { try { return "=" + show(${call}); } catch (e) { return "!" + e; } }`
      );
      left = MOST_INTERRUPTS;
      const result = context.evalCode(
        // As in a module.
        `(() => {\n"use strict";\n${functions}\n${SHOW}\n` +
          `return JSON.stringify([${attempts.join(",\n")}].map((call) => call()));\n})()`,
      );
      if (result.error) {
        using error = result.error;
        if (left < 0) return null;
        throw new SyntaxError(messageOf(context.dump(error)));
      }
      using value = result.value;
      const texts: string[] = JSON.parse(context.getString(value));
      return texts.map((text) =>
        text.startsWith("=") ? { value: text.slice(1) } : { thrown: text.slice(1) }
      );
    },
    [Symbol.dispose]() {
      context.dispose();
      runtime.dispose();
    },
  };
}

/** Whether both gave the same. */
export function sameResult(a: CallResult, b: CallResult): boolean {
  return "value" in a && "value" in b && a.value === b.value;
}

/** QuickJS asks once in ten thousand rounds of loops and calls; a run of sixteen calls takes hundreds. */
const MOST_INTERRUPTS = 2;

/** A value as a literal, or as close to one as it comes; keys sorted, as no test looks at their order. */
const SHOW = `const show = (v) => {
  if (Object.is(v, -0)) return "-0";
  if (typeof v === "string") return JSON.stringify(v);
  if (Array.isArray(v)) return "[" + Array.from(v, show).join(", ") + "]";
  if (typeof v !== "object" || v === null) return String(v);
  const entries = Object.entries(v).sort(([a], [b]) => a < b ? -1 : 1).map(([k, x]) => (/^[a-z]+$/i.test(k) ? k : JSON.stringify(k)) + ": " + show(x));
  return entries.length === 0 ? "{}" : "{ " + entries.join(", ") + " }";
};`;

function messageOf(dumped: unknown): string {
  const isError = typeof dumped === "object" && dumped !== null && "message" in dumped;
  return String(isError ? dumped.message : dumped);
}
