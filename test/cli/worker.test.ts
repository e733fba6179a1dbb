/** `bottega worker` as people start it: the secret, the door, killed and stopped in the middle of runs. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { connect } from "../../src/remote/mod.ts";
import type { StepEvent, TrainingEvent } from "../../src/train/mod.ts";
import { bottega, ROOT } from "../support/bottega.ts";
import { COUNTING, countingSpec } from "../remote/open_worker.ts";

const folder = await mkdtemp(join(tmpdir(), "bottega-worker-"));
const started = new Set<Deno.ChildProcess>();
afterAll(async () => {
  for (const child of started) await end(child, "SIGKILL");
  await rm(folder, { recursive: true });
});

const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
const flags = String(tasks.bottega).split(" ").slice(2, -1);

test("does not listen where others can reach it without a token and TLS", async () => {
  const refused = await bottega(
    "worker",
    "--listen",
    "0.0.0.0:0",
    "--data",
    join(folder, "public"),
  );
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toMatch(/^bottega: .*0\.0\.0\.0.*TLS/);
  const usage = await bottega("worker", "--listen", "nowhere");
  expect(usage.code).toBe(2);
});

test("keeps its secret, and the run of a worker, and of a notebook, that were killed", async () => {
  const data = join(folder, "data");
  const first = await startWorker(data);
  const { url, tokenFile } = first;
  const token = (await Deno.readTextFile(tokenFile)).trim();
  expect(((await Deno.stat(tokenFile)).mode ?? 0) & 0o777).toBe(0o600);

  const notebook = spawn(["run", "--quiet", "-A", "test/remote/notebook_process.ts", url, "24"], {
    NOTEBOOK_TOKEN: token,
  });
  const told = linesOf(notebook.child);
  for await (const line of told) if (JSON.parse(line).step >= 4) break;
  await end(notebook.child, "SIGKILL");

  // Whoever opens the notebook again follows the very run from its first event on, over the worker's
  // death too.
  const port = new URL(url).port;
  const workbench = connect(url, { token });
  const events: TrainingEvent[] = [];
  let second: ReturnType<typeof startWorker> | undefined;
  const trained = await workbench.train(countingSpec(24), {
    data: COUNTING,
    device: "auto",
    onEvent(event) {
      events.push(event);
      if (event.type !== "step" || event.step !== 10) return;
      second = end(first.child, "SIGKILL").then(() => startWorker(data, port));
    },
  });
  expect(trained.step).toBe(24);
  const restarted = await second;
  const status = await fetch(`http://127.0.0.1:${port}/`);
  const page = await status.text();
  expect(status.status).toBe(200);
  expect(page).toMatch(/train.*done/s);
  expect((await workbench.runs.list()).map(({ work, state }) => [work, state]))
    .toEqual([["train", "done"]]);
  workbench.close();

  const here = connect();
  const expected: TrainingEvent[] = [];
  const local = await here.train(countingSpec(24), {
    data: COUNTING,
    device: "auto",
    onEvent: (event) => expected.push(event),
  });
  here.close();
  expect(stepsOf(events)).toEqual(stepsOf(expected));
  expect(trained.files).toEqual(local.files);

  const commandLines = await Promise.all(
    [first.child.pid, restarted?.child.pid].map((pid) =>
      Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "")
    ),
  );
  expect(commandLines.join()).toContain("worker");
  await end(restarted!.child, "SIGTERM");
  const output = [...first.output(), ...restarted!.output(), ...commandLines, page].join("\n");
  expect(output).toContain(`in a notebook: connect("${url}", { token })`);
  expect(output).not.toContain(token);
});

test("asked to end, it lets runs write a checkpoint, and goes on with them when it is started", async () => {
  const data = join(folder, "drained");
  const first = await startWorker(data, "0", { BOTTEGA_TOKEN: SECRET });
  const steps: number[] = [];
  const workbench = connect(first.url, { token: SECRET });
  let again: ReturnType<typeof startWorker> | undefined;
  const trained = await workbench.train({ ...countingSpec(16), checkpointEvery: 100 }, {
    data: COUNTING,
    device: "auto",
    onEvent(event) {
      if (event.type === "step") steps.push(event.step);
      if (event.type !== "step" || event.step !== 6) return;
      again = end(first.child, "SIGTERM").then(async ({ code }) => {
        expect(code).toBe(0);
        return await startWorker(data, new URL(first.url).port, { BOTTEGA_TOKEN: SECRET });
      });
    },
  });
  expect(trained.step).toBe(16);
  expect(steps).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
  const starts = first.output().concat((await again)!.output());
  expect(starts.join("\n")).not.toContain(SECRET);
  const wrong = connect(first.url, { token: SECRET.replaceAll("a", "b") });
  await expect(wrong.status()).rejects.toMatchObject({ code: "unauthorized" });
  await expect(wrong.status()).rejects.not.toThrow(SECRET.slice(0, 20));
  wrong.close();
  workbench.close();
});

const SECRET = "a-secret-of-the-test-that-is-long-enough-for-it";

/** Starts a worker and waits until it listens. */
async function startWorker(data: string, port = "0", env: Record<string, string> = {}) {
  const { child, errors } = spawn(
    ["run", ...flags, "src/cli/main.ts", "worker", "--listen", `127.0.0.1:${port}`, "--data", data],
    env,
  );
  const lines: string[] = [];
  const output = linesOf(child);
  const find = async (pattern: RegExp): Promise<string> => {
    for await (const line of output) {
      lines.push(line);
      const [, found] = pattern.exec(line) ?? [];
      if (found !== undefined) return found;
    }
    throw new Error(`the worker ended: ${lines.join("\n")} ${errors().join("\n")}`);
  };
  const url = await find(/^listening on (.+)$/);
  const tokenFile = await find(/^the token(?:: cat '| is that of )([^']+)/);
  return { child, url, tokenFile, output: () => [...lines, ...errors()] };
}

function spawn(args: string[], env: Record<string, string>) {
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  started.add(child);
  const errors: string[] = [];
  (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) errors.push(text);
  })();
  return { child, errors: () => errors };
}

async function end(child: Deno.ChildProcess, signal: Deno.Signal): Promise<Deno.CommandStatus> {
  kill(child, signal);
  const status = await child.status;
  started.delete(child);
  return status;
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    // It had ended by itself.
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Lines, one after the other; may be asked for more later. */
function linesOf(child: Deno.ChildProcess): AsyncIterable<string> {
  async function* lines() {
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      yield* parts;
    }
  }
  const iterator = lines();
  return { [Symbol.asyncIterator]: () => ({ next: () => iterator.next() }) };
}

function stepsOf(events: readonly TrainingEvent[]) {
  return events.filter((event): event is StepEvent => event.type === "step")
    .map(({ step, lossNats, gradientNorm }) => ({ step, lossNats, gradientNorm }));
}
