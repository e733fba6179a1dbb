/**
 * Making a fleet's queues and stores on a NATS server. It takes an administrator's credentials.
 *
 * @module
 */
import {
  AckPolicy,
  DiscardPolicy,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
} from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { nanos } from "@nats-io/nats-core";
import { Objm } from "@nats-io/obj";
import type { FleetCredentials } from "./credentials.ts";
import { BUCKETS, EVENTS, JOBS, KEEP_MS, KEEPING, OBJECTS, QUEUES } from "./layout.ts";
import { openNatsLink } from "./nats_link.ts";

/** How a fleet is laid out. */
export interface PrepareOptions {
  readonly credentials: FleetCredentials;
  /** How long a worker may be silent before its jobs are given to others, 30 seconds by default. */
  readonly leaseMs?: number;
  /** How long results, events and checkpoints are kept, 30 days by default; see `KEEPING`. */
  readonly keepMs?: number;
  /** How many servers keep each message, 1 by default; 3 need a cluster. */
  readonly replicas?: number;
}

/** Workers are forgotten after this long. */
const FORGET_MS = 20_000;

/** The server's own, which may not be longer than what is kept. */
const DUPLICATES_MS = 120_000;

/**
 * Makes what is missing, and leaves alone what is there; leases and what is kept get the length that is
 * asked for.
 *
 * @throws {FleetError} "unreachable", "refused".
 */
export async function prepareFleet(
  url: string,
  { credentials, leaseMs = 30_000, keepMs = KEEP_MS, replicas = 1 }: PrepareOptions,
): Promise<void> {
  await using link = await openNatsLink(url, credentials, {
    name: "bottega prepare",
    unprepared: true,
  });
  const { streams: manager, jetstream } = link;
  await link.persist(async () => {
    await ensureStream(manager, {
      name: JOBS,
      subjects: ["jobs.>"],
      retention: RetentionPolicy.Workqueue,
      discard: DiscardPolicy.New,
      discard_new_per_subject: true,
      max_msgs_per_subject: 1,
      storage: StorageType.File,
      num_replicas: replicas,
    });
    await ensureStream(manager, {
      name: EVENTS,
      subjects: ["events.*"],
      allow_direct: true,
      storage: StorageType.File,
      num_replicas: replicas,
    });
    for (const queue of QUEUES) {
      const config = {
        durable_name: queue,
        filter_subject: `jobs.${queue}.>`,
        ack_policy: AckPolicy.Explicit,
        ack_wait: nanos(leaseMs),
        // Workers count deliveries, as each job says how many it may have.
        max_deliver: -1,
        max_ack_pending: 100_000,
      };
      await manager.consumers.add(JOBS, config);
    }
    const kvm = new Kvm(jetstream);
    for (const bucket of Object.values(BUCKETS)) {
      const ttl = bucket === BUCKETS.workers ? { ttl: FORGET_MS } : {};
      await kvm.create(bucket, { history: 1, replicas, allow_direct: true, ...ttl });
    }
    const objm = new Objm(jetstream);
    for (const store of Object.values(OBJECTS)) await objm.create(store, { replicas });
    for (const [stream, times] of Object.entries(KEEPING)) {
      const max_age = nanos(times * keepMs);
      const { config } = await manager.streams.info(stream);
      if (config.max_age === max_age) continue;
      const duplicate_window = Math.min(max_age, nanos(DUPLICATES_MS));
      await manager.streams.update(stream, { max_age, duplicate_window });
    }
  });
}

type StreamDescription = Parameters<JetStreamManager["streams"]["add"]>[0];

async function ensureStream(manager: JetStreamManager, config: StreamDescription): Promise<void> {
  const names = await Array.fromAsync(manager.streams.names());
  if (!names.includes(config.name)) await manager.streams.add(config);
}
