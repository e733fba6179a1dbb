/**
 * Choices of kernels in a browser's IndexedDB, which pages and their workers share.
 *
 * @module
 */

import type { TuningStore } from "./stored_tuning.ts";

/** Keeps them in a database of their own. */
export function indexedTuning(database = "bottega-tuning"): TuningStore {
  const open = () =>
    settled<IDBDatabase>(() => {
      const request = indexedDB.open(database, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE);
      return request;
    });
  return {
    async read() {
      const db = await open();
      try {
        const value = await settled(() => db.transaction(STORE).objectStore(STORE).get(KEY));
        return typeof value === "string" ? value : null;
      } finally {
        db.close();
      }
    },
    async write(text) {
      const db = await open();
      try {
        await settled(() => db.transaction(STORE, "readwrite").objectStore(STORE).put(text, KEY));
      } finally {
        db.close();
      }
    },
  };
}

const STORE = "choices";
const KEY = "all";

function settled<T>(ask: () => IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = ask();
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
