/** Promise 1 of a remote worker: who may come in, by which name, from where, and with what. */
import { expect, test } from "vitest";
import { randomToken } from "../../src/remote/guard_token.ts";
import { listenRemote } from "../../src/remote/listen_remote.ts";
import { openRemoteLink } from "../../src/remote/remote_link.ts";
import { TLS } from "../remote/socket_certificate.ts";
import { upgradeRequest } from "../remote/socket_raw.ts";
import { startWorker } from "../remote/socket_service.ts";

/** Status and code of the answer to a request by hand. */
async function outcome(port: number, request: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(request));
  const bytes = new Uint8Array(4096);
  let answer = "";
  // The body may come after the head.
  for (let size: number | null = 0; size !== null && !isWhole(answer);) {
    size = await connection.read(bytes);
    answer += new TextDecoder().decode(bytes.subarray(0, size ?? 0));
  }
  const [, status] = /^HTTP\/1\.1 (\d+)/.exec(answer) ?? [];
  const [, code] = /"code":"([a-z-]+)"/.exec(answer) ?? [];
  return code === undefined ? `${status}` : `${status} ${code}`;
}

/** Whether an answer has its head, and as much of a body as that tells. */
function isWhole(answer: string): boolean {
  const [head = "", body] = answer.split("\r\n\r\n", 2);
  const [, length = "0"] = /^content-length: (\d+)$/im.exec(head.replaceAll("\r", "")) ?? [];
  return body !== undefined && body.length >= Number(length);
}

const get = (headers: string[]) =>
  ["GET / HTTP/1.1", ...headers, "connection: close", "", ""].join("\r\n");

test("a link without the token, with a wrong or a truncated one, is refused", async () => {
  await using worker = startWorker();
  const { token, listener: { url } } = worker;
  const wrong = [
    "",
    "x",
    token.slice(0, -1),
    `${token}A`,
    token.toLowerCase(),
    randomToken(),
    "ä".repeat(43),
    token + token,
  ];
  for (const given of wrong) {
    const failure = await openRemoteLink(url, { token: given }).catch((error) => error);
    expect(failure, given).toMatchObject({ code: "unauthorized" });
    expect(failure.message).not.toContain(token);
  }
  expect(worker.lines).toEqual(wrong.map(() => "refused a link: unauthorized"));
  const link = await worker.link();
  expect(await link.call("add", { a: 1, b: 1 })).toBe(2);
});

test("first words that are none are refused, and nothing is taken before them", async () => {
  await using worker = startWorker();
  const { token, listener: { url } } = worker;
  const hello = { bottega: 1, token, session: null, received: 0 };
  const wrong: Record<string, string | Uint8Array<ArrayBuffer>> = {
    "bad-hello": JSON.stringify({ token }),
    "no-such-session": JSON.stringify({ ...hello, session: crypto.randomUUID() }),
  };
  const bad = [
    "{",
    "null",
    new Uint8Array([1, 2, 3]),
    JSON.stringify({ ...hello, more: 1 }),
    JSON.stringify({ ...hello, received: -1 }),
    JSON.stringify({ ...hello, token: { length: 43 } }),
    JSON.stringify({ ...hello, pad: " ".repeat(1 << 20) }),
  ];
  for (
    const [code, words] of [
      ...Object.entries(wrong),
      ...bad.map((b) => ["bad-hello", b] as const),
    ]
  ) {
    const headers = { origin: url.replace("ws", "http") };
    const socket = new WebSocket(url, { headers } as unknown as string[]);
    await new Promise((resolve) => socket.addEventListener("open", resolve));
    const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener("close", resolve));
    socket.send(words);
    expect((await closed).reason).toBe(code);
  }
});

test("only sockets of an allowed origin, by an own name, are let in", async () => {
  await using worker = startWorker({}, { origins: ["https://lab.example"] });
  const { port } = worker.listener;
  const host = `127.0.0.1:${port}`;
  const upgrade = (headers: Record<string, string>) => outcome(port, upgradeRequest(headers));
  for (const own of [`http://${host}`, "https://lab.example"]) {
    expect(await upgrade({ host, origin: own }), own).toBe("101");
  }
  expect(await upgrade({ host }), "no origin").toBe("403 forbidden-origin");
  for (
    const origin of [
      "null",
      "",
      "http://evil.example",
      `http://localhost:${port}`,
      "http://127.0.0.1:1",
      "http://lab.example",
      "https://lab.example.evil.example",
    ]
  ) expect(await upgrade({ host, origin }), origin).toBe("403 forbidden-origin");
  for (const name of ["evil.example", "0.0.0.0", "127.0.0.1.evil.example", "", "lab.example"]) {
    const forged = { host: `${name}:${port}`, origin: `http://${name}:${port}` };
    expect(await upgrade(forged), name).toBe("403 forbidden-host");
    expect(await outcome(port, get([`host: ${name}:${port}`])), name).toBe("403 forbidden-host");
  }
  // A tunnel may begin at another port.
  expect(await upgrade({ host: "localhost:9000", origin: "http://localhost:9000" })).toBe("101");
  expect(worker.lines).toContain("refused a request: forbidden-origin");
});

test("the status page is for this machine, and for others with the token", async () => {
  const status = () => new Response("well");
  await using worker = startWorker({}, { status });
  const { port } = worker.listener;
  const host = `host: 127.0.0.1:${port}`;
  expect(await outcome(port, get([host]))).toBe("200");
  expect(await outcome(port, get([host, "origin: http://evil.example"]))).toBe(
    "403 forbidden-origin",
  );
  expect(await outcome(port, get([host]).replace("GET / ", "GET /x "))).toBe("404 not-found");
  expect(await outcome(port, get([host]).replace("GET", "POST"))).toBe("404 not-found");
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(await answer.text()).toBe("well");

  const shared = startWorker({}, { status, host: "0.0.0.0", tls: TLS, token: worker.token });
  const client = Deno.createHttpClient({ caCerts: [TLS.cert] });
  const url = `https://localhost:${shared.listener.port}/`;
  const asked = async (headers: HeadersInit) => {
    const response = await fetch(url, { client, headers } as RequestInit);
    await response.body?.cancel();
    return response.status;
  };
  expect(await asked({})).toBe(401);
  expect(await asked({ authorization: `Bearer ${worker.token.slice(1)}` })).toBe(401);
  expect(await asked({ authorization: `Bearer ${worker.token}` })).toBe(200);
  client.close();
  await shared[Symbol.asyncDispose]();
});

test("others can reach a worker only with a token of 256 bits and TLS", () => {
  const base = { port: 0, handler: () => {} };
  const token = randomToken();
  for (const host of ["0.0.0.0", "::", "192.0.2.1", "worker.example"]) {
    const refused = (options: object) =>
      expect(() => listenRemote({ ...base, token, host, ...options }));
    refused({}).toThrow(/TLS/);
    refused({ token: "" }).toThrow(/token/);
    refused({ tls: TLS, token: "" }).toThrow(/token/);
    refused({ tls: TLS, token: token.slice(1) }).toThrow(/token/);
  }
  expect(() => listenRemote({ ...base, token: "" })).toThrow(/token/);
  const broken = { ...TLS, key: TLS.cert };
  expect(() => listenRemote({ ...base, token, tls: broken })).toThrow(/certificate/);
  const first = listenRemote({ ...base, token });
  expect(() => listenRemote({ ...base, token, port: first.port })).toThrow(/in use/);
  return first.close();
});

test("over TLS, by a name of the certificate", async () => {
  await using worker = startWorker({}, { host: "0.0.0.0", tls: TLS });
  const { port } = worker.listener;
  const client = Deno.createHttpClient({ caCerts: [TLS.cert] });
  const connect = (url: string) =>
    new WebSocket(
      url,
      { client, headers: { origin: url.replace("wss", "https").replace(/\/$/, "") } } as never,
    );
  const link = await worker.link({ connect }, `wss://localhost:${port}`);
  expect(await link.call("add", { a: 1, b: 1 })).toBe(2);
  await expect(worker.link({}, `wss://localhost:${port}`)).rejects
    .toMatchObject({ code: "unreachable" });
  client.close();
});
