/**
 * Guest code: `node:test`. Tests run one after the other in the order of the file.
 *
 * @module
 */
import { strict } from "./assert.js";
import { inspect } from "./inspect.js";

/** Tells the host a test's `start`, or its verdict `pass`, `fail`, `skip`, with name and message. */
let report = () => {};

/** Called once, before any test is declared. */
export function reportTo(host) {
  report = host;
}

const SEPARATOR = " > ";

/** Stack frames that are told with a failure. */
const MAX_FRAMES = 4;

const newSuite = (name, parent) => ({
  name,
  parent,
  children: [],
  hooks: { before: [], after: [], beforeEach: [], afterEach: [] },
});

const root = newSuite("", null);
/** The suite whose body is running; null while tests run. */
let collecting = root;
let queue = Promise.resolve();
/** The test that runs, by its full name. */
let running = null;
let only = false;
const names = new Map();

function fullName(suite, name) {
  const parts = [name];
  for (let at = suite; at && at !== root; at = at.parent) parts.unshift(at.name);
  return parts.join(SEPARATOR);
}

/** Tests of one name are told apart. */
function uniqueName(name) {
  const count = (names.get(name) ?? 0) + 1;
  names.set(name, count);
  return count === 1 ? name : `${name} (${count})`;
}

export function describeError(error) {
  try {
    if (!(error instanceof Error)) return `thrown: ${inspect(error)}`;
    const frames = String(error.stack ?? "").split("\n")
      .map((line) => line.trim())
      .filter((line) => /^at .*:\d+/.test(line) && !/\((node|bottega):/.test(line))
      .slice(0, MAX_FRAMES);
    return [`${error.name}: ${error.message}`, ...frames].join("\n");
  } catch {
    return "an error that cannot be shown";
  }
}

async function runHooks(suite, kind) {
  if (!suite) return;
  if (kind === "beforeEach") await runHooks(suite.parent, kind);
  for (const hook of suite.hooks[kind]) await hook();
  if (kind === "afterEach") await runHooks(suite.parent, kind);
}

class TestContext {
  #suite;
  #after = [];
  constructor(name, suite) {
    this.name = name;
    this.#suite = newSuite(name, suite);
    this.failed = 0;
    this.assert = strict;
  }
  async test(...args) {
    const child = read(args, this.#suite);
    if (!(await runTest(child))) this.failed++;
  }
  it(...args) {
    return this.test(...args);
  }
  skip() {
    this.skipped = true;
  }
  todo() {
    this.isTodo = true;
  }
  diagnostic() {}
  after(hook) {
    this.#after.push(hook);
  }
  before(hook) {
    return hook();
  }
  beforeEach(hook) {
    this.#suite.hooks.beforeEach.push(hook);
  }
  afterEach(hook) {
    this.#suite.hooks.afterEach.push(hook);
  }
  async close() {
    for (const hook of this.#after) await hook();
  }
}

/** A test as it was declared: `(name?, options?, fn?)`. */
function read(args, suite) {
  const fn = args.find((arg) => typeof arg === "function");
  const options = args.find((arg) => typeof arg === "object" && arg !== null) ?? {};
  const name = typeof args[0] === "string" ? args[0] : fn?.name || "<anonymous>";
  return { name, fn, options, suite };
}

/** Whether it passed, or was left out. */
async function runTest({ name, fn, options, suite }) {
  const full = uniqueName(fullName(suite, name));
  if (options.skip || options.todo || !fn || (only && !isOnly(options, suite))) {
    report("skip", full, "");
    return true;
  }
  const outer = running;
  running = full;
  report("start", full, "");
  const context = new TestContext(name, suite);
  let message = null;
  const attempt = async (work) => {
    try {
      await work();
    } catch (error) {
      message ??= describeError(error);
    }
  };
  await attempt(async () => {
    await runHooks(suite, "beforeEach");
    await (fn.length > 1
      ? new Promise((resolve, reject) => fn(context, (error) => error ? reject(error) : resolve()))
      : fn(context));
  });
  await attempt(() => context.close());
  await attempt(() => runHooks(suite, "afterEach"));
  if (message === null && context.failed > 0) {
    message = `${context.failed} subtest${context.failed === 1 ? "" : "s"} failed`;
  }
  running = outer;
  if (context.skipped || context.isTodo) report("skip", full, "");
  else if (message === null) report("pass", full, "");
  else report("fail", full, message);
  return message === null;
}

function isOnly(options, suite) {
  for (let at = suite; at; at = at.parent) if (at.only) return true;
  return options.only === true;
}

async function runSuite(suite) {
  try {
    await runHooks({ ...suite, parent: null }, "before");
    for (const child of suite.children) {
      await (child.children ? runSuite(child) : runTest(child));
    }
    await runHooks({ ...suite, parent: null }, "after");
  } catch (error) {
    report("fail", uniqueName(fullName(suite.parent, suite.name)), describeError(error));
  }
}

/** Runs after what was declared before. */
function enqueue(work) {
  queue = queue.then(work);
  return queue;
}

function test(...args) {
  const declared = read(args, collecting ?? root);
  if (declared.options.only) only = true;
  if (collecting !== root && collecting !== null) {
    collecting.children.push(declared);
    return Promise.resolve();
  }
  return enqueue(() => runTest(declared)).then(() => undefined);
}

function describe(...args) {
  const { name, fn, options } = read(args, null);
  const parent = collecting ?? root;
  const suite = newSuite(name, parent);
  if (options.only) suite.only = only = true;
  if (options.skip || options.todo || !fn) {
    report("skip", uniqueName(fullName(parent, name)), "");
    return Promise.resolve();
  }
  collecting = suite;
  try {
    fn();
  } finally {
    collecting = parent;
  }
  if (parent !== root) {
    parent.children.push(suite);
    return Promise.resolve();
  }
  return enqueue(() => runSuite(suite));
}

const variants = (declare) =>
  Object.assign(declare, {
    skip: (...args) => declare(...withOption(args, "skip")),
    todo: (...args) => declare(...withOption(args, "todo")),
    only: (...args) => declare(...withOption(args, "only")),
  });

function withOption(args, key) {
  const { name, fn, options } = read(args, null);
  return [name, { ...options, [key]: true }, fn];
}

const hook = (kind) => (fn) => {
  const suite = collecting ?? root;
  if (suite === root && kind === "before") enqueue(() => fn());
  else suite.hooks[kind].push(fn);
};

variants(test);
variants(describe);
export const api = {
  test,
  it: test,
  describe,
  suite: describe,
  before: hook("before"),
  after: hook("after"),
  beforeEach: hook("beforeEach"),
  afterEach: hook("afterEach"),
};
Object.assign(test, api);

/** Called when nothing is left to run. */
export async function finish() {
  if (running !== null) {
    report("fail", running, "the test did not end: it waits for a promise that nothing settles");
    return;
  }
  try {
    await runHooks({ ...root, parent: null }, "after");
  } catch (error) {
    report("fail", "after", describeError(error));
  }
}
