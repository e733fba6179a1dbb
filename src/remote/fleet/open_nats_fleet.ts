/**
 * Opening a fleet on a NATS server, whose client is loaded when it is first needed.
 *
 * @module
 */
import type { FleetCredentials } from "./credentials.ts";
import type { Fleet } from "./fleet.ts";

/** How one is let in. */
export interface NatsFleetOptions {
  readonly credentials: FleetCredentials;
}

/**
 * Opens the fleet of a NATS server: a page reaches `ws://` and `wss://`, other processes `nats://` and
 * `tls://` too. The connection comes back by itself when the server does.
 *
 * @throws {FleetError} "unreachable", "refused", "no-fleet".
 * @example
 * ```ts ignore
 * const credentials = parseCredentials(JSON.parse(await Deno.readTextFile("submitter.json")));
 * await using fleet = await openNatsFleet(credentials.url, { credentials });
 * const id = await fleet.submit({ work: "train", request, needs: ["gpu"] });
 * for await (const { event } of fleet.events(id)) console.log(event);
 * ```
 */
export async function openNatsFleet(url: string, options: NatsFleetOptions): Promise<Fleet> {
  const { connectNatsFleet } = await import("./nats_fleet.ts");
  return await connectNatsFleet(url, options.credentials);
}
