/**
 * Requests to GitHub's API, or to a server that speaks as it does: paged, cached, patient. It waits as
 * long as the forge's limits ask, tries again what may pass, and never writes its token anywhere.
 *
 * @see https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
 * @module
 */
import { CorpusError } from "../corpus_error.ts";
import { ForgeFault } from "./forge_fault.ts";
import { cacheKey, memoryCache, type TextCache } from "../text_cache.ts";

/** How the forge is asked. */
export interface ForgeOptions {
  /** Where its REST API begins; GitHub's by default. GraphQL is at `graphql` below it. */
  readonly apiUrl?: string | undefined;
  /** Sent to `apiUrl` and nowhere else. Without it, public data can be read, slowly. */
  readonly token?: string | undefined;
  readonly cache?: TextCache | undefined;
  /** The longest that it waits for a limit to end; 65 minutes by default. */
  readonly maxWaitMs?: number | undefined;
  /** Between attempts after a failure, doubled each time; 1 s by default. */
  readonly retryDelayMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told when it waits, and why. */
  readonly onWait?: ((waitMs: number, reason: string) => void) | undefined;
}

/** An answer, and the address of the next page if there is one. */
export interface ForgeAnswer {
  readonly value: unknown;
  readonly next?: string | undefined;
}

/** A forge that can be asked. */
export interface ForgeClient {
  readonly hasToken: boolean;
  /** What is at `path`, such as `repos/o/r`, or at an address that an answer gave. */
  get(path: string, options?: { readonly cached?: boolean }): Promise<ForgeAnswer>;
  /** All items of a list, over its pages. */
  list(path: string): Promise<unknown[]>;
  /** The `data` of a GraphQL query. */
  query(query: string, variables: Readonly<Record<string, unknown>>): Promise<unknown>;
}

const ATTEMPTS = 4;

/**
 * A client of the forge at `apiUrl`.
 *
 * @throws {CorpusError} `bad-option` for an `apiUrl` that is no http(s) URL
 */
export function openForge(options: ForgeOptions = {}): ForgeClient {
  const { apiUrl = "https://api.github.com", token, cache = memoryCache(), signal } = options;
  const { maxWaitMs = 65 * 60_000, retryDelayMs = 1_000, onWait } = options;
  if (!/^https?:\/\//.test(apiUrl) || !URL.canParse(apiUrl)) {
    throw new CorpusError(
      "bad-option",
      `${JSON.stringify(apiUrl)} is not the URL of a forge's API.`,
    );
  }
  const root = new URL(apiUrl.endsWith("/") ? apiUrl : `${apiUrl}/`);
  /** When the forge takes requests again. */
  let openAtMs = 0;

  async function wait(waitMs: number, reason: string): Promise<void> {
    if (waitMs > maxWaitMs) {
      throw new ForgeFault(
        `${root.host} asks to wait ${Math.ceil(waitMs / 1000)} s (${reason}); ` +
          "come back then and resume, or give a token.",
        false,
      );
    }
    if (waitMs >= 1_000) onWait?.(waitMs, reason);
    await sleep(waitMs, signal);
  }

  /** One request, as often as it takes. */
  async function send(url: URL, init: RequestInit): Promise<ForgeAnswer> {
    const name = url.pathname.slice(root.pathname.length) || url.pathname;
    for (let attempt = 1;; attempt++) {
      signal?.throwIfAborted();
      if (openAtMs > Date.now()) await wait(openAtMs - Date.now(), "its limit is used up");
      const isLast = attempt >= ATTEMPTS;
      let response: Response;
      let text: string;
      try {
        response = await fetch(url, { ...init, ...(signal ? { signal } : {}) });
        text = await response.text();
      } catch (error) {
        signal?.throwIfAborted();
        const reason = error instanceof Error ? error.message : String(error);
        if (isLast) throw new ForgeFault(`${root.host} cannot be reached: ${reason}`, false);
        await wait(retryDelayMs * 2 ** (attempt - 1), reason);
        continue;
      }
      const { status, headers } = response;
      if (headers.get("x-ratelimit-remaining") === "0") openAtMs = resetMs(headers);
      const limitMs = waitOf(response, text);
      if (limitMs !== undefined) {
        if (isLast) throw new ForgeFault(`${root.host} answers ${status} again and again`, false);
        openAtMs = 0;
        await wait(limitMs, `it answers ${status}`);
        continue;
      }
      if (status >= 500 || status === 408) {
        if (isLast) throw new ForgeFault(`${name}: ${root.host} answers ${status}`, false);
        await wait(retryDelayMs * 2 ** (attempt - 1), `it answers ${status}`);
        continue;
      }
      if (!response.ok) throw refusal(status, name, root.host, text, token !== undefined);
      const value = parseJson(text);
      if (value !== undefined) return { value, next: nextPage(headers, root) };
      if (isLast) {
        const next = nextPage(headers, root);
        throw new ForgeFault(`${name}: ${root.host} answers broken JSON`, true, next);
      }
      await wait(retryDelayMs * 2 ** (attempt - 1), "its answer is broken");
    }
  }

  async function cachedAnswer(
    key: unknown,
    ask: () => Promise<ForgeAnswer>,
  ): Promise<ForgeAnswer> {
    const name = await cacheKey(key);
    const known = await cache.get(name);
    if (known !== undefined) return JSON.parse(known) as ForgeAnswer;
    const answer = await ask();
    await cache.set(name, JSON.stringify(answer));
    return answer;
  }

  const headers: Record<string, string> = {
    accept: "application/vnd.github+json",
    "x-github-api-version": "2022-11-28",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };

  const client: ForgeClient = {
    hasToken: token !== undefined,
    async get(path, { cached = true } = {}) {
      const url = new URL(path, root);
      const ask = () => send(url, { headers });
      return cached ? await cachedAnswer(["GET", url.href], ask) : await ask();
    },
    async list(path) {
      const items: unknown[] = [];
      for (let next: string | undefined = path; next !== undefined;) {
        const answer = await client.get(next);
        if (!Array.isArray(answer.value)) throw new ForgeFault(`${path}: no list`, true);
        items.push(...answer.value);
        next = answer.next;
      }
      return items;
    },
    async query(query, variables) {
      const body = JSON.stringify({ query, variables });
      const url = new URL("graphql", root);
      const { value } = await cachedAnswer(["POST", url.href, body], async () => {
        const answer = await send(url, { method: "POST", headers, body });
        const { data, errors } = answer.value as { data?: unknown; errors?: unknown };
        if (data === undefined || data === null) {
          throw new ForgeFault(`graphql: ${JSON.stringify(errors)?.slice(0, 200)}`, true);
        }
        return { value: data };
      });
      return value;
    },
  };
  return client;
}

/** How long a refusal for a limit asks to wait; nothing if it is none. */
function waitOf({ status, headers }: Response, text: string): number | undefined {
  if (status !== 403 && status !== 429 && status !== 503) {
    return status === 200 && /"type"\s*:\s*"RATE_LIMITED"/.test(text.slice(0, 2_000))
      ? Math.max(1_000, resetMs(headers) - Date.now())
      : undefined;
  }
  const after = headers.get("retry-after");
  if (after !== null) return retryAfterMs(after);
  if (status === 503) return undefined;
  if (headers.get("x-ratelimit-remaining") === "0") {
    return Math.max(0, resetMs(headers) - Date.now());
  }
  if (status === 429 || /rate limit|abuse/i.test(text.slice(0, 2_000))) return 60_000;
  return undefined;
}

/** Seconds, or a date. */
function retryAfterMs(text: string): number {
  const waitMs = /^\s*\d+(\.\d+)?\s*$/.test(text)
    ? Number(text) * 1_000
    : Date.parse(text) - Date.now();
  return Number.isNaN(waitMs) ? 60_000 : Math.max(0, waitMs);
}

function resetMs(headers: Headers): number {
  const seconds = Number(headers.get("x-ratelimit-reset") ?? "NaN");
  return Number.isFinite(seconds) ? seconds * 1_000 : Date.now() + 60_000;
}

function refusal(
  status: number,
  name: string,
  host: string,
  text: string,
  hasToken: boolean,
): ForgeFault {
  const told = parseJson(text);
  const message = typeof told === "object" && told !== null && "message" in told
    ? `: ${JSON.stringify(String(told.message).slice(0, 200))}`
    : "";
  const advice = status === 401
    ? "; check the token"
    : status === 404 && !hasToken
    ? "; a private repository needs a token"
    : "";
  // What is gone, or withheld, is one thing's own matter; who may not come in may ask for nothing.
  return new ForgeFault(`${name}: ${host} answers ${status}${message}${advice}`, status !== 401);
}

/**
 * The address of the next page.
 *
 * @throws {ForgeFault} if it leads to another host, where the token must not go
 */
function nextPage(headers: Headers, root: URL): string | undefined {
  const link = /<([^>]+)>\s*;\s*rel="next"/.exec(headers.get("link") ?? "")?.[1];
  if (link === undefined) return undefined;
  const url = new URL(link, root);
  if (url.origin === root.origin) return url.href;
  throw new ForgeFault(
    `${root.host} leads to ${url.origin} for the next page; not followed`,
    false,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

/** Waits, unless the signal ends it. */
function sleep(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, waitMs);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
