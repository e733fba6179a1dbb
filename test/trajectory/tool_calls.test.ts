import { describe, expect, test } from "vitest";
import {
  commandCall,
  nativeArguments,
  nativeCall,
  parseAction,
  parseTurn,
} from "../../src/trajectory/formats/tool_calls.ts";
import { seededRandom } from "../support/random.ts";

const names = (text: string, fences: "none" | "last" | "all" = "none") =>
  parseTurn(text, fences).calls.map(({ name }) => name);

describe("parseTurn", () => {
  test("takes functions with parameters, and keeps their text", () => {
    const call = "<function=str_replace_editor>\n<parameter=command>view</parameter>\n" +
      "<parameter=path>/a b.py</parameter>\n</function>";
    const turn = parseTurn(`I look.\n\n${call}`);
    expect(turn).toEqual({
      thought: "I look.\n\n",
      calls: [{
        name: "str_replace_editor",
        arguments: { command: "view", path: "/a b.py" },
        text: call,
      }],
    });
  });

  test("takes one line break off either end of a value, and no other space", () => {
    const { calls: [call] } = parseTurn(
      "<function=edit><parameter=text>\n\n  a\n\n</parameter></function>",
    );
    expect(call?.arguments).toEqual({ text: "\n  a\n" });
  });

  test("leaves tags inside a value alone", () => {
    const value = "print('</parameter>') # <function=bash>";
    const turn = parseTurn(`<function=edit><parameter=text>${value}</parameter></function>`);
    expect(turn.calls.map((call) => call.arguments)).toEqual([{ text: value }]);
  });

  test("takes a call that was cut off, and no prose about one", () => {
    expect(names("<function=bash>\n<parameter=command>ls -")).toEqual(["bash"]);
    expect(parseTurn("<function=bash><parameter=command>ls").calls[0]?.arguments)
      .toEqual({ command: "ls" });
    expect(names("<function=submit>")).toEqual(["submit"]);
    expect(names("Write <function=NAME> to call a function.")).toEqual([]);
  });

  test("takes several calls; what follows one belongs to it", () => {
    const turn = parseTurn("a<function=x></function>\nb <function=y></function> c");
    expect(turn.calls.map(({ text }) => text))
      .toEqual(["<function=x></function>\nb ", "<function=y></function> c"]);
  });

  test("takes <tool_call> with JSON, and around a function", () => {
    const json = '<tool_call>\n{"name": "bash", "arguments": {"command": "ls"}}\n</tool_call>';
    expect(parseTurn(json).calls).toEqual([
      { name: "bash", arguments: { command: "ls" }, text: json },
    ]);
    const qwen = "ok\n<tool_call>\n<function=bash>\n<parameter=command>\nls\n</parameter>\n" +
      "</function>\n</tool_call>";
    expect(parseTurn(qwen)).toMatchObject({ thought: "ok\n", calls: [{ name: "bash" }] });
    expect(names("<tool_call>{broken</tool_call>")).toEqual([""]);
  });

  test("takes no call from what the model thinks to itself", () => {
    const call = "<function=bash></function>";
    expect(names(`<think>maybe ${call}</think>`)).toEqual([]);
    expect(names(`maybe ${call}</think> now <function=ls></function>`)).toEqual(["ls"]);
    expect(names(`<think>never closed ${call}`)).toEqual([]);
    expect(names("<think>\n```bash\nls\n```\n</think>\n```bash\npwd\n```", "all")).toEqual([
      "bash",
    ]);
  });

  test("takes fenced shell blocks where they are actions", () => {
    const text = "Look:\n\n```bash\nls -a\n```";
    expect(names(text)).toEqual([]);
    expect(parseTurn(text, "last")).toEqual({
      thought: "Look:\n\n",
      calls: [{ name: "bash", arguments: { command: "ls -a" }, text: "```bash\nls -a\n```" }],
    });
    expect(names("```\nopen a.py\n```\n", "last")).toEqual(["open"]);
    expect(names("```bash\nls\n``` and so on", "last")).toEqual([]);
    expect(names("```python\nprint()\n```", "last")).toEqual([]);
    expect(names("```mswea_bash_command\nls\n```\nthen\n```bash\npwd\n```\nend", "all"))
      .toEqual(["bash", "bash"]);
    expect(names("```\nls\n```", "all")).toEqual([]);
  });

  test("keeps a parameter's name from reaching the prototype", () => {
    const { calls: [call] } = parseTurn(
      "<function=x><parameter=__proto__>bad</parameter></function>",
    );
    expect(Object.entries(call?.arguments ?? {})).toEqual([["__proto__", "bad"]]);
    expect(Object.getPrototypeOf(call?.arguments)).toBe(Object.prototype);
  });

  test("keeps every character of random texts, in bounded time", () => {
    const random = seededRandom(7);
    const pieces = [
      "<function=bash>",
      "<function=>",
      "</function>",
      "<parameter=command>",
      "</parameter>",
      "<tool_call>",
      "</tool_call>",
      "<think>",
      "</think>",
      '{"name": "a", "arguments": {}}',
      "```bash\n",
      "```\n",
      "```",
      "\n",
      " ",
      "words",
      "é😀\ud800",
    ];
    for (let round = 0; round < 3000; round++) {
      const count = Math.floor(random() * 20);
      const text = Array.from({ length: count }, () => pieces[Math.floor(random() * pieces.length)])
        .join("");
      for (const fences of ["none", "last", "all"] as const) {
        const { thought, calls } = parseTurn(text, fences);
        expect(thought + calls.map((call) => call.text).join("")).toBe(text);
        expect(calls.every((call) => call.text !== "")).toBe(true);
      }
    }
  });

  test("gives back the calls that were written, for random calls", () => {
    const random = seededRandom(11);
    const word = () => Math.floor(random() * 1e9).toString(36);
    for (let round = 0; round < 500; round++) {
      const written = Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({
        name: word(),
        arguments: Object.fromEntries(
          Array.from(
            { length: Math.floor(random() * 4) },
            () => [word(), `${word()}\n${word()} <b>`],
          ),
        ),
      }));
      const text = written.map((call) => {
        const values = Object.entries(call.arguments)
          .map(([key, value]) => `<parameter=${key}>\n${value}\n</parameter>\n`);
        return `<function=${call.name}>\n${values.join("")}</function>`;
      }).join("\n");
      const { thought, calls } = parseTurn(`Thought ${word()}\n${text}`);
      expect(calls.map(({ name, arguments: args }) => ({ name, arguments: args }))).toEqual(
        written,
      );
      expect(thought).toMatch(/^Thought \w+\n$/);
    }
  });

  test.each([
    ["<function=f><parameter=a>x</parameter>junk</function>"],
    ["<function=f><parameter=a>x</function>"],
    ["<function=f>"],
    ["<tool_call>"],
    ["<tool_call>                "],
    ["<think>"],
    ["```bash\n"],
    ["<parameter=a>"],
  ])("takes linear time for %s, many times over", (piece) => {
    const text = piece.repeat(400_000 / piece.length) + "</parameter></think>";
    const start = performance.now();
    parseTurn(text, "all");
    expect(performance.now() - start).toBeLessThan(15_000);
  });
});

describe("parseAction", () => {
  test("reads a function, or takes the whole text for a command", () => {
    expect(parseAction("\n<function=ls></function>")).toEqual([
      { name: "ls", arguments: {}, text: "\n<function=ls></function>" },
    ]);
    expect(parseAction("edit 1:1\nx = 1\nend_of_edit\n")).toEqual([
      { name: "edit", arguments: {}, text: "edit 1:1\nx = 1\nend_of_edit\n" },
    ]);
    expect(parseAction("echo '<function=x></function>'")).toEqual([
      commandCall("echo '<function=x></function>'"),
    ]);
    expect(parseAction("")).toEqual([]);
  });
});

describe("nativeCall", () => {
  test("keeps the arguments as the model wrote them, broken ones too", () => {
    const call = nativeCall("bash", '{"command":  "ls"}', "call_1");
    expect(call).toEqual({
      name: "bash",
      arguments: { command: "ls" },
      text: '{"name": "bash", "arguments": {"command":  "ls"}}',
      id: "call_1",
    });
    expect(nativeArguments(call)).toBe('{"command":  "ls"}');
    expect(nativeCall("bash", '{"command": "ls')).toMatchObject({
      arguments: {},
      text: '{"name": "bash", "arguments": {"command": "ls}',
    });
    expect(nativeArguments(commandCall("ls"))).toBeUndefined();
  });
});
