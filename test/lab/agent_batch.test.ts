/** Agents that share a model: what becomes of them when it cannot answer. */
import { expect, test } from "vitest";
import { makeMiniSwe, type Task } from "../../src/agent/mod.ts";
import { agentRuns } from "../../src/lab/agent_batch.ts";
import type { TokenGenerator } from "../../src/model/mod.ts";
import { loadTokenizer } from "../../src/tokenizer/mod.ts";

const tasks: Task[] = [];
for await (const repository of makeMiniSwe({ seed: 1, count: 2 })) tasks.push(...repository.tasks);
const tokenizer = await loadTokenizer("r50k_base");

/** Writes something that is no call, `answers` times, and then cannot any more. */
function failingAfter(answers: number): TokenGenerator {
  let asked = 0;
  return {
    batch: 2,
    context: 4096,
    dispatches: 0,
    generate: ({ prompts }) =>
      asked++ < answers
        ? Promise.resolve(
          prompts.map(() => ({ tokens: [...tokenizer.encode("hm")], reason: "stop" })),
        )
        : Promise.reject(new Error("the device was lost")),
    [Symbol.dispose]() {},
  };
}

test.for([0, 1])(
  "a model that fails after %i answers ends the measure: it is no agent that fails",
  async (answers) => {
    const generator = failingAfter(answers);
    const options = { generator, tokenizer, format: "short", steps: 3, maxTokens: 8 } as const;
    await expect(agentRuns(tasks.slice(0, 2), options)).rejects.toThrow("the device was lost");
  },
);

test("agents whose model answers all run to an end of their own", async () => {
  const generator = failingAfter(9);
  const options = { generator, tokenizer, format: "short", steps: 2, maxTokens: 8 } as const;
  const runs = await agentRuns(tasks.slice(0, 2), options);
  expect(runs.map(({ outcome }) => outcome.exitStatus)).toEqual(["exit_cost", "exit_cost"]);
});
