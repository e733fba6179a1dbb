/**
 * Both ends in Node 20, which has no WebSocket of its own: `serve` prints the URL of a service, and
 * `suffer URL` calls a hostile one. The token comes by standard input.
 */
import process from "node:process";
import { WebSocket as Socket, WebSocketServer } from "ws";
import { openRemoteLink } from "../../src/remote/remote_link.ts";
import { serveRemoteLink } from "../../src/remote/remote_link_server.ts";
import { originOf } from "../../src/remote/socket_dial.ts";
import { sufferReplies } from "./socket_hostile.ts";
import { createService, schemas } from "./socket_methods.ts";

const [, , what, url = ""] = process.argv;
process.stdin.once("data", async (data: Uint8Array) => {
  const token = new TextDecoder().decode(data).trim();
  if (what === "serve") {
    const served = { methods: createService(), schemas, token };
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0, maxPayload: 1 << 20 });
    server.on("connection", (socket) => serveRemoteLink(socket as unknown as WebSocket, served));
    server.on("listening", () => {
      const { port } = server.address() as { port: number };
      console.log(`ws://127.0.0.1:${port}`);
    });
    return;
  }
  const connect = (url: string) =>
    new Socket(url, { origin: originOf(url) }) as unknown as WebSocket;
  console.log(JSON.stringify(await sufferReplies(openRemoteLink, url, { token, connect })));
  process.exit(0);
});
