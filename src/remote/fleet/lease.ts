/**
 * Taking jobs from the queue. A lease is a job in one worker's hands for as long as the worker says so;
 * when it falls silent, the server gives the job to another.
 *
 * @module
 */
import { type Msg, nanos } from "@nats-io/nats-core";
import { JOBS, type Ticket, ticketOf } from "./layout.ts";
import type { NatsLink } from "./nats_link.ts";

/** A job in a worker's hands. */
export interface Lease {
  readonly ticket: Ticket;
  /** How often the job was begun, with this time. */
  readonly deliveries: number;
  /** Says that the work goes on. */
  hold(): void;
  /** Gives the job back, to be begun again after a while. */
  giveBack(restMs: number): void;
  /** Takes the job off the queue: it has ended. */
  end(): Promise<void>;
}

/** How long the server keeps a request for a job open. */
const ASKING_MS = 10_000;

/**
 * Waits for a job of one of `queues`, the first of them preferred. Null where `signal` aborts, and now
 * and then for no reason: ask again.
 */
export async function takeLease(
  link: NatsLink,
  queues: readonly string[],
  signal: AbortSignal,
): Promise<Lease | null> {
  if (signal.aborted) return null;
  const { promise: stopped, resolve } = Promise.withResolvers<null>();
  let isStopped = false;
  const stop = () => {
    isStopped = true;
    resolve(null);
  };
  signal.addEventListener("abort", stop);
  // A request does not survive the server.
  const unhear = link.hear([], stop);
  try {
    for (const queue of queues.length > 1 ? queues : []) {
      const request = ask(link, queue, { no_wait: true });
      const message = await Promise.race([request.message, stopped]);
      await request.end(message);
      if (message) return leaseOf(link, message);
      if (isStopped) return null;
    }
    const asked = queues.map((queue) => ask(link, queue, { expires: nanos(ASKING_MS) }));
    const none = Promise.all(asked.map(({ message }) => message)).then(() => null);
    const first = asked.map(({ message }) => message.then((message) => message ?? none));
    const message = await Promise.race([...first, stopped]);
    await Promise.all(asked.map((request) => request.end(message)));
    return message && leaseOf(link, message);
  } finally {
    signal.removeEventListener("abort", stop);
    unhear();
  }
}

/** A request for one job. */
interface Request {
  /** Null where there was none in time. */
  readonly message: Promise<Msg | null>;
  /** Ends it. A job that comes nevertheless is given back at once, unless it is `taken`. */
  end(taken: Msg | null): Promise<void>;
}

function ask({ connection, inbox: newInbox }: NatsLink, queue: string, options: object): Request {
  const { promise, resolve } = Promise.withResolvers<Msg | null>();
  const inbox = newInbox();
  const timer = setTimeout(() => resolve(null), ASKING_MS + 1_000);
  const subscription = connection.subscribe(inbox, {
    callback: (error, message) => {
      // What has no reply subject is word from the server: nothing there, or time is over.
      resolve(error || !message.reply ? null : message);
    },
  });
  const body = JSON.stringify({ batch: 1, ...options });
  connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${JOBS}.${queue}`, body, { reply: inbox });
  const message = promise.finally(() => clearTimeout(timer));
  message.then(() => {
    if (!connection.isClosed()) subscription.unsubscribe();
  });
  return {
    message,
    async end(taken) {
      if (!connection.isClosed() && !subscription.isClosed()) {
        // A server that goes away meanwhile has forgotten the request.
        await subscription.drain().catch(() => resolve(null));
      }
      resolve(null);
      const late = await message;
      if (late && late !== taken) late.respond("-NAK");
    },
  };
}

function leaseOf({ connection, persist }: NatsLink, message: Msg): Lease {
  const { subject, reply = "" } = message;
  // "$JS.ACK.JOBS.queue.deliveries.…", or with the domain and the account in front of the stream.
  const tokens = reply.split(".");
  const deliveries = Number(tokens[tokens.length > 9 ? 6 : 4]);
  const say = (word: string) => {
    if (!connection.isClosed()) connection.publish(reply, word);
  };
  return {
    ticket: ticketOf(subject),
    deliveries,
    hold: () => say("+WPI"),
    giveBack: (restMs) => say(`-NAK ${JSON.stringify({ delay: nanos(restMs) })}`),
    end: async () => {
      await persist(() => connection.request(reply, "+ACK", { timeout: 2_500 }));
    },
  };
}
