/**
 * QuickJS in WebAssembly: a JavaScript engine inside the engine, without any access to the one outside
 * except for the functions that it is given.
 *
 * @module
 */
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSWASMModule,
  Scope,
} from "quickjs-emscripten-core";
import { moduleSource, PRELUDE, resolveModule, type SourceFiles } from "./guest_modules.ts";

/** What a guest may use, and what it is given. */
export interface GuestOptions {
  /** The repository, by path. */
  readonly files: SourceFiles;
  /** The file that is run. */
  readonly path: string;
  /** `performance.now()` at which it is stopped. */
  readonly deadline: number;
  /** Loop steps and calls after which it is stopped: the same ones on every machine. */
  readonly maxSteps: number;
  readonly memoryBytes: number;
  /** What random numbers start from. */
  readonly seed: number;
  /** Takes what the guest prints; false once it takes no more. */
  readonly write: (text: string) => boolean;
  /** Told when a test begins and when it has ended, until the guest is stopped. */
  readonly report: (event: TestEvent, name: string, message: string) => void;
}

/** What happens to a test. */
export type TestEvent = "start" | "pass" | "fail" | "skip";

/** How a guest ended, if not by itself: what the file threw, or why it was stopped. */
export interface GuestEnd {
  readonly error?: string;
  readonly stopped?: "steps" | "time";
}

/** The stack that QuickJS may use. Its own check is what turns deep recursion into an error. */
const STACK_BYTES = 256 << 10;

/** How many loop steps and calls QuickJS makes between two questions whether it may go on. */
const STEPS_BETWEEN = 10_000;

/** What a promise reaction and a timer count for at least, so that endless ones are stopped alike. */
const STEPS_OF_A_JOB = 10;
const STEPS_OF_A_TIMER = 1000;

/** How many promise reactions run before the clock is looked at. */
const JOBS_AT_ONCE = 1000;

const TEST_EVENTS: readonly TestEvent[] = ["start", "pass", "fail", "skip"];

let engine: Promise<QuickJSWASMModule> | undefined;

/**
 * Runs one file as an ES module in a fresh context, and its event loop until nothing is left. About
 * 4 ms, most of it for the context and the test runner in it.
 *
 * The thread is blocked meanwhile. Code is stopped where the engine asks whether it may go on: at calls,
 * loops and steps of regular expressions, not within one long built-in call; where that matters, run it
 * in a worker.
 */
export async function runGuest(options: GuestOptions): Promise<GuestEnd> {
  const quickjs = await (engine ??= loadEngine());
  const scope = new Scope();
  const watch = new Watch(options);
  try {
    const error = runInContext(quickjs, scope, options, watch);
    // What was stopped midway still holds objects: that instance goes as a whole.
    if (watch.stopped !== undefined || !disposes(scope)) engine = undefined;
    if (watch.stopped !== undefined) return { stopped: watch.stopped };
    return error === null ? {} : { error };
  } catch (error) {
    // WebAssembly gave up (its stack, its memory, an assertion): this instance may be damaged.
    engine = undefined;
    if (!watch.mayGoOn() && watch.stopped !== undefined) return { stopped: watch.stopped };
    return { error: `the JavaScript engine gave up: ${messageOf(error)}` };
  }
}

async function loadEngine(): Promise<QuickJSWASMModule> {
  const { default: variant } = await import("@jitl/quickjs-singlefile-mjs-release-sync");
  // What it would print when it aborts is in the error that it throws as well.
  const quiet: object = { printErr: () => {} };
  return newQuickJSWASMModuleFromVariant(newVariant(variant, { emscriptenModule: quiet }));
}

/**
 * Frees a guest; false where QuickJS finds objects that nobody freed, as after a run that was short of
 * memory, and aborts.
 */
function disposes(scope: Scope): boolean {
  try {
    scope.dispose();
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

/** Whether a guest may go on; once it may not, it never may again. */
class Watch {
  stopped: GuestEnd["stopped"];
  steps = 0;

  constructor(readonly limits: Pick<GuestOptions, "deadline" | "maxSteps">) {}

  mayGoOn(): boolean {
    if (this.steps > this.limits.maxSteps) this.stopped ??= "steps";
    else if (performance.now() > this.limits.deadline) this.stopped ??= "time";
    return this.stopped === undefined;
  }
}

/** Runs the file; what it threw as a whole, or null. */
function runInContext(
  quickjs: QuickJSWASMModule,
  scope: Scope,
  options: GuestOptions,
  watch: Watch,
): string | null {
  const { files, path } = options;
  const runtime = scope.manage(quickjs.newRuntime());
  runtime.setMemoryLimit(options.memoryBytes);
  runtime.setMaxStackSize(STACK_BYTES);
  runtime.setInterruptHandler(() => {
    watch.steps += STEPS_BETWEEN;
    return !watch.mayGoOn();
  });
  const loader = moduleLoader(files);
  runtime.setModuleLoader(loader.load, loader.resolve);
  const context = scope.manage(runtime.newContext());
  const prelude = startPrelude(context, scope, {
    ...options,
    // What is told after the stop depends on where it came.
    report(event, name, message) {
      if (watch.stopped === undefined) options.report(event, name, message);
    },
  });

  /** The message of what was thrown; guest code describes it, unless that fails too. */
  const describe = (error: QuickJSHandle): string => {
    const told = context.callFunction(prelude.describeError, context.undefined, error);
    if (told.error) return messageOf(context.dump(told.error.consume(() => error)));
    return told.value.consume((text) => context.getString(text));
  };
  /** Runs reactions and timers until nothing is left, or what one of them threw. */
  const settle = (): string | null => {
    while (watch.mayGoOn()) {
      if (runtime.hasPendingJob()) {
        const result = runtime.executePendingJobs(JOBS_AT_ONCE);
        if (result.error) return describe(result.error);
        watch.steps += result.value * STEPS_OF_A_JOB;
        continue;
      }
      watch.steps += STEPS_OF_A_TIMER;
      const result = context.callFunction(prelude.advance, context.undefined);
      if (result.error) return result.error.consume(describe);
      if (!result.value.consume((ran) => context.dump(ran) === true)) return null;
    }
    return null;
  };
  const evaluated = context.evalCode(files.get(path) ?? "", path, { type: "module" });
  if (evaluated.error) return evaluated.error.consume(describe);
  const module = scope.manage(evaluated.value);
  const thrown = settle();
  if (thrown !== null || !watch.mayGoOn()) return thrown;
  const state = context.getPromiseState(module);
  if (state.type === "rejected") return state.error.consume(describe);
  if (state.type === "fulfilled" && !state.notAPromise) state.value.dispose();
  const finished = context.callFunction(prelude.finish, context.undefined);
  if (finished.error) return finished.error.consume(describe);
  finished.value.dispose();
  return settle();
}

/** What QuickJS asks for modules by; a module that is not found gets its error where it is loaded. */
function moduleLoader(files: SourceFiles) {
  const problems = new Map<string, string>();
  return {
    resolve(base: string, specifier: string): string {
      const found = resolveModule(files, base, specifier);
      if ("name" in found) return found.name;
      const name = `bottega:missing/${problems.size}`;
      problems.set(name, found.problem);
      return name;
    },
    load(name: string): string | { error: Error } {
      const problem = problems.get(name) ?? `Cannot find module '${name}'`;
      return moduleSource(files, name) ?? { error: new Error(problem) };
    },
  };
}

/** Evaluates the prelude and hands it what it may use of the host. */
function startPrelude(context: QuickJSContext, scope: Scope, options: GuestOptions) {
  const code = moduleSource(options.files, PRELUDE) ?? "";
  const evaluated = context.evalCode(code, PRELUDE, { type: "module" });
  const namespace = scope.manage(context.unwrapResult(evaluated));
  const member = (name: string) => scope.manage(context.getProp(namespace, name));
  const host = scope.manage(context.newObject());
  const give = (name: string, value: QuickJSHandle) =>
    context.setProp(host, name, scope.manage(value));
  give("seed", context.newNumber(options.seed));
  let heard = true;
  const write = (text: QuickJSHandle) => {
    if (heard) heard = options.write(context.getString(text));
  };
  give("write", context.newFunction("write", write));
  give(
    "report",
    context.newFunction("report", (verdict, name, message) => {
      const event = TEST_EVENTS.find((event) => event === context.getString(verdict));
      if (event) options.report(event, context.getString(name), context.getString(message));
    }),
  );
  context.unwrapResult(context.callFunction(member("install"), context.undefined, host)).dispose();
  return {
    advance: member("advance"),
    finish: member("finish"),
    describeError: member("describeError"),
  };
}

/** What is known of something thrown, be it an error's dump, an error, or several at once. */
function messageOf(error: unknown): string {
  if (error instanceof SuppressedError) return messageOf(error.suppressed);
  if (typeof error === "object" && error !== null && "message" in error) {
    return String(error.message);
  }
  return String(error);
}
