/**
 * Orders and outcomes on a fleet's server.
 *
 * @module
 */
import type { BlobStore } from "../work.ts";
import type { Death, Outcome } from "./fleet.ts";
import {
  BUCKETS,
  INLINE_BYTES,
  type LargeOutcome,
  outcomeKey,
  type StoredOrder,
  type Ticket,
} from "./layout.ts";
import { natsBlobStore } from "./nats_blobs.ts";
import { type NatsLink, type Patience, unlessConflict } from "./nats_link.ts";

/** One life of a job. */
export type Life = Pick<Ticket, "id" | "generation">;

/** See {@linkcode openNatsStore}. */
export interface NatsStore {
  readonly data: BlobStore;
  /** An order and its revision; null for an unknown job. */
  order(id: string, patience?: Patience): Promise<KeptOrder | null>;
  /** Puts an order where nobody else has since: at its first, or in place of `revision`. */
  putOrder(id: string, order: StoredOrder, revision?: number): Promise<boolean>;
  /** What was asked, from wherever it lies. */
  requestOf(order: StoredOrder): Promise<unknown>;
  outcome(life: Life, patience?: Patience): Promise<Outcome | null>;
  /** Stores the outcome: false where there is one already, which stays. */
  putOutcome(life: Life, outcome: Outcome, patience?: Patience): Promise<boolean>;
  /** The lives that ended as dead letters. */
  deaths(): Promise<readonly (Life & { readonly death: Death })[]>;
}

/** An order as it lies there. */
export interface KeptOrder {
  readonly order: StoredOrder;
  readonly revision: number;
}

/** The stores behind a link; nothing is asked of the server yet. */
export async function openNatsStore(link: NatsLink): Promise<NatsStore> {
  const orders = await link.bucket(BUCKETS.orders);
  const results = await link.bucket(BUCKETS.results);
  const dead = await link.bucket(BUCKETS.dead);
  const data = await natsBlobStore(link);

  return {
    data,
    async order(id, patience) {
      if (!/^[0-9a-f]{64}$/.test(id)) return null;
      const entry = await link.persist(() => orders.get(id), patience);
      return entry && { order: entry.json<StoredOrder>(), revision: entry.revision };
    },
    async putOrder(id, { request, ...order }, revision) {
      const inline = JSON.stringify(request);
      const bytes = new TextEncoder().encode(inline);
      const large = bytes.length > INLINE_BYTES;
      const stored: StoredOrder = large
        ? { ...order, requestBlob: await data.write(bytes) }
        : { ...order, request };
      const encoded = encode(stored);
      const put = () =>
        revision === undefined ? orders.create(id, encoded) : orders.update(id, encoded, revision);
      return await link.persist(() => unlessConflict(put())) !== null;
    },
    requestOf: async ({ request, requestBlob }) =>
      requestBlob === undefined ? request : decode(await data.read(requestBlob)),
    async outcome(life, patience) {
      const entry = await link.persist(() => results.get(outcomeKey(life)), patience);
      const stored = entry?.json<Outcome | LargeOutcome>() ?? null;
      if (stored === null || !("valueBlob" in stored)) return stored;
      return { state: "done", value: decode(await data.read(stored.valueBlob)) };
    },
    async putOutcome(life, outcome, patience) {
      const key = outcomeKey(life);
      let bytes = encode(outcome);
      if (outcome.state === "done" && bytes.length > INLINE_BYTES) {
        const valueBlob = await data.write(encode(outcome.value));
        bytes = encode({ state: "done", valueBlob } satisfies LargeOutcome);
      }
      // Whoever hears of a death finds it marked; a mark alone is none.
      if (outcome.state === "dead") await link.persist(() => dead.put(key, bytes), patience);
      const create = () => unlessConflict(results.create(key, bytes));
      return await link.persist(create, patience) !== null;
    },
    async deaths() {
      const keys = await keysOf(link, BUCKETS.dead);
      const found = await Promise.all(keys.map(async (key) => {
        const entry = await link.persist(() => results.get(key));
        const outcome = entry?.json<Outcome | LargeOutcome>();
        if (!outcome || !("state" in outcome) || outcome.state !== "dead") return [];
        const [id = "", generation = ""] = key.split(".");
        return [{ id, generation: Number(generation), death: outcome }];
      }));
      return found.flat();
    },
  };
}

/** The keys of a bucket that hold something. */
export async function keysOf(link: NatsLink, bucket: string): Promise<string[]> {
  const prefix = `$KV.${bucket}.`;
  const subjects = await subjectsOf(link, `KV_${bucket}`, `${prefix}>`);
  return subjects.map((subject) => subject.slice(prefix.length));
}

/** The subjects of a stream that hold a message. */
export async function subjectsOf(
  link: NatsLink,
  stream: string,
  filter: string,
): Promise<string[]> {
  const ask = () => link.streams.streams.info(stream, { subjects_filter: filter });
  const { state } = await link.persist(ask);
  return Object.keys(state.subjects ?? {});
}

function encode(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

function decode(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}
