/**
 * Guest code: `node:assert`, strict and loose, with messages of one line.
 *
 * @module
 */
import { deepEqual, inspect } from "./inspect.js";

export class AssertionError extends Error {
  constructor({ message, actual, expected, operator } = {}) {
    super(message);
    this.name = "AssertionError";
    this.code = "ERR_ASSERTION";
    this.generatedMessage = false;
    this.actual = actual;
    this.expected = expected;
    this.operator = operator;
  }
}

function fail(message, generated, actual, expected, operator) {
  if (message instanceof Error) throw message;
  const text = message === undefined ? generated : message;
  throw new AssertionError({ message: text, actual, expected, operator });
}

const compare = (a, sign, b) => `${inspect(a)} ${sign} ${inspect(b)}`;

function ok(value, message) {
  if (!value) {
    fail(
      message,
      `The expression evaluated to a falsy value: ${inspect(value)}`,
      value,
      true,
      "==",
    );
  }
}

function equality({ name, test, says, sign }) {
  return {
    [name](actual, expected, message) {
      if (!test(actual, expected)) {
        fail(message, `${says}: ${compare(actual, sign, expected)}`, actual, expected, name);
      }
    },
  }[name];
}

const strictEqual = equality({
  name: "strictEqual",
  test: Object.is,
  says: "Expected values to be strictly equal",
  sign: "!==",
});
const notStrictEqual = equality({
  name: "notStrictEqual",
  test: (a, b) => !Object.is(a, b),
  says: 'Expected "actual" to be strictly unequal to',
  sign: "===",
});
const deepStrictEqual = equality({
  name: "deepStrictEqual",
  test: (a, b) => deepEqual(a, b, true),
  says: "Expected values to be strictly deep-equal",
  sign: "!==",
});
const notDeepStrictEqual = equality({
  name: "notDeepStrictEqual",
  test: (a, b) => !deepEqual(a, b, true),
  says: 'Expected "actual" not to be strictly deep-equal to',
  sign: "===",
});
const looseEqual = equality({
  name: "equal",
  test: (a, b) => a == b || (a !== a && b !== b),
  says: "Expected values to be loosely equal",
  sign: "!=",
});
const notLooseEqual = equality({
  name: "notEqual",
  test: (a, b) => a != b && !(a !== a && b !== b),
  says: 'Expected "actual" to be loosely unequal to',
  sign: "==",
});
const looseDeepEqual = equality({
  name: "deepEqual",
  test: (a, b) => deepEqual(a, b, false),
  says: "Expected values to be loosely deep-equal",
  sign: "!=",
});
const notLooseDeepEqual = equality({
  name: "notDeepEqual",
  test: (a, b) => !deepEqual(a, b, false),
  says: 'Expected "actual" not to be loosely deep-equal to',
  sign: "==",
});

/** What `throws` and `rejects` take: a class, a pattern, an object of properties, a predicate. */
function checkThrown(error, expected, message) {
  if (expected === undefined) return;
  if (expected instanceof RegExp) {
    if (!expected.test(String(error))) {
      fail(
        message,
        `The error does not match ${expected}: ${inspect(String(error))}`,
        error,
        expected,
      );
    }
  } else if (typeof expected === "function") {
    const isClass = expected === Error || expected.prototype instanceof Error;
    if (isClass ? error instanceof expected : expected(error) === true) return;
    if (isClass) throw error;
    fail(message, `The validation function did not accept ${inspect(error)}`, error, expected);
  } else {
    for (const key of Object.keys(expected)) {
      const pattern = expected[key] instanceof RegExp && typeof error?.[key] === "string";
      const same = pattern
        ? expected[key].test(error[key])
        : deepEqual(error?.[key], expected[key], true);
      if (!same) {
        fail(
          message,
          `The error's ${key} differs: ${compare(error?.[key], "!==", expected[key])}`,
          error,
          expected,
        );
      }
    }
  }
}

/** The arguments after the function: `expected` may be left out. */
function thrownArguments([expected, message]) {
  return typeof expected === "string" ? [undefined, expected] : [expected, message];
}

function throws(fn, ...rest) {
  const [expected, message] = thrownArguments(rest);
  try {
    fn();
  } catch (error) {
    return checkThrown(error, expected, message);
  }
  fail(message, "Missing expected exception.");
}

async function rejects(work, ...rest) {
  const [expected, message] = thrownArguments(rest);
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    return checkThrown(error, expected, message);
  }
  fail(message, "Missing expected rejection.");
}

function doesNotThrow(fn, message) {
  try {
    fn();
  } catch (error) {
    fail(message, `Got unwanted exception: ${inspect(error)}`);
  }
}

async function doesNotReject(work, message) {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    fail(message, `Got unwanted rejection: ${inspect(error)}`);
  }
}

function match(text, pattern, message) {
  if (typeof text !== "string" || !pattern.test(text)) {
    fail(message, `The input did not match ${pattern}: ${inspect(text)}`, text, pattern, "match");
  }
}

function doesNotMatch(text, pattern, message) {
  if (typeof text === "string" && pattern.test(text)) {
    fail(
      message,
      `The input was expected to not match ${pattern}: ${inspect(text)}`,
      text,
      pattern,
    );
  }
}

function ifError(error) {
  if (error !== null && error !== undefined) throw error;
}

const shared = {
  AssertionError,
  ok,
  throws,
  rejects,
  doesNotThrow,
  doesNotReject,
  match,
  doesNotMatch,
  ifError,
  strictEqual,
  notStrictEqual,
  deepStrictEqual,
  notDeepStrictEqual,
  fail: (message = "Failed") => fail(message),
};

const make = (methods) => Object.assign((value, message) => ok(value, message), shared, methods);
export const strict = make({
  equal: strictEqual,
  notEqual: notStrictEqual,
  deepEqual: deepStrictEqual,
  notDeepEqual: notDeepStrictEqual,
});
export const assert = make({
  equal: looseEqual,
  notEqual: notLooseEqual,
  deepEqual: looseDeepEqual,
  notDeepEqual: notLooseDeepEqual,
});
strict.strict = assert.strict = strict;
