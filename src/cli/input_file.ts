/**
 * The files that commands take.
 *
 * @module
 */
import { CommandError } from "./output.ts";

/** The bytes of the file at `path`. @throws {CommandError} quoting a path that cannot be read. */
export async function readFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new CommandError(`there is no file "${path}"`);
    if (error instanceof Deno.errors.IsADirectory) {
      throw new CommandError(`"${path}" is a folder; name a file in it`);
    }
    throw error;
  }
}
