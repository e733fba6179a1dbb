/**
 * Who one is to a fleet's server: a role, and the secret key that proves it. They come from a file that
 * only its owner can read, and never stand on a command line.
 *
 * @module
 */
import * as v from "valibot";
import { FleetError } from "./fleet_error.ts";

/** What somebody may do: all; submit jobs and read results; take jobs and store results. */
export const FLEET_ROLES = ["admin", "submitter", "worker"] as const;

/** One of {@linkcode FLEET_ROLES}. */
export type FleetRole = typeof FLEET_ROLES[number];

/** The content of a credentials file. */
export interface FleetCredentials {
  readonly format: "bottega-fleet-1";
  readonly role: FleetRole;
  /** Where the server listens: `nats://HOST:PORT`, `tls://…`, `ws://…` or `wss://…`. */
  readonly url: string;
  /** The seed of an nkey of the kind "user": a secret. */
  readonly seed: string;
  /** The certificate of the authority that signed the server's, as PEM, where it is an own one. */
  readonly authority?: string | undefined;
}

/**
 * Checks what a credentials file holds.
 *
 * @throws {FleetError} "bad-credentials"; the secret is not quoted.
 */
export function parseCredentials(value: unknown): FleetCredentials {
  const parsed = v.safeParse(SCHEMA, value);
  if (parsed.success) return parsed.output;
  const at = v.getDotPath(parsed.issues[0]) ?? "the whole";
  throw new FleetError(
    "bad-credentials",
    `These are no credentials of a fleet: ${at} is not right. "bottega fleet up" writes such files.`,
  );
}

const SCHEMA = v.object({
  format: v.literal("bottega-fleet-1"),
  role: v.picklist(FLEET_ROLES),
  url: v.pipe(v.string(), v.regex(/^(nats|tls|ws|wss):\/\/[^/]+/)),
  seed: v.pipe(v.string(), v.regex(/^SU[A-Z2-7]{56}$/)),
  authority: v.optional(v.string()),
});
