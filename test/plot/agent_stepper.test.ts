/** Stepping through a run: buttons, an edited action, failures and stops that are told. */
import { expect, test } from "vitest";
import { openQuickjs, SHORT_PROMPT, startAgent, teacherPolicy } from "../../src/agent/mod.ts";
import { agentStepper, type StartRun } from "../../src/plot/mod.ts";
import { SUM_TASK } from "../agent/sum_task.ts";
import { headlessDocument } from "../support/plot.ts";

function openStepper(start?: StartRun) {
  const document = headlessDocument();
  const environment = openQuickjs(SUM_TASK);
  const stepper = agentStepper(
    start ?? (async (before, signal) => {
      await environment.reset();
      const policy = teacherPolicy(SUM_TASK, { wrongFixes: 0, wrongTurns: 0, careless: 0 });
      const run = { task: SUM_TASK, environment, policy, before, signal, prompt: SHORT_PROMPT };
      return startAgent(run);
    }),
    { document },
  );
  document.body.append(stepper);
  const button = (name: string) => {
    const found = [...stepper.querySelectorAll("button")].find((each) => each.textContent === name);
    if (!found) throw new Error(`no button "${name}"`);
    return found;
  };
  return {
    stepper,
    button,
    turns: () => [...stepper.querySelectorAll(".turn")],
    status: () => stepper.querySelector("[role=status]")?.textContent ?? "",
  };
}

test("takes steps one by one and to the end, and tells each change of its value", async () => {
  const { stepper, button, turns, status } = openStepper();
  let inputs = 0;
  stepper.addEventListener("input", () => inputs++);
  expect(stepper.value).toBeNull();
  await stepper.advance(1);
  expect(turns()).toHaveLength(1);
  expect(inputs).toBe(1);
  button("Run to the end").click();
  await expect.poll(status).toMatch(/^submitted, after \d+ steps$/);
  expect(stepper.value?.outcome.patch).toContain("+  return a + b;");
  expect(turns()).toHaveLength(stepper.value?.steps.length ?? 0);
  expect(button("Next step").disabled).toBe(true);
  expect(inputs).toBe(turns().length + 1);

  button("Start again").click();
  await expect.poll(() => turns().length).toBe(0);
  expect(button("Next step").disabled).toBe(false);
});

test("goes on from an action that was edited; the steps before it stay as they were", async () => {
  const { stepper, button, turns, status } = openStepper();
  await stepper.advance(3);
  const [first] = turns();
  const text = first?.textContent;
  turns()[1]?.querySelector("button")?.click();
  const area = stepper.querySelector("textarea");
  if (!area) throw new Error("nothing to edit in");
  area.value = "<function=run_tests>\n</function>";
  button("Go on from here").click();
  await expect.poll(() => turns()[1]?.querySelector(".observation")?.textContent ?? "")
    .toContain("not ok test/shop.test.js > totals");
  expect(turns()).toHaveLength(2);
  expect(turns()[0]?.textContent).toBe(text);
  expect(status()).toBe("after 2 steps");
});

test("tells what fails, and what was stopped can go on", async () => {
  const failing = openStepper(() => Promise.reject(new Error("no sandbox here")));
  failing.button("Next step").click();
  await expect.poll(failing.status).toBe("no sandbox here");
  expect(failing.button("Next step").disabled).toBe(false);

  const environment = openQuickjs(SUM_TASK);
  let wait = true;
  const { button, status, turns } = openStepper((before, signal) =>
    startAgent({
      task: SUM_TASK,
      environment,
      before,
      signal,
      policy: {
        name: "slow",
        act: async (conversation, options) => {
          if (wait) {
            await new Promise((_, reject) =>
              options.signal?.addEventListener("abort", () => reject(options.signal?.reason))
            );
          }
          return await teacherPolicy(SUM_TASK).act(conversation, options);
        },
      },
    })
  );
  button("Next step").click();
  await expect.poll(() => button("Stop").disabled).toBe(false);
  button("Stop").click();
  await expect.poll(status).toBe("stopped");
  wait = false;
  button("Next step").click();
  await expect.poll(() => turns().length).toBe(1);
});
