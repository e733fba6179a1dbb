/** Models of our own: the decisions of many agents are one batch, and what goes wrong is told to each. */
import { expect, test } from "vitest";
import {
  checkpointPolicy,
  openQuickjs,
  plainConversation,
  runAgent,
  SHORT_PROMPT,
  type TextModel,
} from "../../src/agent/mod.ts";
import { SUM_TASK } from "./sum_task.ts";

const TURNS = [
  "Read.\n<function=str_replace_editor>\n<parameter=command>view</parameter>\n" +
  "<parameter=path>src/sum.js</parameter>\n</function>",
  "Done.\n<function=submit>\n</function>",
];

/** Answers by how often the agent has spoken, and notes the size of each batch. */
function scriptedModel(batches: number[], more: Partial<TextModel> = {}): TextModel {
  return {
    fits: () => true,
    async generate(prompts) {
      batches.push(prompts.length);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return prompts.map((prompt) => TURNS[prompt.split("<function=").length - 1] ?? "");
    },
    ...more,
  };
}

async function runMany(model: TextModel, agents: number, batch?: number, signal?: AbortSignal) {
  const policy = checkpointPolicy({ name: "tiny", model, batch });
  return await Promise.allSettled(Array.from({ length: agents }, async () => {
    await using environment = openQuickjs(SUM_TASK);
    return await runAgent({ task: SUM_TASK, environment, policy, prompt: SHORT_PROMPT, signal });
  }));
}

test("agents side by side share each step; a batch has its limit", async () => {
  const batches: number[] = [];
  const runs = await runMany(scriptedModel(batches), 10);
  expect(batches).toEqual([10, 10]);
  for (const run of runs) {
    expect(run).toMatchObject({
      status: "fulfilled",
      value: { outcome: { exitStatus: "submitted" }, model: "tiny", usage: { calls: 2 } },
    });
  }
  batches.length = 0;
  await runMany(scriptedModel(batches), 10, 4);
  expect(Math.max(...batches)).toBe(4);
  expect(batches.reduce((a, b) => a + b)).toBe(20);
});

test("a conversation without room ends that agent only; a model that fails ends its batch", async () => {
  const long = scriptedModel([], { fits: (prompt) => !prompt.includes("<function=") });
  for (const run of await runMany(long, 3)) {
    expect(run).toMatchObject({ value: { outcome: { exitStatus: "exit_context" } } });
  }
  const failing = scriptedModel([], { generate: () => Promise.reject(new Error("device lost")) });
  for (const run of await runMany(failing, 3)) {
    expect(run).toMatchObject({ value: { outcome: { exitStatus: "exit_error" } } });
  }
});

test("agents that were stopped leave the batch", async () => {
  const controller = new AbortController();
  controller.abort(new Error("enough"));
  const batches: number[] = [];
  const [run] = await runMany(scriptedModel(batches), 1, 64, controller.signal);
  expect(run).toMatchObject({ status: "rejected", reason: { message: "enough" } });
  expect(batches).toEqual([]);
});

test("a conversation is its texts, each with its line end", () => {
  expect(
    plainConversation([{ role: "user", text: "Fix it" }, { role: "assistant", text: "Look\n" }]),
  )
    .toBe("Fix it\nLook\n");
});
