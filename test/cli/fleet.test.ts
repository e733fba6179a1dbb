/** `bottega fleet` and `bottega worker --fleet`, as processes with their own permissions. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findNatsServer, readCredentials } from "../../src/remote/fleet/headless.ts";
import { openNatsFleet } from "../../src/remote/fleet/mod.ts";
import { bottega, bottegaJson, ROOT } from "../support/bottega.ts";

const isMissing = await findNatsServer() === null;

describe.skipIf(isMissing)("bottega fleet", () => {
  let folder: string;
  const started: Deno.ChildProcess[] = [];
  beforeAll(async () => {
    folder = await Deno.makeTempDir({ prefix: "fleet-" });
    await start("fleet", "up", "--dir", folder, "--port", "0");
  });
  afterAll(async () => {
    for (const child of started.reverse()) {
      child.kill("SIGTERM");
      await child.status;
    }
    await Deno.remove(folder, { recursive: true });
  });

  /** Starts a command that stays, and waits for the first line that it says. */
  async function start(...args: string[]): Promise<void> {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "bottega", ...args],
      cwd: ROOT,
      stdin: "null",
      stdout: args[0] === "fleet" ? "piped" : "null",
      stderr: args[0] === "fleet" ? "null" : "piped",
    }).spawn();
    started.push(child);
    const reader = (args[0] === "fleet" ? child.stdout : child.stderr).getReader();
    await reader.read();
    reader.releaseLock();
  }

  test("a worker joins, a job is done, the dead are told and queued anew", async () => {
    await start("worker", "--fleet", `${folder}/worker.json`, "--device", "cpu");
    const credentials = await readCredentials(`${folder}/submitter.json`);
    await using fleet = await openNatsFleet(credentials.url, { credentials });
    const blob = await fleet.data.write(
      new TextEncoder().encode('{"text": "four words are here"}\n'),
    );
    const request = { source: { name: "corpus.jsonl", blob }, device: "cpu" };
    const good = await fleet.submit({ work: "stats", request, data: [blob] });
    expect(await fleet.result(good)).toMatchObject({ tokens: 4 });
    const bad = await fleet.submit({ work: "stats", request: { source: 7 } });
    await expect(fleet.result(bad)).rejects.toMatchObject({ code: "dead-letter" });

    const asSubmitter = ["--credentials", `${folder}/submitter.json`];
    expect(await bottegaJson("fleet", "status", ...asSubmitter))
      .toMatchObject({ queued: 0, running: 0, dead: 1, workers: [{ slots: 1, device: null }] });
    expect(await bottegaJson("fleet", "dead", ...asSubmitter))
      .toMatchObject([{ id: bad, work: "stats", code: "bad-request" }]);
    expect(await bottegaJson("fleet", "requeue", bad.slice(0, 8), ...asSubmitter))
      .toEqual({ requeued: [bad] });
    const refused = await bottega("fleet", "slurm", ...asSubmitter);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("workers need a worker's credentials");
  }, 300_000);

  test(
    "an ablation goes to a fleet or to workers here, and to a fleet with credentials alone",
    async () => {
      const file = `${folder}/submitter.json`;
      const both = await bottega("ablate", "smoke", "--fleet", file, "--workers", "2");
      expect(both).toMatchObject({ code: 2, stdout: "" });
      expect(both.stderr).toMatch(/--fleet <file>.*cannot be used with.*--workers/);
      const out = `${folder}/none`;
      const none = await bottega("ablate", "smoke", "--out", out, "--fleet", `${folder}/no.json`);
      expect(none).toMatchObject({ code: 1, stdout: "" });
      expect(none.stderr).toMatch(/no\.json cannot be read: there is no such file/);
    },
    300_000,
  );

  test("a script for Slurm names no secret", async () => {
    const file = `${folder}/worker.json`;
    const { script } = await bottegaJson(
      "fleet",
      "slurm",
      ...["--workers", "4", "--gpus", "1", "--time", "01:00:00", "--credentials", file],
    ) as { script: string };
    expect(script).toContain("#SBATCH --array=0-3\n");
    expect(script).toContain("#SBATCH --gres=gpu:1\n");
    expect(script).toContain(`worker --fleet ${file}`);
    expect(script).not.toContain((await readCredentials(file)).seed);
  });

  test("a public host without a certificate is refused in one line", async () => {
    const { code, stderr } = await bottega("fleet", "up", "--dir", folder, "--host", "0.0.0.0");
    expect(code).toBe(1);
    expect(stderr).toMatch(/give a certificate/);
  });
});
