/** A look at a fleet's server with the administrator's rights. */
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { nkeyAuthenticator } from "@nats-io/nats-core";
import type { FleetServer } from "../../src/remote/fleet/headless.ts";
import { connectNats } from "../../src/remote/fleet/nats_transport.ts";

/** Gives what `look` gives. */
export async function connectAdmin<T>(
  { url, credentials: { admin } }: FleetServer,
  look: (streams: JetStreamManager["streams"]) => Promise<T>,
): Promise<T> {
  const authenticator = nkeyAuthenticator(new TextEncoder().encode(admin.seed));
  const connection = await connectNats(url, { authenticator, inboxPrefix: "_INBOX_admin" });
  try {
    return await look((await jetstreamManager(connection)).streams);
  } finally {
    await connection.close();
  }
}
