/**
 * Long work on a thread that others need too: a page's, or a worker's that hears an abort.
 *
 * @module
 */

/** To be awaited again and again: lets others have the thread now and then. @throws The signal's reason. */
export function createRest(signal: AbortSignal | undefined): () => Promise<void> {
  let restedMs = performance.now();
  return async () => {
    signal?.throwIfAborted();
    if (performance.now() - restedMs < EVERY_MS) return;
    await new Promise((resolve) => setTimeout(resolve));
    restedMs = performance.now();
    signal?.throwIfAborted();
  };
}

const EVERY_MS = 30;
