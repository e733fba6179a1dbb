/**
 * What can go wrong between text and tokens.
 *
 * @module
 */

/**
 * `unknown-vocabulary`: no vocabulary of that name; `unknown-token`: an id or a special token that
 * the vocabulary does not hold; `bad-vocabulary`: a vocabulary file that is cut short or
 * contradicts itself; `unsupported`: a vocabulary of a kind that is not byte-level BPE as known
 * here; `bad-corpus`: text to train on, or a line of it, that cannot be used; `no-template`: a chat
 * was to be rendered and there is no template, or it refuses; `worker-died`: a worker of the pool
 * ended.
 */
export type TokenizerErrorCode =
  | "unknown-vocabulary"
  | "unknown-token"
  | "bad-vocabulary"
  | "unsupported"
  | "bad-corpus"
  | "no-template"
  | "worker-died";

/** A vocabulary or a tokeniser cannot do what it was asked to; the message quotes what and where. */
export class TokenizerError extends Error {
  override readonly name = "TokenizerError";
  constructor(readonly code: TokenizerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
