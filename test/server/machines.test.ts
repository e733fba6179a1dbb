import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startServer } from "./started_server.ts";

const MACHINE = { name: "gpu-1", url: "ws://127.0.0.1:8790", token: "abcdefghijklmnopqrstu-_0" };

let folder: string;
beforeAll(async () => {
  folder = await Deno.makeTempDir({ prefix: "bottega-machines-" });
});
afterAll(() => Deno.remove(folder, { recursive: true }));

function put(machine: unknown): RequestInit {
  return { method: "PUT", body: JSON.stringify(machine) };
}

describe("machines", () => {
  test("are paired, listed, kept for the next start in a private file, and forgotten", async () => {
    const machines = join(folder, "kept", "machines.json");
    {
      await using server = await startServer({}, { machines });
      expect(await (await server.ask("/api/machines")).json()).toEqual([]);
      expect((await server.ask("/api/machines", put(MACHINE))).status).toBe(200);
      const moved = { ...MACHINE, url: "wss://gpu.example.org:8443" };
      expect((await server.ask("/api/machines", put(moved))).status).toBe(200);
      expect(await (await server.ask("/api/machines")).json()).toEqual([moved]);
      expect((await Deno.stat(machines)).mode! & 0o777).toBe(0o600);
    }
    await using server = await startServer({}, { machines });
    expect(await (await server.ask("/api/machines")).json()).toHaveLength(1);
    expect((await server.ask("/api/machines/gpu-1", { method: "DELETE" })).status).toBe(200);
    expect((await server.ask("/api/machines/gpu-1", { method: "DELETE" })).status).toBe(404);
    expect(await (await server.ask("/api/machines")).json()).toEqual([]);
  });

  test("are all that a page may talk to beside its own server", async () => {
    await using server = await startServer();
    const allowed = async () => {
      const policy = (await fetch(server.url)).headers.get("content-security-policy") ?? "";
      return /connect-src ([^;]*)/.exec(policy)?.[1];
    };
    expect(await allowed()).toBe("'self' data: blob:");
    await server.ask("/api/machines", put(MACHINE));
    expect(await allowed()).toBe("'self' data: blob: ws://127.0.0.1:8790");
  });

  test.each([
    [{ url: "ws://gpu.example.org:8790" }, /url "ws:\/\/gpu.example.org:8790"/],
    [{ url: "https://gpu.example.org" }, /url/],
    [{ url: "wss://user:secret@gpu.example.org" }, /url/],
    [{ url: "wss://gpu.example.org/?token=x" }, /url/],
    [{ url: "wss://gpu.example.org;script-src" }, /url/],
    [{ url: "wss://gpu.example.org script-src" }, /url/],
    [{ name: "../x" }, /name "..\/x"/],
    [{ token: "short" }, /^token is no token\.$/],
    [{ other: 1 }, /other/],
    ["{", /machine/],
  ])("refuses %j", async (change, reason) => {
    await using server = await startServer();
    const machine = typeof change === "string" ? change : { ...MACHINE, ...change };
    const answer = await server.ask("/api/machines", {
      method: "PUT",
      body: typeof machine === "string" ? machine : JSON.stringify(machine),
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      code: "bad-machine",
      message: expect.stringMatching(reason),
    });
    expect(await (await server.ask("/api/machines")).json()).toEqual([]);
  });

  test("are told to nobody without the page's token, and never logged", async () => {
    await using server = await startServer();
    await server.ask("/api/machines", put(MACHINE));
    expect((await fetch(new URL("/api/machines", server.url))).status).toBe(401);
    expect([...server.logged, ...server.printed].join("\n")).not.toContain(MACHINE.token);
  });

  test("a broken file is told at the start, without what it holds", async () => {
    const machines = join(folder, "broken.json");
    await Deno.writeTextFile(machines, JSON.stringify([{ ...MACHINE, token: "sec ret" }]));
    await expect(startServer({}, { machines })).rejects.toThrow(/^The list of machines: 0.token/);
    await expect(startServer({}, { machines })).rejects.not.toThrow(/sec ret/);
  });
});
