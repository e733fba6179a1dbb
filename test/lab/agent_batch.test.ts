/** Agents that share a model: what becomes of them when it cannot answer. */
import { expect, test } from "vitest";
import { makeMiniSwe, type Task } from "../../src/agent/mod.ts";
import { agentRuns } from "../../src/lab/agent_batch.ts";
import type { TokenGenerator } from "../../src/model/mod.ts";
import { loadTokenizer } from "../../src/tokenizer/mod.ts";

const tasks: Task[] = [];
for await (const repository of makeMiniSwe({ seed: 1, count: 4 })) tasks.push(...repository.tasks);
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

test("a task takes the seat of one that has ended, and the model is asked in the tasks' order", async () => {
  const asked: number[][] = [];
  const marks = tasks.map((_, i) => `task number ${i}.`);
  const told = tasks.map((task, i) => ({ ...task, problem: `${marks[i]} ${task.problem}` }));
  const submit = [...tokenizer.encode("submit")];
  const generator: TokenGenerator = {
    batch: 2,
    context: 4096,
    dispatches: 0,
    generate({ prompts }) {
      const texts = prompts.map((prompt) => tokenizer.decode(prompt as Uint32Array));
      asked.push(texts.map((text) => marks.findIndex((mark) => text.includes(mark))));
      // The first task ends at once, the others only when their turns are used up.
      const answer = (task: number | undefined) =>
        task === 0 ? submit : [...tokenizer.encode("hm")];
      return Promise.resolve(
        prompts.map((_, i) => ({ tokens: answer(asked.at(-1)?.[i]), reason: "stop" })),
      );
    },
    [Symbol.dispose]() {},
  };
  const options = { generator, tokenizer, format: "short", steps: 3, maxTokens: 8 } as const;
  const runs = await agentRuns(told.slice(0, 3), options);
  expect(runs.map(({ outcome }) => outcome.task)).toEqual(told.slice(0, 3).map(({ id }) => id));
  expect(runs[0]!.outcome.exitStatus).toBe("submitted");
  expect(asked).toEqual([[0, 1], [1, 2], [1, 2], [2]]);
});

test("agents whose model answers all run to an end of their own", async () => {
  const generator = failingAfter(9);
  const options = { generator, tokenizer, format: "short", steps: 2, maxTokens: 8 } as const;
  const runs = await agentRuns(tasks.slice(0, 2), options);
  expect(runs.map(({ outcome }) => outcome.exitStatus)).toEqual(["exit_cost", "exit_cost"]);
});
