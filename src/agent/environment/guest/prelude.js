/**
 * Guest code: the globals that JavaScript expects beside the language. Time is virtual: a clock that
 * starts at a fixed moment, moved on by timers alone; random numbers come from a seed. So a run gives
 * the same output each time, to the byte.
 *
 * @module
 */
import { inspect } from "./inspect.js";
import { describeError, finish, reportTo } from "./test_runner.js";

export { describeError, finish };

/** Connects to the host: what prints, what takes verdicts, and what random numbers start from. */
export function install({ write: print, report, seed }) {
  write = print;
  state = seed >>> 0;
  reportTo(report);
}

let write = () => {};

const START_MS = Date.UTC(2026, 0, 1);
let clockMs = 0;

const timers = new Map();
let lastTimer = 0;

function addTimer(fn, delay, args, every) {
  const ms = Math.max(1, Number(delay) || 0);
  const id = ++lastTimer;
  timers.set(id, { at: clockMs + ms, every: every ? ms : 0, run: () => fn(...args) });
  return id;
}

/** Runs the timer that is due first; whether there was one. */
export function advance() {
  let next = null;
  for (const [id, timer] of timers) {
    if (next === null || timer.at < next.timer.at) next = { id, timer };
  }
  if (next === null) return false;
  const { id, timer } = next;
  clockMs = Math.max(clockMs, timer.at);
  if (timer.every > 0) timers.set(id, { ...timer, at: clockMs + timer.every });
  else timers.delete(id);
  timer.run();
  return true;
}

const RealDate = Date;
const now = () => START_MS + clockMs;
RealDate.now = now;
const VirtualDate = new Proxy(RealDate, {
  apply: () => new RealDate(now()).toString(),
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length ? args : [now()], newTarget),
});
RealDate.prototype.constructor = VirtualDate;

/** mulberry32 */
let state = 0;
Math.random = () => {
  state = (state + 0x6d2b79f5) >>> 0;
  let x = state;
  x = Math.imul(x ^ (x >>> 15), x | 1);
  x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
  return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
};

const line = (...values) =>
  write(values.map((value) => typeof value === "string" ? value : inspect(value)).join(" ") + "\n");

const define = (name, value) =>
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });

define("Date", VirtualDate);
define("console", { log: line, info: line, debug: line, warn: line, error: line, trace: line });
define("performance", { now: () => clockMs });
define("setTimeout", (fn, delay, ...args) => addTimer(fn, delay, args, false));
define("setInterval", (fn, delay, ...args) => addTimer(fn, delay, args, true));
define("setImmediate", (fn, ...args) => addTimer(fn, 0, args, false));
for (const name of ["clearTimeout", "clearInterval", "clearImmediate"]) {
  define(name, (id) => void timers.delete(id));
}
define("queueMicrotask", (fn) => void Promise.resolve().then(fn));
define("structuredClone", (value) => clone(value, new Map()));

function clone(value, seen) {
  if (typeof value === "function" || typeof value === "symbol") {
    throw new TypeError(`${inspect(value)} could not be cloned.`);
  }
  if (typeof value !== "object" || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  const keep = (copy) => (seen.set(value, copy), copy);
  if (value instanceof Date) return keep(new VirtualDate(value.getTime()));
  if (value instanceof RegExp) return keep(new RegExp(value));
  if (ArrayBuffer.isView(value)) return keep(value.slice());
  if (value instanceof Map) {
    const copy = keep(new Map());
    for (const [key, of] of value) copy.set(clone(key, seen), clone(of, seen));
    return copy;
  }
  if (value instanceof Set) {
    const copy = keep(new Set());
    for (const item of value) copy.add(clone(item, seen));
    return copy;
  }
  const copy = keep(Array.isArray(value) ? new Array(value.length) : {});
  for (const key of Object.keys(value)) copy[key] = clone(value[key], seen);
  return copy;
}
