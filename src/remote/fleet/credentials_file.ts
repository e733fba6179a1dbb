/**
 * Credentials in files that only their owner can read.
 *
 * @module
 */
import { nkeys } from "@nats-io/nats-core";
import { type FleetCredentials, type FleetRole, parseCredentials } from "./credentials.ts";
import { FleetError } from "./fleet_error.ts";

/** The credentials in a file, which is written where there is none. */
export async function credentialsIn(
  file: string,
  { role, url, authority }: { role: FleetRole; url: string; authority: string | undefined },
): Promise<FleetCredentials> {
  const known = await readCredentials(file).catch((error) => {
    if (error instanceof FleetError && error.cause instanceof Deno.errors.NotFound) return null;
    throw error;
  });
  const seed = known?.seed ?? new TextDecoder().decode(nkeys.createUser().getSeed());
  const made = {
    format: "bottega-fleet-1",
    role,
    url,
    seed,
    ...(authority && { authority }),
  } as const;
  await writeSecret(file, `${JSON.stringify(made, null, 2)}\n`);
  return made;
}

/**
 * Reads a credentials file.
 *
 * @throws {FleetError} "bad-credentials", naming the file; also where others could read it.
 */
export async function readCredentials(file: string): Promise<FleetCredentials> {
  let text: string;
  try {
    const { mode } = await Deno.stat(file);
    if (mode !== null && (mode & 0o077) !== 0) {
      throw new FleetError("bad-credentials", `Others can read ${file}: chmod 600 ${file}`);
    }
    text = await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof FleetError) throw error;
    const reason = error instanceof Deno.errors.NotFound ? "there is no such file" : String(error);
    const told = `The credentials in ${file} cannot be read: ${reason}.`;
    throw new FleetError("bad-credentials", told, { cause: error });
  }
  try {
    return parseCredentials(JSON.parse(text));
  } catch (error) {
    const reason = error instanceof FleetError ? error.message : "it is no JSON.";
    throw new FleetError("bad-credentials", `${file}: ${reason}`, { cause: error });
  }
}

/** Writes a file that only its owner can read. */
export async function writeSecret(file: string, text: string): Promise<void> {
  await Deno.writeTextFile(file, text, { mode: 0o600 });
  await Deno.chmod(file, 0o600);
}
