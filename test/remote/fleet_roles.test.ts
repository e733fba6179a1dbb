/** What each role may do on a real nats-server, and whom it lets in. */
import { errors, nkeyAuthenticator, nkeys } from "@nats-io/nats-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  findNatsServer,
  type FleetServer,
  readCredentials,
  runFleetWorker,
  startFleetServer,
} from "../../src/remote/fleet/headless.ts";
import { type FleetRole, openNatsFleet } from "../../src/remote/fleet/mod.ts";
import { connectNats } from "../../src/remote/fleet/nats_transport.ts";
import { TEST_WORKS } from "./fleet_works.ts";

const isMissing = await findNatsServer() === null;
const ID = "0".repeat(64);

describe.skipIf(isMissing)("the roles of a fleet", () => {
  let folder: string;
  let server: FleetServer;
  beforeAll(async () => {
    folder = await Deno.makeTempDir({ prefix: "fleet-" });
    server = await startFleetServer({
      folder,
      port: 0,
      websocketPort: 0,
      origins: ["http://127.0.0.1:8787"],
    });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  });

  /** What the server says to a publication or a subscription: null where it allows it. */
  async function tried(role: FleetRole, subject: string, subscribe = false) {
    const authenticator = nkeyAuthenticator(
      new TextEncoder().encode(server.credentials[role].seed),
    );
    const inboxPrefix = `_INBOX_${role}`;
    const connection = await connectNats(server.url, { authenticator, inboxPrefix });
    const refused = (async () => {
      for await (const status of connection.status()) {
        if (status.type === "error" && status.error instanceof errors.PermissionViolationError) {
          return status.error.operation;
        }
      }
      return null;
    })();
    if (subscribe) connection.subscribe(subject, { callback: () => {} });
    else connection.publish(subject, "{}");
    await connection.flush();
    await connection.close();
    return await refused;
  }

  test.each<[FleetRole, string]>([
    ["worker", `jobs.any.square.${ID}.1`],
    ["worker", "$JS.API.STREAM.DELETE.JOBS"],
    ["worker", "$JS.API.STREAM.CREATE.OTHER"],
    ["worker", "$JS.API.STREAM.PURGE.JOBS"],
    ["worker", "$JS.API.STREAM.PURGE.OBJ_blobs"],
    ["worker", "$JS.API.CONSUMER.CREATE.JOBS"],
    ["worker", "$JS.API.CONSUMER.DELETE.JOBS.any"],
    ["worker", `$KV.orders.${ID}`],
    ["worker", "$JS.API.STREAM.MSG.GET.JOBS"],
    ["submitter", `$KV.results.${ID}.1`],
    ["submitter", "$JS.API.CONSUMER.MSG.NEXT.JOBS.any"],
    ["submitter", "$JS.ACK.JOBS.any.1.1.1.1.0"],
    ["submitter", "$JS.API.STREAM.DELETE.JOBS"],
    ["submitter", "$JS.API.STREAM.MSG.DELETE.JOBS"],
    ["submitter", `events.${ID}`],
    ["submitter", "$KV.workers.somebody"],
  ])("a %s may not say %s", async (role, subject) => {
    expect(await tried(role, subject)).toBe("publish");
  });

  test.each<[FleetRole, string]>([
    ["worker", "_INBOX_submitter.>"],
    ["worker", "_INBOX_admin.>"],
    ["worker", "$KV.results.>"],
    ["worker", ">"],
    ["submitter", "_INBOX_worker.>"],
    ["submitter", "jobs.>"],
    ["submitter", ">"],
  ])("a %s may not hear %s", async (role, subject) => {
    expect(await tried(role, subject, true)).toBe("subscription");
  });

  test("an administrator may", async () => {
    expect(await tried("admin", "$KV.workers.somebody")).toBe(null);
    expect(await tried("admin", ">", true)).toBe(null);
  });

  test("nobody else is let in, and the reason is told", async () => {
    const stranger = {
      ...server.credentials.worker,
      seed: new TextDecoder().decode(nkeys.createUser().getSeed()),
    };
    await expect(openNatsFleet(server.url, { credentials: stranger }))
      .rejects.toMatchObject({ code: "refused" });
    const once = { maxReconnectAttempts: 0 };
    await expect(connectNats(server.websocketUrl ?? "", once)).rejects.toThrow();
    // A server that closes in the middle of a write may end nothing but that connection.
    const refused = Array.from({ length: 100 }, () => connectNats(server.url, once));
    const ends = await Promise.allSettled(refused);
    expect(ends.every(({ status }) => status === "rejected")).toBe(true);
    const { worker } = server.credentials;
    const nowhere = openNatsFleet("nats://127.0.0.1:1", { credentials: worker });
    await expect(nowhere).rejects.toMatchObject({ code: "unreachable" });
  });

  test("a page of another origin is refused; by WebSocket a fleet works as by TCP", async () => {
    const status = async (origin: string) => {
      const url = server.websocketUrl?.replace("ws:", "http:") ?? "";
      const headers = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": btoa("0123456789abcdef"),
      };
      const { hostname, port } = new URL(url);
      using socket = await Deno.connect({ hostname, port: Number(port) });
      const lines = Object.entries({ host: `${hostname}:${port}`, origin, ...headers })
        .map(([name, value]) => `${name}: ${value}\r\n`);
      await socket.write(new TextEncoder().encode(`GET / HTTP/1.1\r\n${lines.join("")}\r\n`));
      const answer = new Uint8Array(64);
      await socket.read(answer);
      return Number(new TextDecoder().decode(answer).split(" ")[1]);
    };
    expect(await status("http://evil.example")).toBe(403);
    expect(await status("http://127.0.0.1:8787")).toBe(101);
    const stop = new AbortController();
    const { worker: credentials, submitter } = server.credentials;
    const served = runFleetWorker(server.websocketUrl ?? "", TEST_WORKS, {
      credentials,
      signal: stop.signal,
    });
    await using fleet = await openNatsFleet(server.websocketUrl ?? "", { credentials: submitter });
    const id = await fleet.submit({ work: "text", request: { length: 1_000_000 } });
    expect(await fleet.result(id)).toHaveLength(1_000_000);
    stop.abort();
    await served;
  });

  test("secrets are in files that only their owner reads", async () => {
    for (const file of [...Object.values(server.files), `${folder}/nats.conf`]) {
      expect((await Deno.stat(file)).mode! & 0o777).toBe(0o600);
    }
    const config = await Deno.readTextFile(`${folder}/nats.conf`);
    const command = await Deno.readTextFile(`/proc/${server.pid}/cmdline`);
    for (const { seed } of Object.values(server.credentials)) {
      expect(config + command).not.toContain(seed);
    }
    await Deno.chmod(server.files.worker, 0o644);
    await expect(readCredentials(server.files.worker)).rejects.toThrow(/chmod 600/);
    await Deno.chmod(server.files.worker, 0o600);
  });

  test("a port that somebody else took in the meantime is left to them", async () => {
    const own = await Deno.makeTempDir({ prefix: "fleet-" });
    const program = `${own}/nats-server-that-comes-late`;
    const reason = "listen tcp 127.0.0.1:1: bind: address already in use";
    const script = `#!/bin/sh
      if [ "$1" = --version ] || [ -e "${own}/late" ]; then exec nats-server "$@"; fi
      touch "${own}/late"; echo '[1] [FTL] Error listening on port: "${reason}"' >&2; exit 1`;
    await Deno.writeTextFile(program, script, { mode: 0o755 });
    {
      await using other = await startFleetServer({ folder: own, port: 0, program });
      const { submitter: credentials } = other.credentials;
      await using fleet = await openNatsFleet(other.url, { credentials });
      expect(await fleet.jobs()).toEqual([]);
    }
    await Deno.remove(`${own}/late`);
    await expect(startFleetServer({ folder: own, port: 4222, program }))
      .rejects.toMatchObject({ code: "unreachable", message: expect.stringContaining(reason) });
    await Deno.remove(own, { recursive: true });
  });

  test("a server that others can reach needs a certificate and a safe version", async () => {
    await expect(startFleetServer({ folder, host: "0.0.0.0", port: 0 }))
      .rejects.toMatchObject({ code: "refused" });
    const [, minor = 0, patch = 0] = (await findNatsServer() ?? "").split(".").map(Number);
    if (minor > 12 || (minor === 12 && patch >= 6) || (minor === 11 && patch >= 15)) return;
    const tls = { cert: "cert.pem", key: "key.pem" };
    await expect(startFleetServer({ folder, host: "0.0.0.0", port: 0, tls }))
      .rejects.toThrow(/CVE-2026-27889/);
  });
});
