/**
 * Calls that must not overlap.
 *
 * @module
 */

/** `work`, each call of which begins when the one before has ended, however it ended. */
export function inTurn<A, R>(work: (argument: A) => Promise<R>): (argument: A) => Promise<R> {
  let last: Promise<unknown> = Promise.resolve();
  return (argument) => {
    const run = () => work(argument);
    const next = last.then(run, run);
    last = next;
    return next;
  };
}
