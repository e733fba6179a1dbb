/**
 * Promise 3: what runs in a sandbox reaches nothing of the host, is held to its limits, and leaves
 * nothing running. Hostile code, tried for real on every backend that this machine has.
 */
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { type Environment } from "../../src/agent/mod.ts";
import { BACKENDS, SMALL_LIMITS } from "../agent/environment_backends.ts";

/**
 * What ends "at once", and pauses of this process, on a machine that has other things to do; what were
 * not held would last for ever.
 */
const BUSY_MS = 10_000;

/** How long this process did not come to its timers, at worst, while `work` ran. */
async function longestPause(work: () => Promise<unknown>): Promise<number> {
  let last = performance.now();
  let longest = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 20);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return Math.max(longest, performance.now() - last);
}

for (const { name, missing } of BACKENDS) {
  if (missing !== undefined) console.log(`skipped: sandbox of ${name}: ${missing}`);
}

describe.each(BACKENDS.filter(({ hasShell }) => hasShell))("$name", ({ missing, open }) => {
  let environment: Environment | undefined;
  const it = test.skipIf(missing !== undefined);
  beforeEach(async () => {
    if (missing !== undefined) return;
    if (environment) await environment.reset();
    else environment = await open();
  });
  afterAll(async () => await environment?.[Symbol.asyncDispose]());

  const run = async (command: string, timeoutMs = 60_000) => {
    const result = await environment?.bash?.(command, { timeoutMs });
    if (result === undefined) throw new Error("the backend has no shell");
    return result;
  };
  const processes = async () => Number((await run("ls -d /proc/[0-9]* | wc -l")).text);

  it("shows nothing of the host's environment, files and users", async () => {
    Deno.env.set("BOTTEGA_SECRET", "a-secret-of-the-host");
    const { text } = await run(
      "env; cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr '\\0' '\\n'; " +
        `ls ${Deno.cwd()} $HOME/.ssh /root/.ssh /home/* ; cat /etc/shadow; id -u`,
    );
    Deno.env.delete("BOTTEGA_SECRET");
    expect(text).not.toContain("a-secret-of-the-host");
    expect(text).not.toContain("deno.json");
    expect(text).not.toMatch(/^root:[^:]/m);
    expect(text).toContain("No such file or directory");
  });

  it("reaches no port of this machine, no metadata service, no network", async () => {
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      () => new Response("reached"),
    );
    const { text } = await run(
      [`127.0.0.1/${server.addr.port}`, "169.254.169.254/80", "192.0.2.1/80"]
        .map((to) => `(exec 3<>/dev/tcp/${to} && echo reached) 2>&1`).join("; ") +
        "; cat /proc/net/route | wc -l",
    );
    await server.shutdown();
    expect(text).not.toMatch(/^reached/m);
    expect(text.match(/refused|unreachable/g)?.length).toBeGreaterThanOrEqual(3);
    expect(text.trim().split("\n").at(-1)).toBe("1");
  });

  it("has no capabilities and cannot get any", async () => {
    const { text } = await run(
      "grep -E 'CapEff|NoNewPrivs' /proc/self/status; mount -t tmpfs x /usr",
    );
    expect(text).toMatch(/CapEff:\s+0000000000000000/);
    expect(text).toMatch(/NoNewPrivs:\s+1/);
    expect((await run("touch /usr/x 2>&1 && unshare -U true && echo made a namespace")).text)
      .not.toContain("made a namespace");
  });

  it("holds a fork bomb, and goes on as if nothing had been", async () => {
    const pause = await longestPause(() => run(":(){ :|:& };:; sleep 0.5", 2_000));
    expect(pause).toBeLessThan(BUSY_MS);
    expect((await run("echo well")).text).toBe("well\n");
    expect(await processes()).toBeLessThan(10);
  });

  it("ends an endless loop in time", async () => {
    const start = performance.now();
    const result = await run("while :; do :; done", 500);
    expect(performance.now() - start).toBeLessThan(BUSY_MS);
    expect(result).toMatchObject({ timedOut: true });
    expect(result.exitCode).toBeUndefined();
  });

  it("cuts a gigabyte of output while it is read, and says so", async () => {
    const before = Deno.memoryUsage().rss;
    const result = await run("head -c 1073741824 /dev/zero | tr '\\0' 'y'");
    expect(result.truncated).toBe(true);
    expect(result.text.length).toBeLessThan(SMALL_LIMITS.outputBytes + 100);
    expect(result.text).toContain(`(output is cut at ${SMALL_LIMITS.outputBytes} bytes)`);
    expect(Deno.memoryUsage().rss - before).toBeLessThan(200 << 20);
  });

  it("stops a file at its limit, and all files together where it promises that", async (context) => {
    await run("head -c 1073741824 /dev/zero > large");
    const size = Number((await run("wc -c < large")).text);
    expect(size).toBeLessThanOrEqual(SMALL_LIMITS.fileBytes);
    if (environment?.kind === "container") {
      context.skip("a container promises no limit of all files");
    }
    const filled = await run(
      "for i in $(seq 100); do head -c 3M /dev/zero > f$i || break; done; du -sk . | cut -f1",
    );
    expect(filled.text).toContain("No space left on device");
    const kilobytes = Number(filled.text.trim().split("\n").at(-1));
    expect(kilobytes).toBeLessThanOrEqual(SMALL_LIMITS.diskBytes / 1024);
    for (const elsewhere of ["/tmp", "/dev/shm", "/dev", "/", "/usr"]) {
      await run(`for i in $(seq 100); do head -c 3M /dev/zero > ${elsewhere}/f$i || break; done`);
    }
    const { text } = await run("du -skc /tmp /dev/shm /testbed | tail -1 | cut -f1");
    expect(Number(text)).toBeLessThanOrEqual(3 * SMALL_LIMITS.diskBytes / 1024);
  });

  it("stops a process that takes too much memory", async () => {
    const bomb = 'x=a; while :; do x="$x$x"; done';
    const result = await run(`bash -c '${bomb}'; echo "ended $?"`);
    expect(result.text).toMatch(/ended [1-9]|cannot allocate|Killed/);
    expect((await run("echo well")).text).toBe("well\n");
  });

  it("ends deep recursion with an error", async () => {
    const result = await run("f() { f; }; f; echo unreached", 2_000);
    expect(result.text).not.toContain("unreached");
    expect((await run("echo well")).text).toBe("well\n");
  });

  it("reads back nothing through links, and waits for no FIFO", async () => {
    await run(
      "ln -s /etc/passwd secret; ln -s / root; mkfifo fifo; ln -s src link; ln src/other.sh hard; " +
        "truncate -s 1T sparse; truncate -s 3M sparse2",
    );
    for (const path of ["secret", "root/etc/passwd", "fifo", "link/sum.sh"]) {
      await expect(environment?.readFile(path), path).rejects
        .toMatchObject({ code: "no-such-file" });
    }
    const files = await environment?.list() ?? [];
    expect(files).not.toContain("secret");
    expect(files).not.toContain("fifo");
    expect(files).toContain("hard");
    const diff = await environment?.diff() ?? "";
    expect(diff).not.toContain("root:");
    expect(diff).toContain("b/hard");
    expect(diff).not.toContain("deleted file");
  });

  it("does not write through a link that code has left behind", async () => {
    await run("ln -s /testbed/src/other.sh out; ln -s /etc up");
    await environment?.writeFile("out", "new\n");
    expect((await run("cat src/other.sh; test -L out || echo a file")).text).toBe(
      "echo 1\na file\n",
    );
    await expect(environment?.writeFile("up/passwd", "x")).rejects.toMatchObject({
      name: "AgentError",
    });
  });

  it("leaves no child behind that outlives its parent, when it ends and when it is stopped", async () => {
    await run("(setsid nohup sh -c 'sleep 1; touch survived' >/dev/null 2>&1 &); echo started");
    const stopped = await run("(setsid sh -c 'sleep 1; touch survived' &); sleep 60", 300);
    expect(stopped.timedOut).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    expect((await run("ls survived")).exitCode).not.toBe(0);
    expect(await processes()).toBeLessThan(10);
  });

  it("stops at once when the caller gives up", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const running = environment?.bash?.("sleep 60", { timeoutMs: 60_000, signal });
    setTimeout(() => controller.abort(new Error("enough")), 200);
    const start = performance.now();
    await expect(running).rejects.toThrow("enough");
    expect(performance.now() - start).toBeLessThan(BUSY_MS);
    expect(await processes()).toBeLessThan(10);
  });
});

describe("bubblewrap", () => {
  const backend = BACKENDS.find(({ name }) => name === "bubblewrap");
  test.skipIf(backend?.missing !== undefined)("ends with the process that opened it", async () => {
    const code = `
      import { openBubblewrap } from "./src/agent/headless.ts";
      const task = { id: "x", environment: "bubblewrap", files: { a: "" } };
      const environment = await openBubblewrap(task);
      console.log("started");
      await environment.bash("exec -a left-behind sleep 4321", { timeoutMs: 60000 });
    `;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "-"],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(code));
    await writer.close();
    const reader = child.stdout.getReader();
    await reader.read();
    await expect.poll(() => alive("left-behind")).toBe(true);
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
    await expect.poll(() => alive("left-behind")).toBe(false);
  });
});

/** Whether a process of this command line runs on this machine. */
async function alive(commandLine: string): Promise<boolean> {
  const { stdout } = await new Deno.Command("ps", { args: ["-eo", "args"] }).output();
  return new TextDecoder().decode(stdout).split("\n").some((line) => line.startsWith(commandLine));
}

describe.each(BACKENDS.filter(({ hasShell }) => !hasShell))("$name", ({ name, open }) => {
  let shared: Environment | undefined;
  afterAll(async () => await shared?.[Symbol.asyncDispose]());
  const withFiles = async (files: Record<string, string>) => {
    shared ??= await open({ "package.json": "{}" });
    await shared.reset();
    for (const [path, code] of Object.entries(files)) await shared.writeFile(path, code);
    return shared;
  };
  const outcome = async (code: string, timeoutMs = 400) => {
    const environment = await withFiles({ "a.test.js": code });
    const start = performance.now();
    const report = await environment.runTests({ timeoutMs });
    return { ...report, elapsedMs: performance.now() - start };
  };
  /** Of what ends by itself, and may take its time. */
  const outcomeOfHonest = (code: string) => outcome(code, 30_000);
  const inTest = (code: string) =>
    `import test from "node:test"; test("hostile", async () => { ${code} });`;

  test.for([
    ["an endless loop", "for (;;);"],
    ["an endless loop of promises", "const f = () => Promise.resolve().then(f); await f();"],
    ["a timer that never stops", "await new Promise(() => setInterval(() => {}, 1));"],
    ["a regular expression that backtracks", '/^(a+)+$/.test("a".repeat(40) + "b")'],
  ])("ends %s", async ([, code]) => {
    const { timedOut, failed, elapsedMs } = await outcome(inTest(code ?? ""));
    expect(timedOut).toBe(true);
    expect(failed).toHaveLength(1);
    expect(elapsedMs).toBeLessThan(BUSY_MS);
  });

  test.for(
    [
      [
        "memory",
        "const s = 'x'.repeat(1 << 16), all = []; for (;;) all.push(s + all.length);",
        /memory/,
      ],
      ["one huge array", "new Array(1e9).fill(0)", /memory|did not end/],
      ["a string that doubles", "let s = 'x'; for (;;) s += s;", /string too long|memory/],
      ["deep recursion", "const f = (n) => f(n + 1) + 1; f(0)", /stack/],
      ["deep JSON", "JSON.parse('['.repeat(300000))", /stack|gave up/],
      ["a number that doubles", "let n = 3n; for (;;) n = n * n;", /too large|did not end/],
    ] as const,
  )("contains %s", async ([, code, message]) => {
    const environment = await withFiles({
      "a.test.js": inTest(code),
      "b.test.js": 'import test from "node:test"; test("well", () => {});',
    });
    const report = await environment.runTests({ timeoutMs: 1_200 });
    if (!report.timedOut) expect(report.failed[0]?.message).toMatch(message);
    const after = await environment.runTests({ paths: ["b.test.js"] });
    expect(after.passed).toEqual(["b.test.js > well"]);
  });

  test("cuts a gigabyte of output", async () => {
    const code =
      "const line = 'x'.repeat(1 << 16); for (let i = 0; i < 1 << 14; i++) console.log(line);";
    const { output } = await outcome(inTest(code), 1_000);
    expect(output.length).toBeLessThan(SMALL_LIMITS.outputBytes + 1_000);
    expect(output).toContain("output is cut at 100000 characters");
  });

  test("gives no way to the host's objects, modules, time and network", async () => {
    const { passed, failed } = await outcomeOfHonest(`
      import test from "node:test";
      import assert from "node:assert/strict";
      for (const name of ["Deno", "process", "require", "fetch", "WebSocket", "Worker", "document",
        "window", "localStorage", "WebAssembly", "importScripts", "postMessage"]) {
        test(name + " is not there", () => assert.equal(typeof globalThis[name], "undefined"));
      }
      test("functions are the guest's own", () => {
        const global = console.log.constructor("return globalThis")();
        assert.equal(global, globalThis);
        assert.equal(setTimeout.constructor("return typeof Deno")(), "undefined");
      });
      for (const name of ["fs", "node:fs", "node:child_process", "bottega:prelude.js", "os", "std",
        "file:///etc/passwd", "/etc/passwd", "../../../etc/passwd", "https://example.com/x.js"]) {
        test("import " + name, () => assert.rejects(import(name), /Cannot find/));
      }
      test("errors hold nothing of the host", () => {
        try { null.x } catch (error) { assert.doesNotMatch(error.stack, /file:|src\\/agent|node_modules/) }
      });
    `);
    expect(failed).toEqual([]);
    expect(passed).toHaveLength(24);
  });

  test("prototype games stay inside", async () => {
    const { passed, failed } = await outcomeOfHonest(`
      import test from "node:test";
      Object.prototype.polluted = "yes";
      Object.prototype.toString = () => "changed";
      Array.prototype.push = function () { return 0; };
      Array.prototype[Symbol.iterator] = function* () {};
      String.prototype.split = () => { throw new Error("no"); };
      Function.prototype.call = () => "called";
      Promise.prototype.then = ((then) => function (...args) { return then.apply(this, args); })(Promise.prototype.then);
      JSON.stringify = () => "{}";
      globalThis.__proto__ = null;
      test("__proto__", () => {});
      test("constructor", () => { throw Object.assign(new Error("x"), { stack: { toString: null } }); });
      test("proxy", () => { throw new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 2; } }); });
    `);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
    expect(String({})).toBe("[object Object]");
    expect([1].push(2)).toBe(2);
    expect(passed.length + failed.length).toBeGreaterThan(0);
    expect(passed.every((name) => name.startsWith("a.test.js"))).toBe(true);
  });

  test("each run begins anew: nothing is left of the one before", async () => {
    const environment = await withFiles({
      "a.test.js":
        'import test from "node:test"; test("first", () => { if (globalThis.left) throw 1; globalThis.left = 1; Array.prototype.left = 1; });',
      "b.test.js":
        'import test from "node:test"; test("second", () => { if (globalThis.left || [].left) throw 1; });',
    });
    for (let run = 0; run < 2; run++) {
      expect((await environment.runTests()).passed).toHaveLength(2);
    }
  });

  test("time and chance are the same in each run after a reset", async () => {
    const files = {
      "a.test.js": 'import test from "node:test"; test("x", () => {});' +
        "console.log(Math.random(), Date.now(), new Date().toISOString(), performance.now());" +
        "setTimeout(() => console.log(performance.now()), 5000);",
    };
    const environment = await withFiles(files);
    const first = (await environment.runTests()).output;
    expect((await environment.runTests()).output).not.toBe(first);
    await withFiles(files);
    expect((await environment.runTests()).output).toBe(first);
  });

  test.runIf(name === "remote:quickjs")("this thread goes on, whatever runs", async () => {
    const environment = await withFiles({
      // One built-in call after the other, none of which asks whether it may go on.
      "a.test.js": "for (;;) new Array(1e5).fill(1);",
    });
    const start = performance.now();
    let timedOut = false;
    const pause = await longestPause(async () => {
      ({ timedOut } = await environment.runTests({ timeoutMs: 2_000 }));
    });
    expect(timedOut).toBe(true);
    expect(performance.now() - start).toBeLessThan(2_000 + BUSY_MS);
    expect(pause).toBeLessThan(1_500);
    await environment.writeFile(
      "a.test.js",
      'import test from "node:test"; test("well", () => {});',
    );
    expect((await environment.runTests()).passed).toEqual(["a.test.js > well"]);
  });
});
