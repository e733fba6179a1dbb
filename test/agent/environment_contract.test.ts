/** One contract for all environments: what an agent may rely on, whatever runs its code. */
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { type Environment } from "../../src/agent/mod.ts";
import { BACKENDS, FIX, SMALL_LIMITS } from "./environment_backends.ts";

for (const { name, missing } of BACKENDS) {
  if (missing !== undefined) console.log(`skipped: environments of ${name}: ${missing}`);
}

describe.each(BACKENDS)("$name", ({ name, hasShell, missing, open: openBackend }) => {
  let shared: Environment | undefined;
  beforeEach(async () => {
    await shared?.reset();
  });
  afterAll(async () => {
    await shared?.[Symbol.asyncDispose]();
  });
  /** The repository at its base; opened once, which takes a while in a worker. */
  const open = async () => shared ??= await openBackend();
  const it = test.skipIf(missing !== undefined);
  const source = hasShell ? "src/sum.sh" : "src/sum.js";
  const text = async (environment: Environment, path: string) =>
    new TextDecoder().decode(await environment.readFile(path));

  it("says what it is and can", async () => {
    const environment = await open();
    expect(environment.kind).toBe(name);
    expect(environment.capabilities.has("bash")).toBe(hasShell);
    expect(environment.bash !== undefined).toBe(hasShell);
    expect(environment.capabilities.has("run_tests")).toBe(true);
  });

  it("lists, reads, writes and removes files, and tells the change", async () => {
    const environment = await open();
    const paths = await environment.list();
    expect(paths).toContain(source);
    expect(await environment.list("src")).toEqual(paths.filter((path) => path.startsWith("src/")));
    expect(await environment.list(source)).toEqual([source]);
    expect(await environment.list("nowhere")).toEqual([]);
    expect(await environment.diff()).toBe("");

    const name = 'new folder/it\'s "odd" $(x) ü.txt';
    await environment.writeFile(name, "one\n");
    expect(await text(environment, name)).toBe("one\n");
    await environment.writeFile("bytes.bin", new Uint8Array([0, 255, 10]));
    expect([...await environment.readFile("bytes.bin")]).toEqual([0, 255, 10]);
    await environment.removeFile("bytes.bin");
    await environment.removeFile(source);
    const diff = await environment.diff();
    expect(diff).toContain("+one\n");
    expect(diff).toContain(`deleted file mode 100644\n--- a/${source}\n+++ /dev/null\n`);
    expect(await environment.list("new folder")).toEqual([name]);

    await environment.reset();
    expect(await environment.list()).toEqual(paths);
    expect(await environment.diff()).toBe("");
  });

  it("applies a patch as a whole or not at all", async () => {
    const environment = await open();
    const fix = FIX(hasShell);
    await environment.applyPatch(fix);
    const diff = await environment.diff();
    expect(diff).toContain(fix.slice(fix.indexOf("@@")).replace("@@ -1 +1 @@\n", ""));
    await expect(environment.applyPatch(fix)).rejects
      .toMatchObject({ name: "AgentError", code: "patch" });
    const half = "--- /dev/null\n+++ b/added.txt\n@@ -0,0 +1 @@\n+added\n" + fix;
    await expect(environment.applyPatch(half)).rejects.toThrow(/hunk 1 of 1 does not fit src\/sum/);
    expect(await environment.diff()).toBe(diff);
    await environment.reset();
    await environment.applyPatch(diff);
    expect(await environment.diff()).toBe(diff);
  });

  it("runs tests: failing before the fix, passing after it, the same each time", async () => {
    const environment = await open();
    const before = await environment.runTests();
    expect(before.error).toBeUndefined();
    expect(before.timedOut).toBe(false);
    expect(before.failed.map((test) => test.name)).toEqual([expect.stringMatching(/adds$/)]);
    expect(before.passed).toEqual([expect.stringMatching(/adds nothing$/)]);
    expect(before.output).toMatch(/not ok .*adds\n/);
    expect((await environment.runTests()).output).toBe(before.output);
    await environment.applyPatch(FIX(hasShell));
    const after = await environment.runTests();
    expect(after.failed).toEqual([]);
    expect(after.passed).toHaveLength(2);
  });

  it("refuses paths that lead elsewhere", async () => {
    const environment = await open();
    for (const path of ["/etc/passwd", "../x", "a/../../x", "", ".", ".git/config", "x\0y"]) {
      for (
        const work of [
          () => environment.readFile(path),
          () => environment.writeFile(path, "x"),
          () => environment.removeFile(path),
        ]
      ) {
        await expect(work(), path).rejects.toMatchObject({ code: "bad-path" });
      }
    }
  });

  it("tells a missing file, a file over the limit, and a file where a folder is", async () => {
    const environment = await open();
    await expect(environment.readFile("nowhere.txt")).rejects.toMatchObject({
      code: "no-such-file",
    });
    await expect(environment.removeFile("nowhere")).rejects.toMatchObject({ code: "no-such-file" });
    await expect(environment.readFile("src")).rejects.toMatchObject({ code: "no-such-file" });
    const large = new Uint8Array(SMALL_LIMITS.fileBytes + 1);
    await expect(environment.writeFile("large", large)).rejects.toMatchObject({
      code: "too-large",
    });
    await expect(environment.writeFile("src", "x")).rejects.toMatchObject({ code: "bad-path" });
    await expect(environment.writeFile(`${source}/x`, "x")).rejects
      .toMatchObject({ code: "bad-path" });
  });

  it("stops tests that do not end, and is usable afterwards", async () => {
    const environment = await open();
    const endless = hasShell
      ? ["test.sh", "while :; do :; done\n"] as const
      : ["test/sum.test.js", "for (;;);\n"] as const;
    await environment.writeFile(endless[0], endless[1]);
    const start = performance.now();
    const report = await environment.runTests({ timeoutMs: 700 });
    expect(performance.now() - start).toBeLessThan(20_000);
    expect(report.timedOut).toBe(true);
    expect(report.passed).toEqual([]);
    expect(await environment.diff()).toContain(endless[1].trim());
    await environment.reset();
    expect((await environment.runTests()).passed).toHaveLength(1);
  });

  it("gives up a test run when it is told to", async () => {
    const environment = await open();
    const controller = new AbortController();
    controller.abort(new Error("enough"));
    await expect(environment.runTests({ signal: controller.signal })).rejects.toThrow("enough");
  });

  it("tells that no tests were found", async () => {
    await using environment = await openBackend(
      hasShell ? { "test.sh": "echo nothing\n" } : { "a.js": "1;\n" },
    );
    const report = await environment.runTests();
    expect(report.error).toMatch(/no test/);
    expect(report.output).toContain(report.error);
    expect([...report.passed, ...report.failed]).toEqual([]);
  });

  it("is closed for good", async () => {
    await using environment = await openBackend();
    await environment[Symbol.asyncDispose]();
    await expect(environment.list()).rejects.toMatchObject({ code: "closed" });
    await expect(environment.runTests()).rejects.toMatchObject({ code: "closed" });
    await environment[Symbol.asyncDispose]();
  });
});
