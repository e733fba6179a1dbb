/**
 * A repository behind smart HTTP: its address, directly or through the server's proxy, and the
 * requests that are made of it. They are made here and not by isomorphic-git, whose transfer cannot
 * be stopped, which takes a broken answer for a complete one, and which writes the URL with its
 * credentials to disk.
 *
 * @see https://git-scm.com/docs/http-protocol
 * @module
 */

import { GitError } from "./git_error.ts";
import { type Advertisement, parseAdvertisement } from "./advertisement.ts";
import { LIST_REFS, parseCapabilities, parseRefs } from "./protocol_2.ts";
import { concat } from "./pkt_line.ts";
import { readChunks, type Silence, watchSilence } from "./silence.ts";
import { quote } from "./quote.ts";

/** How a remote is reached. */
export interface RemoteOptions {
  /**
   * Prefix of a proxy, `/api/git/` for example: `https://github.com/x/y` is then asked for as
   * `/api/git/github.com/x/y`. What lies on the proxy's own origin is asked for directly.
   */
  readonly proxy?: string | undefined;
  /** Sent with every request: to the proxy where there is one, else to the remote. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How long the remote may stay silent; a minute by default. */
  readonly silenceMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A remote repository. Its methods throw {@linkcode GitError}. */
export interface Remote {
  /** Its URL without credentials, query and fragment. */
  readonly source: string;
  /** The references that it offers. */
  advertisement(): Promise<Advertisement>;
  /** The same by version 2 of the protocol; nothing if it does not speak that. */
  advertisement2(): Promise<Advertisement | undefined>;
  /** Its answer to a request for objects, piece by piece; `version` 2 for a command of that one. */
  uploadPack(body: string, version?: 2): AsyncIterable<Uint8Array>;
  /** Its answer to JSON of the type `type`, posted to `path` behind its URL. */
  postJson(path: string, type: string, value: unknown): Promise<unknown>;
  /** Words of the remote, for a message: without the credentials, should they be in them. */
  hide(words: string): string;
}

/**
 * The remote at `url`, which may hold credentials. Nothing is asked yet.
 *
 * @throws {GitError} `unsupported` if it is no http URL
 */
export function remoteAt(url: string, options: RemoteOptions): Remote {
  const { source, address, headers, secrets, proxied } = addressOf(url, options);
  const hide = (words: string) =>
    secrets.reduce((shown, secret) => shown.replaceAll(secret, "…"), words);
  // Where the repository lies after the redirects of the first request.
  let place = address;

  async function* answer(path: string, type: string, init: RequestInit) {
    const silence = watchSilence(options.signal, options.silenceMs);
    try {
      const response = await fetch(place + path, {
        ...init,
        // A redirect to another origin must not carry the credentials there.
        headers: { ...(sameOrigin(place, address) ? headers : {}), ...init.headers },
        signal: silence.signal,
      });
      if (!response.ok) throw await refusal(response, source, proxied ? hide : undefined);
      if (response.headers.get("content-type")?.split(";")[0]?.trim() !== type) {
        await response.body?.cancel();
        throw notGit(source, hide(response.headers.get("content-type") ?? "nothing"));
      }
      if (response.url.endsWith(path)) place = response.url.slice(0, -path.length);
      if (response.body !== null) yield* readChunks(response.body, silence);
    } catch (error) {
      throw requestError(error, source, silence, hide);
    } finally {
      silence.end();
    }
  }

  function uploadPack(body: string, version?: 2): AsyncIterable<Uint8Array> {
    const type = "application/x-git-upload-pack-result";
    const headers = {
      "content-type": "application/x-git-upload-pack-request",
      accept: type,
      ...(version === 2 ? VERSION_2 : {}),
    };
    return answer("/git-upload-pack", type, { method: "POST", body, headers });
  }

  async function parsed<T>(parse: () => Promise<T>): Promise<T> {
    try {
      return await parse();
    } catch (error) {
      if (error instanceof GitError) throw error;
      throw new GitError("network", `${quote(source)}: ${hide(messageOf(error))}.`);
    }
  }

  return {
    source,
    async advertisement() {
      const type = "application/x-git-upload-pack-advertisement";
      const chunks = answer("/info/refs?service=git-upload-pack", type, { method: "GET" });
      return await parsed(() => parseAdvertisement(chunks));
    },
    async advertisement2() {
      const type = "application/x-git-upload-pack-advertisement";
      const chunks = answer("/info/refs?service=git-upload-pack", type, {
        method: "GET",
        headers: VERSION_2,
      });
      const capabilities = await parsed(() => parseCapabilities(chunks));
      if (capabilities === undefined) return undefined;
      return await parsed(() => parseRefs(uploadPack(LIST_REFS, 2), capabilities));
    },
    uploadPack,
    async postJson(path, type, value) {
      const headers = { "content-type": type, accept: type };
      const chunks = answer(path, type, { method: "POST", body: JSON.stringify(value), headers });
      const parts = await Array.fromAsync(chunks);
      return await parsed(() =>
        Promise.resolve(JSON.parse(new TextDecoder().decode(concat(parts))))
      );
    },
    hide,
  };
}

const VERSION_2 = { "git-protocol": "version=2" };

/** The URL without what may be a credential, for errors; also where it is not well formed. */
export function withoutCredentials(url: string): string {
  return url.replace(/\/\/.*@/, "//").replace(/[?#].*$/, "");
}

interface Address {
  readonly source: string;
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What must not appear in any message. */
  readonly secrets: readonly string[];
  readonly proxied: boolean;
}

function addressOf(text: string, { proxy, headers = {} }: RemoteOptions): Address {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new GitError("unsupported", `${quote(withoutCredentials(text))} is not an http URL.`);
  }
  const { username, password } = url;
  const login = `${decoded(username)}:${decoded(password)}`;
  const basic = btoa(String.fromCharCode(...new TextEncoder().encode(login)));
  const secret = password === "" ? username : password;
  const secrets = secret === "" ? [] : [secret, decoded(secret), basic];
  const authorization = secret === "" ? undefined : `Basic ${basic}`;
  url.username =
    url.password =
    url.search =
    url.hash =
      "";
  const source = url.href.replace(/\/+$/, "");
  const via = proxy === undefined ? undefined : proxyAt(proxy);
  if (via === undefined || sameOrigin(via, source)) {
    return {
      source,
      address: source,
      headers: { ...(authorization ? { authorization } : {}), ...headers },
      secrets,
      proxied: false,
    };
  }
  return {
    source,
    address: `${via}${url.host}${url.pathname}`.replace(/\/+$/, ""),
    headers: { ...headers, ...(authorization ? { "x-git-authorization": authorization } : {}) },
    secrets,
    proxied: true,
  };
}

function proxyAt(proxy: string): string {
  const base = (globalThis as { location?: { origin: string } }).location?.origin;
  if (URL.canParse(proxy, base)) return new URL(proxy, base).href;
  throw new GitError("unsupported", `The proxy ${quote(proxy)} must be a URL outside of a page.`);
}

function sameOrigin(one: string, other: string): boolean {
  return new URL(one).origin === new URL(other).origin;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return text;
  }
}

/**
 * What a status other than 2xx means.
 *
 * @param hide given for a proxy, which says it in words; a remote's page may be anything
 */
async function refusal(
  response: Response,
  source: string,
  hide: ((words: string) => string) | undefined,
): Promise<GitError> {
  const { status, statusText } = response;
  const { code, message } = hide ? wordsOf(await response.text()) : {};
  if (!hide) await response.body?.cancel();
  const words = hide && message !== undefined
    ? hide(message)
    : `it answered ${status} ${statusText}`;
  const told = `${quote(source)}: ${words.trimEnd()}`;
  if (code === "not-a-repository") return new GitError(code, told);
  if (status === 401 || status === 403 || status === 407) return new GitError("forbidden", told);
  if (status === 404 || status === 410) return new GitError("not-found", told);
  return new GitError("network", told);
}

/** The `code` and `message` of the server's errors. */
function wordsOf(json: string): { code?: unknown; message?: string } {
  try {
    const { code, message } = JSON.parse(json);
    return typeof message === "string" ? { code, message } : {};
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return {};
    throw error;
  }
}

function notGit(source: string, type: string): GitError {
  return new GitError(
    "not-a-repository",
    `${quote(source)} answers with ${type}, not as a git repository does. ` +
      `Give the URL that "git clone" takes.`,
  );
}

function requestError(
  error: unknown,
  source: string,
  silence: Silence,
  hide: (words: string) => string,
): GitError {
  if (error instanceof GitError) return error;
  const reason = silence.reason();
  if (reason === "aborted") return new GitError("aborted", `${quote(source)}: it was stopped.`);
  const words = reason === "silent"
    ? `nothing came for ${silence.limitMs / 1000} s`
    : hide(messageOf(error));
  return new GitError("network", `${quote(source)}: ${words}.`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
