/** Promise 2 at the other ends: a worker in Node, and those who call a hostile one, a page among them. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { openRemoteLink } from "../../src/remote/remote_link.ts";
import { bundle } from "../remote/socket_bundle.ts";
import { FORGED_REPLIES, type Outcome, sufferReplies } from "../remote/socket_hostile.ts";
import { codeOf, FORGERIES, openRaw, speak } from "../remote/socket_raw.ts";
import { CHROMIUM, openChromium } from "../support/browser.ts";

const token = "a".repeat(43);
const ofPrototype = Object.getOwnPropertyNames(Object.prototype).sort();
const hasNode = await run("node", ["--version"]).then(() => true, () => false);
if (!hasNode) console.warn("skipped: no node found");

let page = "";
let nodeFile = "";
let hostile: Hostile;

beforeAll(async () => {
  page = await Deno.readTextFile(await bundle("socket_page.ts", "page"));
  nodeFile = await bundle("socket_node.ts", "node");
  hostile = startHostile();
});
afterAll(() => hostile.close());

test("Deno, calling a hostile worker", async () => {
  check(await sufferReplies(openRemoteLink, hostile.url, { token }));
});

test.skipIf(CHROMIUM === null)("a page, calling a hostile worker", async () => {
  const browser = await openChromium();
  try {
    const tab = await browser.newPage();
    await tab.goto(hostile.url.replace("ws", "http"));
    check(await tab.evaluate(`suffer("${hostile.url}", "${token}")`));
  } finally {
    await browser.close();
  }
});

test.skipIf(!hasNode)("Node 20, calling a hostile worker", async () => {
  check(JSON.parse(await run("node", [nodeFile, "suffer", hostile.url], token)));
});

test.skipIf(!hasNode)(
  "a worker in Node 20 refuses every forged call, and answers the next",
  async () => {
    const command = new Deno.Command("node", {
      args: [nodeFile, "serve"],
      stdin: "piped",
      stdout: "piped",
    });
    await using node = command.spawn();
    const input = node.stdin.getWriter();
    await input.write(new TextEncoder().encode(token));
    const output = node.stdout.getReader();
    const url = new TextDecoder().decode((await output.read()).value).trim();
    const honest = await openRemoteLink<{ add(request: object): Promise<number> }>(url, { token });
    const link = await openRaw(url, token);
    let port = 0;
    for (const [what, message, code] of FORGERIES) {
      link.post(++port, message);
      expect(codeOf(await link.next(port)), what).toBe(code);
      link.send({ kind: "close", port, code: "cancelled" });
      expect(await honest.call("add", { a: 1, b: port })).toBe(1 + port);
    }
    link.socket.send(new Uint8Array(2 << 20));
    expect(["frame-too-large", "closed"]).toContain(await link.next(1));
    expect(await honest.call("add", { a: 1, b: 1 })).toBe(2);
    honest.close();
    input.releaseLock();
    await output.cancel();
    await node.stdin.close();
    node.kill();
  },
);

function check({ outcomes, ...rest }: Outcome) {
  for (const [what, , code] of FORGED_REPLIES) expect(outcomes[what], what).toEqual([code, 42]);
  expect(rest.polluted).toBe(false);
  expect(rest.ofPrototype).toEqual(ofPrototype);
}

interface Hostile {
  readonly url: string;
  close(): Promise<void>;
}

/** A worker that greets, answers `honest` with 42, and `forged` with what it was asked for. */
function startHostile(): Hostile {
  const closing = new AbortController();
  const { signal } = closing;
  const sockets = new Set<WebSocket>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, signal, onListen() {} },
    (request) => {
      if (request.headers.get("upgrade") !== "websocket") {
        const html = `<!doctype html><title>x</title><script type="module">${page}</script>`;
        return new Response(html, { headers: { "content-type": "text/html" } });
      }
      const { socket, response } = Deno.upgradeWebSocket(request);
      sockets.add(socket);
      socket.addEventListener("message", () => {
        const session = crypto.randomUUID();
        const welcome = { session, received: 0, openCalls: 4, messageBytes: 1 << 20 };
        socket.send(JSON.stringify(welcome));
        answer(socket);
      }, { once: true });
      return response;
    },
  );
  return {
    url: `ws://127.0.0.1:${server.addr.port}`,
    close() {
      for (const socket of sockets) socket.close();
      closing.abort();
      return server.finished;
    },
  };
}

async function answer(socket: WebSocket) {
  const link = speak(socket);
  // Each refusal closes a port; the next call comes over the next one.
  for (let port = 1;; port++) {
    for (;;) {
      const message = await link.next(port);
      if (typeof message === "string") {
        if (link.ended !== null) return;
        if (message === "nothing") continue;
        break;
      }
      const { id, path: [method], argumentList: [{ value }] } = message as {
        id: string;
        path: [string];
        argumentList: [{ value: number }];
      };
      const forged = FORGED_REPLIES[value]?.[1](id);
      link.post(port, method === "forged" ? forged : { id, type: "RAW", value: 42 });
    }
  }
}

async function run(program: string, args: string[], input = ""): Promise<string> {
  await using child = new Deno.Command(program, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { success, stdout } = await child.output();
  if (!success) throw new Error(`${program} failed`);
  return new TextDecoder().decode(stdout);
}
