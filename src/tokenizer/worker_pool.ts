/**
 * A few workers that answer requests: each request goes to the worker with the least to do, and
 * each worker answers in order.
 *
 * @module
 */
import { startTokenizerWorker } from "./start_worker.ts";
import { TokenizerError } from "./tokenizer_error.ts";
import type { Reply, Request, TokenizerService } from "./tokenizer_worker.ts";

interface PooledWorker {
  readonly worker: Worker;
  /** Its requests that are not answered yet, oldest first. */
  readonly waiting: PromiseWithResolvers<unknown>[];
}

/** Workers of `workers/tokenizer.ts`. */
export class WorkerPool implements Disposable {
  readonly #workers: readonly PooledWorker[];
  #ended: TokenizerError | null = null;

  constructor(count: number) {
    this.#workers = Array.from({ length: count }, () => {
      const worker = startTokenizerWorker();
      const waiting: PromiseWithResolvers<unknown>[] = [];
      worker.addEventListener("message", ({ data }: MessageEvent<Reply>) => {
        const next = waiting.shift();
        if ("value" in data) next?.resolve(data.value);
        else next?.reject(thrown(data.error));
      });
      worker.addEventListener("error", (event) => {
        // Unhandled, it would end a Deno process.
        event.preventDefault();
        this.#end(`a tokenizer worker ended: ${event.message || "no reason given"}`);
      });
      return { worker, waiting };
    });
  }

  /** @throws {TokenizerError} what the worker threw, or `worker-died`. */
  run<K extends keyof TokenizerService>(
    method: K,
    request: Parameters<TokenizerService[K]>[0],
    transfer: Transferable[] = [],
  ): Promise<Awaited<ReturnType<TokenizerService[K]>>> {
    const idle = this.#workers.reduce((a, b) => a.waiting.length <= b.waiting.length ? a : b);
    return this.#ask(idle, { method, request }, transfer) as Promise<never>;
  }

  /** Asks every worker the same. */
  all<K extends keyof TokenizerService>(
    method: K,
    request: Parameters<TokenizerService[K]>[0],
  ): Promise<Awaited<ReturnType<TokenizerService[K]>>[]> {
    const asked = this.#workers.map((worker) => this.#ask(worker, { method, request }, []));
    return Promise.all(asked) as Promise<never>;
  }

  #ask(
    { worker, waiting }: PooledWorker,
    request: Request,
    transfer: Transferable[],
  ): Promise<unknown> {
    if (this.#ended) return Promise.reject(this.#ended);
    const answer = Promise.withResolvers<unknown>();
    waiting.push(answer);
    worker.postMessage(request, transfer);
    return answer.promise;
  }

  #end(reason: string): void {
    this.#ended ??= new TokenizerError("worker-died", reason);
    for (const { worker, waiting } of this.#workers) {
      worker.terminate();
      for (const { reject } of waiting.splice(0)) reject(this.#ended);
    }
  }

  /** Ends the workers; what they had not answered is rejected. */
  [Symbol.dispose](): void {
    this.#end("the pool of tokenizer workers was closed");
  }
}

function thrown({ code, message }: Extract<Reply, { error: unknown }>["error"]): Error {
  return code === null ? new Error(message) : new TokenizerError(code, message);
}

/**
 * Runs a task for each item, at most `limit` at a time, and gives the results in order. When the
 * caller stops, no further item is taken.
 *
 * @throws what a task threw, in its turn; the signal's reason, at once, when it is aborted.
 */
export async function* inOrder<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  run: (item: T) => Promise<R>,
  limit: number,
  signal?: AbortSignal,
): AsyncGenerator<R> {
  signal?.throwIfAborted();
  const aborted = Promise.withResolvers<"aborted">();
  const abort = () => aborted.resolve("aborted");
  signal?.addEventListener("abort", abort);
  const result = async (task: Promise<PromiseSettledResult<R>>) => {
    const outcome = await Promise.race([task, aborted.promise]);
    if (outcome === "aborted") throw signal?.reason;
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  };
  const running: Promise<PromiseSettledResult<R>>[] = [];
  try {
    for await (const item of items) {
      signal?.throwIfAborted();
      running.push(settled(run(item)));
      if (running.length >= limit) yield await result(running.shift()!);
    }
    for (const task of running) yield await result(task);
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/** A task that fails before its turn must not count as unhandled. */
async function settled<R>(task: Promise<R>): Promise<PromiseSettledResult<R>> {
  const [outcome] = await Promise.allSettled([task]);
  return outcome;
}
