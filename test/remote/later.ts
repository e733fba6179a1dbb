/**
 * Promises that a test awaits after something else.
 *
 * @module
 */

/** The same promise: where the test fails before it awaits it, its rejection is not a failure too. */
export function later<T>(promise: Promise<T>): Promise<T> {
  void Promise.allSettled([promise]);
  return promise;
}
