/**
 * What each role may do on a fleet's server: everything else is refused by the server itself.
 *
 * @module
 */
import type { FleetRole } from "./credentials.ts";
import { BUCKETS, EVENTS, JOBS, OBJECTS, QUEUES } from "./layout.ts";
import { inboxOf } from "./nats_link.ts";

/** Subjects, with wildcards as the server has them. */
export interface Permissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/**
 * The subjects of a role. Nobody but the administrator makes or deletes streams and consumers. A
 * submitter cannot take jobs nor store results; a worker cannot submit jobs, nor read what is not a
 * job's.
 */
export function permissionsOf(role: FleetRole): Permissions {
  if (role === "admin") return { publish: [">"], subscribe: [">"] };
  const common = [
    api(`STREAM.INFO.${JOBS}`),
    ...QUEUES.map((queue) => api(`CONSUMER.INFO.${JOBS}.${queue}`)),
    ...readBucket(BUCKETS.orders),
    ...readBucket(BUCKETS.results),
    ...readObjects(OBJECTS.blobs),
    ...writeObjects(OBJECTS.blobs),
    api(`DIRECT.GET.${EVENTS}`),
    api(`DIRECT.GET.${EVENTS}.events.*`),
  ];
  if (role === "submitter") {
    return {
      publish: [
        ...common,
        "jobs.>",
        api(`STREAM.MSG.GET.${JOBS}`),
        writeBucket(BUCKETS.orders),
        ...[BUCKETS.dead, BUCKETS.workers].flatMap((bucket) => [
          ...readBucket(bucket),
          api(`STREAM.INFO.KV_${bucket}`),
        ]),
      ],
      subscribe: [
        inbox(role),
        `$KV.${BUCKETS.results}.>`,
        `$KV.${BUCKETS.orders}.>`,
        "events.*",
        "progress.*",
      ],
    };
  }
  return {
    publish: [
      ...common,
      ...QUEUES.map((queue) => api(`CONSUMER.MSG.NEXT.${JOBS}.${queue}`)),
      `$JS.ACK.${JOBS}.>`,
      ...[BUCKETS.results, BUCKETS.dead, BUCKETS.workers, BUCKETS.runs].map(writeBucket),
      ...readBucket(BUCKETS.runs),
      ...readObjects(OBJECTS.runs),
      ...writeObjects(OBJECTS.runs),
      // Checkpoints are replaced by later ones; blobs are not.
      api(`STREAM.PURGE.OBJ_${OBJECTS.runs}`),
      "events.*",
      "progress.*",
    ],
    subscribe: [inbox(role), `$KV.${BUCKETS.orders}.>`],
  };
}

const api = (subject: string) => `$JS.API.${subject}`;
const inbox = (role: FleetRole) => `${inboxOf(role)}.>`;
const readBucket = (bucket: string) => [api(`DIRECT.GET.KV_${bucket}.$KV.${bucket}.>`)];
const writeBucket = (bucket: string) => `$KV.${bucket}.>`;
const readObjects = (store: string) => [
  api(`STREAM.MSG.GET.OBJ_${store}`),
  api(`DIRECT.GET.OBJ_${store}`),
];
const writeObjects = (store: string) => [`$O.${store}.C.*`, `$O.${store}.M.*`];
