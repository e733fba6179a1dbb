/**
 * What jobs tell, on a fleet's server: each event once and in order, though a job may be begun again
 * while its former worker is not yet dead.
 *
 * @module
 */
import { headers } from "@nats-io/nats-core";
import { brief } from "./fleet.ts";
import { FleetError } from "./fleet_error.ts";
import { EVENTS, INLINE_BYTES } from "./layout.ts";
import { type NatsLink, unlessConflict } from "./nats_link.ts";

/** Events that were told together. */
export interface EventBatch {
  readonly seq: number;
  readonly events: readonly unknown[];
}

/** The telling of one attempt at a job. */
export interface Telling {
  /** What earlier attempts told. */
  readonly told: readonly unknown[];
  /** Tells a JSON value. */
  tell(event: unknown): void;
  /** Resolves when all that was told is kept. @throws {FleetError} "lost-lease", "bad-job". */
  settle(): Promise<void>;
}

/** The subject of a job's events. */
export function eventsOf(id: string): string {
  return `events.${id}`;
}

/** The next events after `seq`, 0 before the first; null where there are none yet. */
export async function nextEvents(
  link: NatsLink,
  id: string,
  seq: number,
): Promise<EventBatch | null> {
  const next = { seq: seq + 1, next_by_subj: eventsOf(id) };
  const message = await link.persist(() => link.streams.direct.getMessage(EVENTS, next));
  return message && { seq: message.seq, events: message.json<Stored>().events };
}

/**
 * Begins to tell. Each message says which one it follows, so an attempt that has lost its job can tell
 * nothing more once the next one has begun.
 *
 * @param owner Which attempt this is; later ones have higher numbers.
 * @param isFirst Whether nobody can have told anything.
 * @param onLost Told when telling has failed.
 */
export async function beginTelling(
  link: NatsLink,
  { id, owner, isFirst }: {
    readonly id: string;
    readonly owner: number;
    readonly isFirst: boolean;
  },
  onLost: (error: unknown) => void,
): Promise<Telling> {
  const told: unknown[] = [];
  let last = 0;

  /** Null where another message has come since `last`. */
  async function put(events: readonly unknown[]): Promise<number | null> {
    const text = JSON.stringify({ owner, events } satisfies Stored);
    const options = { headers: headers() };
    options.headers.set("Nats-Expected-Last-Subject-Sequence", String(last));
    return await link.persist(
      () =>
        unlessConflict(
          link.jetstream.publish(eventsOf(id), text, options).then(({ seq }) => seq),
        ),
      { patienceMs: Infinity },
    );
  }
  if (!isFirst) {
    for (;;) {
      for (
        let next = await nextEvents(link, id, last);
        next;
        next = await nextEvents(link, id, last)
      ) {
        told.push(...next.events);
        last = next.seq;
      }
      // From here on an earlier attempt is refused.
      const seq = await put([]);
      if (seq === null) continue;
      last = seq;
      break;
    }
  }

  async function send(events: readonly unknown[]): Promise<void> {
    const seq = await put(events);
    if (seq !== null) {
      last = seq;
      return;
    }
    const found = await link.persist(() =>
      link.streams.direct.getMessage(EVENTS, { last_by_subj: eventsOf(id) })
    );
    // Its acknowledgement was lost, and it was sent again.
    if (found?.json<Stored>().owner === owner) last = found.seq;
    else throw new FleetError("lost-lease", `Another worker goes on with the job ${brief(id)}.`);
  }

  const waiting: unknown[] = [];
  let sending: Promise<void> | null = null;
  let failure: { readonly error: unknown } | null = null;
  async function sendAll(): Promise<void> {
    try {
      while (waiting.length > 0) {
        await send(takeBatch(waiting));
      }
    } catch (error) {
      failure = { error };
      onLost(error);
    } finally {
      sending = null;
    }
  }
  return {
    told,
    tell(event) {
      const { length } = JSON.stringify(event);
      if (length > INLINE_BYTES) {
        throw new FleetError(
          "bad-job",
          `An event of the job ${
            brief(id)
          } has ${length} characters; ${INLINE_BYTES} are the most.`,
        );
      }
      waiting.push(event);
      sending ??= Promise.resolve().then(sendAll);
    },
    async settle() {
      await sending;
      if (failure) throw failure.error;
    },
  };
}

/** Takes from the front what one message can hold. */
function takeBatch(waiting: unknown[]): unknown[] {
  let characters = 0;
  const end = waiting.findIndex((event, i) => {
    characters += JSON.stringify(event).length;
    return i > 0 && characters > BATCH_CHARACTERS;
  });
  return waiting.splice(0, end < 0 ? waiting.length : end);
}

/** So that a message stays well below what the server takes, whatever the characters are. */
const BATCH_CHARACTERS = INLINE_BYTES / 4;

interface Stored {
  readonly owner: number;
  readonly events: readonly unknown[];
}
