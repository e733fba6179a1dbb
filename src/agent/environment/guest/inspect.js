/**
 * Guest code: values as one line of text, and whether two are equal.
 *
 * @module
 */
const MAX_LENGTH = 400;
const MAX_DEPTH = 4;

/** A value as source code would write it, in one line; at most MAX_LENGTH characters. */
export function inspect(value) {
  const text = show(value, MAX_DEPTH, new Set());
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

function show(value, depth, above) {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "symbol") return value.toString();
  if (typeof value === "function") {
    const kind = /^class\b/.test(Function.prototype.toString.call(value)) ? "class" : "function";
    return value.name ? `[${kind} ${value.name}]` : `[${kind}]`;
  }
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : `${value}`;
  if (value instanceof Error) return `[${value.name}: ${value.message}]`;
  if (value instanceof RegExp) return `${value}`;
  if (value instanceof Date) return isNaN(value) ? "Invalid Date" : value.toISOString();
  if (above.has(value)) return "[Circular]";
  if (depth === 0) return Array.isArray(value) ? "[…]" : "{…}";
  above.add(value);
  const text = showObject(value, (part) => show(part, depth - 1, above));
  above.delete(value);
  return text;
}

function showObject(value, show) {
  const list = (items, open, close) =>
    items.length === 0 ? open + close : `${open} ${items.join(", ")} ${close}`;
  if (Array.isArray(value)) return `[${first(value).map(show).join(", ")}]`;
  if (value instanceof Map) {
    const entries = first([...value]).map(([key, of]) => `${show(key)} => ${show(of)}`);
    return `Map(${value.size}) ${list(entries, "{", "}")}`;
  }
  if (value instanceof Set) {
    return `Set(${value.size}) ${list(first([...value]).map(show), "{", "}")}`;
  }
  if (ArrayBuffer.isView(value)) {
    return `${value.constructor.name} [${first([...value]).join(", ")}]`;
  }
  const prototype = Object.getPrototypeOf(value);
  const name = prototype === null ? "[Object: null prototype] " : nameOf(value);
  const keys = first(
    Reflect.ownKeys(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key)),
  );
  const word = (key) =>
    typeof key === "symbol"
      ? `[${key.toString()}]`
      : /^[A-Za-z_$][\w$]*$/.test(key)
      ? key
      : JSON.stringify(key);
  return name + list(keys.map((key) => `${word(key)}: ${show(value[key])}`), "{", "}");
}

/** What fits into a line anyway. */
function first(items) {
  return items.slice(0, MAX_LENGTH);
}

function nameOf(value) {
  const name = value.constructor?.name;
  return name === "Object" || typeof name !== "string" || name === "" ? "" : `${name} `;
}

/** Equality of contents. Strict: kinds, prototypes and `Object.is`; loose: `==` for primitives. */
export function deepEqual(a, b, strict, pairs = new Map()) {
  if (strict ? Object.is(a, b) : a == b || (a !== a && b !== b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (strict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (Object.prototype.toString.call(a) !== Object.prototype.toString.call(b)) return false;
  if (pairs.get(a) === b) return true;
  pairs.set(a, b);
  const same = (x, y) => deepEqual(x, y, strict, pairs);
  if (a instanceof Date && !Object.is(a.getTime(), b.getTime())) return false;
  if (a instanceof RegExp && `${a}` !== `${b}`) return false;
  if (a instanceof Error && (a.message !== b.message || a.name !== b.name)) return false;
  if (a instanceof Number || a instanceof String || a instanceof Boolean) {
    if (!Object.is(a.valueOf(), b.valueOf())) return false;
  }
  if (a instanceof Map) {
    if (a.size !== b.size) return false;
    for (const [key, value] of a) {
      const found = b.has(key) ? key : [...b.keys()].find((other) => same(key, other));
      if (!b.has(found) || !same(value, b.get(found))) return false;
    }
  }
  if (a instanceof Set) {
    if (a.size !== b.size) return false;
    for (const item of a) {
      if (!b.has(item) && ![...b].some((other) => same(item, other))) return false;
    }
  }
  if (Array.isArray(a) && a.length !== b.length) return false;
  const keys = enumerableKeys(a);
  if (keys.length !== enumerableKeys(b).length) return false;
  return keys.every((key) =>
    Object.prototype.propertyIsEnumerable.call(b, key) && same(a[key], b[key])
  );
}

function enumerableKeys(value) {
  return Reflect.ownKeys(value).filter((key) =>
    Object.prototype.propertyIsEnumerable.call(value, key)
  );
}
