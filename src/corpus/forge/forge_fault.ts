/**
 * A request to a forge that failed for good.
 *
 * @module
 */
import { CorpusError } from "../corpus_error.ts";

/** An error of code `forge` that says how far it reaches. */
export class ForgeFault extends CorpusError {
  /**
   * @param isLocal only what was asked for cannot be had; the next request may do better
   * @param next the address of the list's next page, where the answer told it
   */
  constructor(message: string, readonly isLocal: boolean, readonly next?: string | undefined) {
    super("forge", message);
  }
}
