import { describe, expect, test } from "vitest";
import { loadTrajectories } from "../../src/trajectory/mod.ts";
import { makeRepository } from "../support/make_repository.ts";

describe("readHistory", () => {
  test("one trajectory a commit: open what was, edit it", async () => {
    await using repository = await makeRepository([
      {
        message: "Begin\n\nWith a body.",
        files: { "a.py": "x = 1\ny = 2\n", "gone.txt": "bye\n" },
      },
      { message: "Nothing", files: {} },
      {
        message: "Change",
        files: {
          "a.py": "x = 1\ny = 3\n",
          "gone.txt": null,
          "pic.bin": new Uint8Array([0, 1, 2]),
          "big.txt": "z".repeat(300_000),
        },
      },
    ]);
    const progress: number[] = [];
    const { trajectories, errors, skipped } = await loadTrajectories(repository.path, {
      history: true,
      onProgress: ({ phase, unit, done }) =>
        phase === "read" && unit === "commits" && progress.push(done),
    });
    expect([errors, progress]).toEqual([[], [1, 2, 3]]);
    expect(skipped).toEqual([{ path: expect.any(String), reason: "the commit changes no file" }]);
    const [change, begin] = trajectories;
    expect(begin).toMatchObject({
      task: { problem: "Begin\n\nWith a body.\n" },
      steps: [{ calls: [{ name: "edit", arguments: { path: "a.py" } }], observations: [] }, {}],
    });
    expect(begin?.task.baseCommit).toBeUndefined();
    const [oid, parent] = (await repository.git("log", "-1", "--format=%H %P")).trim().split(" ");
    expect(change).toMatchObject({
      id: oid,
      provenance: { path: oid, commit: oid, format: "history", source: repository.path },
      task: { problem: "Change\n", baseCommit: parent },
      outcome: { resolved: null },
    });
    const text = change?.steps.map(({ calls, observations }) =>
      [...calls, ...observations].map((piece) => piece.text)
    );
    const edit =
      "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n x = 1\n-y = 2\n+y = 3\n";
    const file = (name: string) => `diff --git a/${name} b/${name}\n`;
    expect(text).toEqual([
      ["open a.py", "x = 1\ny = 2\n"],
      [edit],
      [`${file("big.txt")}new file mode 100644\nBinary files /dev/null and b/big.txt differ\n`],
      ["open gone.txt", "bye\n"],
      [`${
        file("gone.txt")
      }deleted file mode 100644\n--- a/gone.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-bye\n`],
      [`${file("pic.bin")}new file mode 100644\nBinary files /dev/null and b/pic.bin differ\n`],
    ]);
    expect(change?.outcome.patch).toContain(edit);
  });

  test("takes a limit, a revision and a folder, and stops when told", async () => {
    await using repository = await makeRepository([
      { message: "one", files: { "src/a": "1\n" } },
      { message: "two", files: { "b": "2\n" } },
      { message: "three", files: { "src/a": "3\n" } },
    ]);
    const subjects = async (source: string, limit?: number) =>
      (await loadTrajectories(source, { history: true, limit })).trajectories
        .map(({ task }) => task.problem.trim());
    expect(await subjects(repository.path, 2)).toEqual(["three", "two"]);
    await repository.git("tag", "middle", "HEAD~1");
    expect(await subjects(`${repository.path}@middle`)).toEqual(["two", "one"]);
    expect(await subjects(`${repository.path}#src`)).toEqual(["three", "one"]);
    const stop = new AbortController();
    const stopped = loadTrajectories(repository.path, {
      history: true,
      signal: stop.signal,
      onProgress: ({ unit }) => unit === "commits" && stop.abort(new Error("enough")),
    });
    await expect(stopped).rejects.toThrow("enough");
  });
});
