/**
 * The first words on a socket, as text: who calls, with which secret, in which session, and how much of
 * it has arrived. Everything after is frames.
 *
 * @module
 */
import * as v from "valibot";
import { isCode } from "./frame.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const session = v.pipe(v.string(), v.uuid());

/** What the one who calls says. */
export const HELLO = v.strictObject({
  bottega: v.literal(1),
  token: v.pipe(v.string(), v.maxLength(200)),
  /** To go on with; null for a new one. */
  session: v.nullable(session),
  /** Numbered frames that came so far. */
  received: count,
});

/** See {@linkcode HELLO}. */
export type Hello = v.InferOutput<typeof HELLO>;

/** What is answered. */
export const WELCOME = v.strictObject({
  session,
  received: count,
  /** How many calls may be open at once, and how large a message may be. */
  openCalls: v.pipe(count, v.minValue(1)),
  messageBytes: v.pipe(count, v.minValue(1)),
});

/** See {@linkcode WELCOME}. */
export type Welcome = v.InferOutput<typeof WELCOME>;

/** Longer first words are not read. */
const GREETING_CHARACTERS = 1024;

/** How long either waits for the other's first words. */
export const GREETING_MS = 10_000;

/** Reads first words; null where they are not. */
export function parseGreeting<T>(schema: v.GenericSchema<unknown, T>, data: unknown): T | null {
  if (typeof data !== "string" || data.length > GREETING_CHARACTERS) return null;
  try {
    const parsed = v.safeParse(schema, JSON.parse(data));
    return parsed.success ? parsed.output : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Sockets are refused with this status, and the code as the reason. */
export const REFUSED = 4400;

/** The code that a socket was refused with; null where it just closed. */
export function refusalOf({ code, reason }: CloseEvent): string | null {
  return code === REFUSED && isCode(reason) ? reason : null;
}
