/**
 * What a hostile worker may answer, and the victim that calls it: the same in Deno, in a page and in
 * Node, so this file imports nothing of Deno's.
 */
import type { RemoteLink, RemoteLinkOptions } from "../../src/remote/remote_link.ts";
import type { Methods } from "../../src/remote/worker_link.ts";

/** Replies by what they try, and the code that the call is rejected with. */
export const FORGED_REPLIES: readonly (readonly [
  what: string,
  reply: (id: string) => unknown,
  code: string,
])[] = [
  ["a proxy", (id) => ({ id, type: "HANDLER", name: "proxy", value: {} }), "forbidden-frame"],
  ["an Error", (id) => ({
    id,
    type: "HANDLER",
    name: "throw",
    value: { isError: true, value: { message: "m", name: "N", stack: "s", toString: 1 } },
  }), "forbidden-frame"],
  ["a failure with more to it", (id) => ({
    id,
    type: "HANDLER",
    name: "throw",
    value: { isError: false, value: { name: "N", code: "c", message: "m", cause: 1 } },
  }), "forbidden-frame"],
  ["a failure of a foreign code", (id) => ({
    id,
    type: "HANDLER",
    name: "throw",
    value: { isError: false, value: { name: "N", code: "<b>", message: "m" } },
  }), "forbidden-frame"],
  [
    "a handler of another name",
    (id) => ({ id, type: "HANDLER", name: "__proto__" }),
    "forbidden-frame",
  ],
  ["an answer to nobody", () => ({ id: "1-2-3-4", type: "RAW", value: 1 }), "forbidden-frame"],
  ["a call", (id) => ({ id, type: "APPLY", path: ["x"], argumentList: [] }), "forbidden-frame"],
  ["CONSTRUCT", (id) => ({
    id,
    type: "CONSTRUCT",
    path: ["constructor"],
    argumentList: [{ type: "RAW", value: "globalThis.polluted = 1" }],
  }), "forbidden-frame"],
  ["SET", (id) => ({
    id,
    type: "SET",
    path: ["__proto__", "polluted"],
    value: { type: "RAW", value: 1 },
  }), "forbidden-frame"],
  ["progress of text", () => ({
    progress: { phase: "x", done: "1", total: 1, unit: "bytes" },
  }), "forbidden-frame"],
  ["progress of a foreign unit", () => ({
    progress: { phase: "x", done: 1, total: 1, unit: "<img>" },
  }), "forbidden-frame"],
  ["nothing", () => null, "forbidden-frame"],
  ["a list", (id) => [id], "forbidden-frame"],
];

/** What came of it. */
export interface Outcome {
  /** By what was tried: the code, and what the next honest call gave. */
  readonly outcomes: Readonly<Record<string, readonly [code: string, next: unknown]>>;
  readonly ofPrototype: readonly string[];
  readonly polluted: boolean;
}

/** Calls a hostile worker for each of its forged replies. */
export async function sufferReplies(
  open: (url: string, options: RemoteLinkOptions) => Promise<RemoteLink<Methods>>,
  url: string,
  options: RemoteLinkOptions,
): Promise<Outcome> {
  const link = await open(url, options);
  const outcomes: Record<string, [string, unknown]> = {};
  for (const [index, [what]] of FORGED_REPLIES.entries()) {
    const code = await link.call("forged", index).then(() => "passed", (error) => error.code);
    outcomes[what] = [code, await link.call("honest", null)];
  }
  link.close();
  return {
    outcomes,
    ofPrototype: Object.getOwnPropertyNames(Object.prototype).sort(),
    polluted: "polluted" in {} || "polluted" in globalThis,
  };
}
