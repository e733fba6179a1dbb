/**
 * What the page and the server that it came from agree on.
 *
 * @module
 */

export { isToken, randomToken } from "./guard_token.ts";

/** The header in which the page sends the token of this start of the server. */
export const TOKEN_HEADER = "x-bottega-token";

/** Where the server's git proxy is: `/api/git/github.com/owner/name`. */
export const GIT_PROXY = "/api/git/";

/** The token that the page was served with; empty in a page of another kind, and outside of pages. */
export function pageToken(): string {
  const document: Document | undefined = globalThis.document;
  return document?.querySelector<HTMLMetaElement>('meta[name="bottega-token"]')?.content ?? "";
}

/** How a page reaches git hosts: through the server that it came from. Nothing outside of pages. */
export function hostAccess(): { proxy?: string; headers?: Record<string, string> } {
  const token = pageToken();
  return token === "" ? {} : { proxy: GIT_PROXY, headers: { [TOKEN_HEADER]: token } };
}
