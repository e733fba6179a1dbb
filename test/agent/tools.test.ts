/** Tools answer as SWE-agent's do, word for word, and take whatever a model writes. */
import { describe, expect, test } from "vitest";
import {
  openQuickjs,
  replaceFunction,
  type ToolContext,
  TOOLS,
  writeCall,
} from "../../src/agent/mod.ts";
import { parseTurn } from "../../src/trajectory/mod.ts";
import { SUM_TASK } from "./sum_task.ts";

function openTools(root = "/testbed") {
  const environment = openQuickjs(SUM_TASK);
  const context: ToolContext = { environment, root, timeoutMs: 30_000, history: new Map() };
  const call = async (name: string, args: Record<string, unknown>) => {
    const tool = TOOLS.get(name);
    if (!tool) throw new Error(`no tool ${name}`);
    return (await tool.run(args, context)).text;
  };
  const editor = (command: string, path: string, more: Record<string, unknown> = {}) =>
    call("str_replace_editor", { command, path, ...more });
  return { environment, call, editor };
}

describe("str_replace_editor", () => {
  test("views a file as cat -n, whole and in part", async () => {
    const { editor } = openTools();
    expect(await editor("view", "/testbed/src/sum.js")).toBe(
      "Here's the result of running `cat -n` on /testbed/src/sum.js:\n" +
        "     1\texport function sum(a, b) {\n     2\t  return a - b;\n     3\t}\n     4\t\n",
    );
    for (const view_range of [[2, 3], "[2, 3]"]) {
      expect(await editor("view", "src/sum.js", { view_range })).toBe(
        "Here's the result of running `cat -n` on src/sum.js:\n     2\t  return a - b;\n     3\t}\n",
      );
    }
    expect(await editor("view", "/testbed/src/sum.js", { view_range: [9, 10] })).toBe(
      "Invalid `view_range`: [9, 10]. Its first element `9` should be within the range of lines of the file: [1, 4]",
    );
    expect(await editor("view", "/testbed/src/sum.js", { view_range: "all" }))
      .toBe("Invalid `view_range`. It should be a list of two integers.");
  });

  test("views a folder two levels deep, and cuts a long file", async () => {
    const { editor, environment } = openTools();
    await environment.writeFile("deep/er/and/deeper.js", "");
    await environment.writeFile(".hidden/x.js", "");
    expect(await editor("view", "/testbed")).toBe(
      "Here's the files and directories up to 2 levels deep in /testbed, excluding hidden items:\n" +
        "/testbed\n/testbed/deep\n/testbed/deep/er\n/testbed/package.json\n/testbed/src\n" +
        "/testbed/src/other.js\n/testbed/src/receipt.js\n/testbed/src/sum.js\n/testbed/test\n" +
        "/testbed/test/shop.test.js\n",
    );
    await environment.writeFile("long.txt", "x".repeat(20_000));
    const shown = await editor("view", "long.txt");
    expect(shown.length).toBeLessThan(16_500);
    expect(shown).toContain("<response clipped><NOTE>To save on context only part of this file");
  });

  test("replaces a text that is there once, and says why not", async () => {
    const { editor, environment } = openTools();
    const path = "/testbed/src/sum.js";
    expect(await editor("str_replace", path, { old_str: "a - b", new_str: "a + b" })).toBe(
      "The file /testbed/src/sum.js has been edited. Here's the result of running `cat -n` on a " +
        "snippet of /testbed/src/sum.js:\n     1\texport function sum(a, b) {\n" +
        "     2\t  return a + b;\n     3\t}\n     4\t\n" +
        "Review the changes and make sure they are as expected. Edit the file again if necessary.",
    );
    expect(await environment.diff()).toContain("+  return a + b;");
    expect(await editor("str_replace", path, { old_str: "a - b", new_str: "x" })).toBe(
      "No replacement was performed, old_str `a - b` did not appear verbatim in /testbed/src/sum.js.",
    );
    await environment.writeFile("twice.js", "a;\nb;\na;\n");
    expect(await editor("str_replace", "/testbed/twice.js", { old_str: "a;", new_str: "c;" })).toBe(
      "No replacement was performed. Multiple occurrences of old_str `a;` in lines [1, 3]. Please ensure it is unique",
    );
    expect(await editor("str_replace", path, { old_str: "", new_str: "x" }))
      .toContain("did not appear verbatim");
    // `$&` is no pattern here.
    await editor("str_replace", path, { old_str: "a + b", new_str: "$& + $1" });
    expect(await environment.diff()).toContain("+  return $& + $1;");
  });

  test("creates, inserts and undoes", async () => {
    const { editor, environment } = openTools();
    expect(await editor("create", "/testbed/new/a.js", { file_text: "1\n2\n" }))
      .toBe("File created successfully at: /testbed/new/a.js");
    expect(await editor("create", "/testbed/new/a.js", { file_text: "" })).toBe(
      "File already exists at: /testbed/new/a.js. Cannot overwrite files using command `create`.",
    );
    expect(await editor("insert", "/testbed/new/a.js", { insert_line: "1", new_str: "1.5" })).toBe(
      "The file /testbed/new/a.js has been edited. Here's the result of running `cat -n` on a snippet " +
        "of the edited file:\n     1\t1\n     2\t1.5\n     3\t2\n     4\t\n" +
        "Review the changes and make sure they are as expected (correct indentation, no duplicate " +
        "lines, etc). Edit the file again if necessary.",
    );
    expect(await editor("insert", "/testbed/new/a.js", { insert_line: 99, new_str: "x" })).toBe(
      "Invalid `insert_line` parameter: 99. It should be within the range of lines of the file: [0, 4]",
    );
    expect(await editor("undo_edit", "/testbed/new/a.js")).toBe(
      "Last edit to /testbed/new/a.js undone successfully. Here's the result of running `cat -n` on " +
        "/testbed/new/a.js:\n     1\t1\n     2\t2\n     3\t\n",
    );
    await editor("undo_edit", "/testbed/new/a.js");
    expect(await environment.diff()).toBe("");
    expect(await editor("undo_edit", "/testbed/src/sum.js"))
      .toBe("No edit history found for /testbed/src/sum.js.");
  });

  test.for([
    "/etc/passwd",
    "/testbed/../etc/passwd",
    "../x",
    "/testbed/nowhere.js",
    "/testbed/.git/x",
  ])(
    "knows no path %s",
    async (path) => {
      const { editor } = openTools();
      expect(await editor("view", path))
        .toBe(`The path ${path} does not exist. Please provide a valid path.`);
    },
  );
});

describe("searching", () => {
  test("find_file takes names and patterns", async () => {
    const { call } = openTools();
    expect(await call("find_file", { file_name: "s*.js", dir: "/testbed/src" }))
      .toBe('Found 1 matches for "s*.js" in /testbed/src:\n/testbed/src/sum.js');
    expect(await call("find_file", { file_name: "x.py" }))
      .toBe('No matches found for "x.py" in /testbed');
    expect(await call("find_file", { file_name: "x", dir: "/testbed/no" }))
      .toBe("Directory /testbed/no not found");
    const start = performance.now();
    await call("find_file", { file_name: `${"*a".repeat(200)}b` });
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  test("search_dir shows the lines, in the root's own way of writing paths", async () => {
    expect(await openTools().call("search_dir", { search_term: "sum(" })).toBe(
      'Found 3 matches for "sum(" in /testbed:\n' +
        "/testbed/src/sum.js:1:export function sum(a, b) {\n" +
        '/testbed/test/shop.test.js:6:test("sums", () => assert.equal(sum(2, 3), 5));\n' +
        '/testbed/test/shop.test.js:7:test("nothing", () => assert.equal(sum(0, 0), 0));\n' +
        'End of matches for "sum(" in /testbed',
    );
    const short = openTools(".");
    expect(await short.call("search_dir", { search_term: "a - b" })).toContain("\nsrc/sum.js:2:");
    expect(await short.call("search_dir", { search_term: "zzz" })).toBe(
      'No matches found for "zzz" in .',
    );
    await short.environment.writeFile("many.txt", "word\n".repeat(500));
    expect(await short.call("search_dir", { search_term: "word" }))
      .toBe('More than 100 lines matched for "word" in .. Please narrow your search.');
  });
});

describe("rewrite_function", () => {
  test("replaces a whole function and keeps what is around it", async () => {
    const { call, environment } = openTools();
    const new_code = "function sum(a, b) {\n  return a + b;\n}";
    expect(await call("rewrite_function", { path: "src/sum.js", new_code }))
      .toBe("The function sum in src/sum.js has been rewritten.");
    expect(new TextDecoder().decode(await environment.readFile("src/sum.js")))
      .toBe("export function sum(a, b) {\n  return a + b;\n}\n");
    expect((await environment.runTests()).failed).toEqual([]);
  });

  test.for(
    [
      ["function other() {}", /the file has 0 functions named other/],
      ["function sum( {", /the new code has a syntax error/],
      ["const x = 1;", /must be one whole function/],
      ["function sum() {} function b() {}", /must be one whole function/],
      ["function sum() {} x = 1;", /must be one whole function/],
      ["", /must be one whole function/],
    ] as const,
  )("refuses %j", async ([new_code, message]) => {
    const { call, environment } = openTools();
    expect(await call("rewrite_function", { path: "src/sum.js", new_code })).toMatch(message);
    expect(await environment.diff()).toBe("");
  });

  test("takes constants that hold a function, defaults, and comments around", () => {
    const source = "// one\nexport const f = (x) => x;\nexport default function g() {}\n";
    expect(replaceFunction(source, "const f = (x) => x + 1;"))
      .toEqual({ name: "f", text: source.replace("=> x;", "=> x + 1;") });
    expect(replaceFunction(source, "/* new */ export default function g() { return 1; }"))
      .toEqual({ name: "g", text: source.replace("{}", "{ return 1; }") });
    expect(replaceFunction("let = ;", "function f() {}")).toHaveProperty("problem");
  });
});

test("run_tests runs all or some, and refuses paths that lead elsewhere", async () => {
  const { call } = openTools();
  expect(await call("run_tests", {})).toContain("3 tests: 1 passed, 2 failed");
  expect(await call("run_tests", { paths: '["test/shop.test.js"]' })).toContain(
    "3 tests: 1 passed",
  );
  expect(await call("run_tests", { paths: "test/shop.test.js" })).toContain("3 tests: 1 passed");
  expect(await call("run_tests", { paths: ["../x"] })).toContain("The path ../x does not exist.");
});

test("bash says that there is no shell", async () => {
  expect(await openTools().call("bash", { command: "ls" }))
    .toBe("The quickjs environment has no shell. Use the other tools.");
});

test.for([
  { command: "view", path: "a" },
  { command: "create", path: "a", file_text: "\nline\n\n  two\n" },
  { new_code: "</parameter>\n<parameter=x>" },
  { text: "" },
  { paths: ["a", "b"] },
])("a call as text is read back as it was written: %j", (args: Record<string, unknown>) => {
  const call = writeCall("function", "tool", args);
  const [read] = parseTurn(`I think.\n${call.text}`).calls;
  expect(read?.name).toBe("tool");
  if (!("new_code" in args)) expect(read?.arguments).toEqual(call.arguments);
});
