/** A fleet behind TLS, whose certificate an authority of its own signed. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  findNatsServer,
  type FleetServer,
  runFleetWorker,
  startFleetServer,
} from "../../src/remote/fleet/headless.ts";
import { openNatsFleet } from "../../src/remote/fleet/mod.ts";
import { TEST_WORKS } from "./fleet_works.ts";

/** Runs openssl in a folder; false where there is none. */
async function openssl(folder: string, ...args: readonly string[]): Promise<boolean> {
  try {
    const { code, stderr } = await new Deno.Command("openssl", { args: [...args], cwd: folder })
      .output();
    if (code !== 0) throw new Error(`openssl ${args[0]}: ${new TextDecoder().decode(stderr)}`);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** An authority, and a certificate for this machine that it signed. */
async function makeCertificate(folder: string): Promise<void> {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2"];
  const authority = ["-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem"];
  await openssl(folder, "req", "-x509", ...key, ...authority);
  const names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const leaf = [
    "-addext",
    "basicConstraints=critical,CA:FALSE",
    "-CA",
    "ca.pem",
    "-CAkey",
    "ca.key",
  ];
  const server = ["-subj", "/CN=server", "-keyout", "server.key", "-out", "server.pem"];
  await openssl(folder, "req", "-x509", ...key, ...server, ...names, ...leaf);
}

const isMissing = await findNatsServer() === null || !await openssl(".", "version");
if (isMissing) console.warn("skipped: a fleet behind TLS needs nats-server and openssl");

describe.skipIf(isMissing)("a fleet behind TLS", () => {
  let folder: string;
  let server: FleetServer;
  beforeAll(async () => {
    folder = await Deno.makeTempDir({ prefix: "fleet-" });
    await makeCertificate(folder);
    server = await startFleetServer({
      folder,
      port: 0,
      websocketPort: 0,
      tls: {
        cert: `${folder}/server.pem`,
        key: `${folder}/server.key`,
        authority: `${folder}/ca.pem`,
      },
    });
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  });

  test.each(["tls", "wss"])("does its jobs by %s://", async (protocol) => {
    const url = protocol === "tls" ? server.url : server.websocketUrl ?? "";
    expect(url).toMatch(new RegExp(`^${protocol}://127\\.0\\.0\\.1:`));
    const stop = new AbortController();
    const { worker: credentials, submitter } = server.credentials;
    const served = runFleetWorker(url, TEST_WORKS, { credentials, signal: stop.signal });
    await using fleet = await openNatsFleet(url, { credentials: submitter });
    const length = 1_000_000 + protocol.charCodeAt(0);
    const id = await fleet.submit({ work: "text", request: { length } });
    expect(await fleet.result(id)).toHaveLength(length);
    stop.abort();
    await served;
  });

  test.each(["tls", "wss"])("a server of another authority is not trusted by %s://", async (by) => {
    const url = by === "tls" ? server.url : server.websocketUrl ?? "";
    const { authority: _, ...known } = server.credentials.submitter;
    await expect(openNatsFleet(url, { credentials: known }))
      .rejects.toMatchObject({ code: "unreachable" });
    const other = await Deno.makeTempDir({ prefix: "fleet-" });
    await makeCertificate(other);
    const authority = await Deno.readTextFile(`${other}/ca.pem`);
    await Deno.remove(other, { recursive: true });
    await expect(openNatsFleet(url, { credentials: { ...known, authority } }))
      .rejects.toMatchObject({
        code: "unreachable",
        message: expect.stringMatching(/certificate/i),
      });
  });

  test("without TLS nothing is told", async () => {
    const plain = server.url.replace("tls:", "nats:");
    const { authority: _, ...credentials } = server.credentials.submitter;
    await expect(openNatsFleet(plain, { credentials })).rejects.toMatchObject({
      code: "unreachable",
    });
  });
});
