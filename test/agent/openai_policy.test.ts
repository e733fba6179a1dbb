/** Agents against a real server on loopback that streams, stalls, refuses and answers nonsense. */
import { describe, expect, test } from "vitest";
import {
  type AgentOptions,
  type OpenAiOptions,
  openAiPolicy,
  openQuickjs,
  runAgent,
  startAgent,
} from "../../src/agent/mod.ts";
import { type Behaviour, startOpenAiServer } from "./openai_server.ts";
import { SUM_TASK } from "./sum_task.ts";

const FIX: Behaviour = {
  text: "It subtracts.",
  call: "str_replace_editor",
  json: JSON.stringify({
    command: "str_replace",
    path: "/testbed/src/sum.js",
    old_str: "a - b",
    new_str: "a + b",
  }),
};
const TEST: Behaviour = { call: "run_tests", json: "{}" };
const SUBMIT: Behaviour = { call: "submit", json: "" };
const asText = (name: string, parameters: string) => ({
  text: `I go on.\n<function=${name}>\n${parameters}</function>`,
});

async function runAgainst(
  behaviours: Behaviour[],
  more: Partial<OpenAiOptions> & Partial<AgentOptions> = {},
) {
  await using server = startOpenAiServer(behaviours);
  await using environment = openQuickjs(SUM_TASK);
  const { limits, format = "chat", before, signal, ...options } = more;
  const policy = openAiPolicy({
    baseUrl: server.baseUrl,
    apiKey: "test-key",
    model: "tiny",
    retries: 1,
    // An honest answer is never taken for a stall, however busy the machine.
    stallMs: behaviours.some((behaviour) => "stall" in behaviour) ? 1_000 : 60_000,
    ...options,
  });
  const run = { task: SUM_TASK, environment, policy, format, limits, before, signal };
  const agent = startAgent(run);
  while (await agent.step() !== null);
  return { trajectory: agent.trajectory(), exit: agent.exit, requests: server.requests };
}

test("native calls, streamed in pieces, solve the task", async () => {
  const { trajectory, requests } = await runAgainst([FIX, TEST, SUBMIT], {
    price: { inputUsd: 10, outputUsd: 100 },
  });
  expect(trajectory.outcome).toEqual({
    resolved: null,
    exitStatus: "submitted",
    patch: expect.stringContaining("+  return a + b;"),
  });
  expect(trajectory.steps.map(({ calls: [call] }) => call?.name)).toEqual([
    "str_replace_editor",
    "run_tests",
    "submit",
  ]);
  expect(trajectory.steps[0]?.thought).toBe("It subtracts.");
  expect(trajectory.steps[1]?.observations[0]?.text).toContain("3 passed, 0 failed");
  expect(trajectory.usage).toEqual({
    calls: 3,
    inputTokens: 300,
    outputTokens: 30,
    costUsd: 0.006,
  });
  const last = requests.at(-1) as {
    messages: { role: string; tool_call_id?: string }[];
    tools: unknown[];
  };
  expect(last.messages.map(({ role }) => role))
    .toEqual(["system", "user", "assistant", "tool", "assistant", "tool"]);
  expect(last.messages[3]?.tool_call_id).toBe("call_0");
  expect(last.tools).toHaveLength(6);
});

test("calls as text solve the task too", async () => {
  const edit = asText(
    "str_replace_editor",
    "<parameter=command>str_replace</parameter>\n<parameter=path>/testbed/src/sum.js</parameter>\n" +
      "<parameter=old_str>\n  return a - b;\n</parameter>\n<parameter=new_str>\n  return a + b;\n</parameter>\n",
  );
  const { trajectory, requests } = await runAgainst([edit, asText("submit", "")], {
    format: "function",
  });
  expect(trajectory.outcome.exitStatus).toBe("submitted");
  expect(trajectory.outcome.patch).toContain("+  return a + b;");
  expect(requests[0]).not.toHaveProperty("tools");
  expect(JSON.stringify(requests[1])).toContain(
    "OBSERVATION:\\nThe file /testbed/src/sum.js has been edited.",
  );
});

describe("what fails for a moment is tried again", () => {
  test.for<[string, Behaviour]>([
    ["429", { status: 429, headers: { "retry-after": "0" } }],
    ["500", { status: 500 }],
    ["503", { status: 503, headers: { "retry-after": "0" } }],
    ["a stall before the answer", { stall: "before" }],
    ["a stall within the answer", { stall: "within" }],
    ["an answer that breaks off", { breakOff: true }],
    ["an answer that is none", { garbage: "data: {not json\n\n" }],
    ["an empty answer", { garbage: "" }],
  ])("%s", async ([, failure]) => {
    const { trajectory, requests } = await runAgainst([failure, SUBMIT]);
    expect(trajectory.outcome.exitStatus).toBe("submitted");
    expect(requests).toHaveLength(2);
  });
});

describe("what fails for good ends the run with its exit status, and the run can go on", () => {
  test.for<[string, Behaviour, string, number]>([
    ["429 again and again", { status: 429, headers: { "retry-after": "0" } }, "exit_api", 3],
    ["500 again and again", { status: 500 }, "exit_api", 3],
    ["a server that always stalls", { stall: "within" }, "exit_api", 3],
    ["401", { status: 401 }, "exit_api", 2],
    ["404", { status: 404 }, "exit_api", 2],
    [
      "a conversation that is too long",
      {
        status: 400,
        body: {
          error: { message: "maximum context length is 10", code: "context_length_exceeded" },
        },
      },
      "exit_context",
      2,
    ],
  ])("%s", async ([, failure, status, asked]) => {
    const { trajectory, exit, requests } = await runAgainst([FIX, failure]);
    expect(trajectory.outcome.exitStatus).toBe(`submitted (${status})`);
    expect(trajectory.outcome.patch).toContain("+  return a + b;");
    expect(trajectory.steps).toHaveLength(1);
    expect(exit?.message).toContain('model "tiny" at 127.0.0.1:');
    expect(exit?.message).not.toContain("test-key");
    expect(requests).toHaveLength(asked);

    const resumed = await runAgainst([TEST, SUBMIT], { before: trajectory.steps });
    expect(resumed.trajectory.outcome.exitStatus).toBe("submitted");
    expect(resumed.trajectory.steps.slice(0, 1)).toEqual(trajectory.steps);
    expect(resumed.trajectory.steps).toHaveLength(3);
    expect(resumed.requests).toHaveLength(2);
  });

  test("without changes nothing is submitted", async () => {
    const { trajectory } = await runAgainst([{ status: 401 }]);
    expect(trajectory.outcome).toEqual({ resolved: null, patch: "", exitStatus: "exit_api" });
  });

  test("no server at all", async () => {
    await using environment = openQuickjs(SUM_TASK);
    const policy = openAiPolicy({
      baseUrl: "http://127.0.0.1:9/v1",
      apiKey: "test-key",
      model: "tiny",
      retries: 0,
    });
    const { outcome } = await runAgent({ task: SUM_TASK, environment, policy });
    expect(outcome.exitStatus).toBe("exit_api");
  });
});

describe("broken calls are told to the model, which may do better", () => {
  test.for<[string, Behaviour, RegExp]>([
    ["no call", { text: "I think it is fine." }, /did not use any tool calls/],
    [
      "two calls",
      { calls: [{ name: "submit", json: "{}" }, { name: "submit", json: "{}" }] },
      /multiple tool calls/,
    ],
    ["a tool that is not there", { call: "rm", json: "{}" }, /Command 'rm' not found/],
    ["arguments that are no JSON", { call: "submit", json: '{"x": ' }, /not valid JSON/],
    ["arguments that are no object", { call: "search_dir", json: '"x"' }, /missing: search_term/],
    [
      "a missing argument",
      { call: "str_replace_editor", json: '{"command":"view"}' },
      /missing: path/,
    ],
    [
      "an argument too many",
      { call: "submit", json: '{"now":true}' },
      /Unexpected argument\(s\): now/,
    ],
  ])("%s", async ([, broken, message]) => {
    const { trajectory, requests } = await runAgainst([broken, SUBMIT]);
    expect(trajectory.outcome.exitStatus).toBe("submitted");
    expect(trajectory.steps[0]?.observations[0]?.text).toMatch(message);
    const { messages } = requests[1] as { messages: { role: string; content: string }[] };
    expect(messages.at(-1)).toEqual({ role: "user", content: expect.stringMatching(message) });
  });

  test("three in a row end the run", async () => {
    const { trajectory } = await runAgainst([{ text: "hm" }]);
    expect(trajectory.outcome.exitStatus).toBe("exit_format");
    expect(trajectory.steps).toHaveLength(3);
  });
});

test("a run stops at once when it is told to", async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error("enough")), 100);
  const start = performance.now();
  await expect(runAgainst([{ stall: "within" }], { stallMs: 60_000, signal: controller.signal }))
    .rejects.toThrow("enough");
  // The server would go on after 10 seconds.
  expect(performance.now() - start).toBeLessThan(8_000);
});

test("the cost ends a run", async () => {
  const { trajectory } = await runAgainst([TEST], {
    price: { inputUsd: 10_000, outputUsd: 0 },
    limits: { costUsd: 1.5 },
  });
  expect(trajectory.outcome.exitStatus).toBe("exit_cost");
  expect(trajectory.steps).toHaveLength(2);
});
