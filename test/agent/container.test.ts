/** Containers by command line: what an engine is asked, recorded by a program in its place. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterAll, expect, test } from "vitest";
import { openContainer } from "../../src/agent/headless.ts";
import { parseTask } from "../../src/agent/mod.ts";

const folder = mkdtempSync(`${tmpdir()}/bottega-engine-`);
afterAll(() => rmSync(folder, { recursive: true }));

/** A program that notes its arguments, one call a line, and does what the script says. */
function recordedEngine(script: string): { engine: string; calls: () => string[] } {
  const engine = `${folder}/engine-${crypto.randomUUID()}`;
  const log = `${engine}.log`;
  writeFileSync(engine, `#!/bin/sh\necho "$@" >> ${log}\n${script}\n`);
  chmodSync(engine, 0o755);
  writeFileSync(log, "");
  return { engine, calls: () => readFileSync(log, "utf8").trim().split("\n") };
}

const task = parseTask({
  instance_id: "a__b-1",
  repo: "a/b",
  base_commit: "abc123",
  problem_statement: "",
  patch: "",
  FAIL_TO_PASS: [],
  image: "registry/image:1",
});

const limits = { memoryBytes: 1000, processes: 7, fileBytes: 500 };

test("a container has no network, no capabilities, and its limits; what ran in it is killed", async () => {
  const { engine, calls } = recordedEngine('case "$1" in run) echo id-1;; esac');
  const environment = await openContainer(task, { engine, limits });
  await environment.bash?.("echo hi", { timeoutMs: 1_000 });
  await environment[Symbol.asyncDispose]();
  const [start, run, sweep, end] = calls();
  for (
    const flag of [
      "run --detach --rm",
      "--network=none",
      "--memory=1000",
      "--memory-swap=1000",
      "--pids-limit=7",
      "--ulimit=fsize=500:500",
      "--cap-drop=ALL",
      "--security-opt=no-new-privileges",
      "--workdir=/testbed",
      "registry/image:1",
    ]
  ) {
    expect(start).toContain(flag);
  }
  expect(start).not.toMatch(/--(volume|mount|env|privileged|publish)/);
  expect(run).toBe(
    'exec --workdir=/testbed id-1 bash -c exec 2>&1; exec bash -c "$1" bash echo hi',
  );
  expect(sweep).toBe("exec id-1 /bin/sh -c kill -9 -1; true");
  expect(end).toBe("kill id-1");
});

test("changes are told by the image's own git, against the task's base", async () => {
  const { engine, calls } = recordedEngine('case "$1" in run) echo id-1;; esac');
  await using environment = await openContainer(task, { engine, limits });
  await environment.diff();
  expect(calls()[1]).toMatch(/git add --all && .* diff --cached "\$1" bash abc123$/);
});

test("what an engine cannot do is told", async () => {
  const failing = recordedEngine("echo no such image >&2; exit 125");
  await expect(openContainer(task, { engine: failing.engine })).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringMatching(/cannot start "registry\/image:1": no such image/),
  });
  await expect(openContainer(task, { engine: `${folder}/none` })).rejects
    .toMatchObject({ code: "unavailable", message: expect.stringContaining("is not installed") });
  await expect(openContainer(task, { limits: { diskBytes: 1 } })).rejects
    .toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("cannot hold a limit"),
    });
  const { image: _image, ...without } = task;
  await expect(openContainer(without)).rejects.toMatchObject({ code: "bad-task" });
});

test("what cannot be ended in a container ends the container", async () => {
  const script = 'case "$*" in run*) echo id-1;; *"kill -9 -1"*) exit 1;; esac';
  const { engine, calls } = recordedEngine(script);
  const environment = await openContainer(task, { engine, limits });
  await expect(environment.bash?.("x", { timeoutMs: 1_000 })).rejects
    .toMatchObject({ code: "unavailable", message: expect.stringContaining("it was removed") });
  expect(calls().at(-1)).toBe("kill id-1");
});
