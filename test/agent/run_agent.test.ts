/** The scaffold's limits and exits, the teacher's manners, and recordings that come out the same. */
import { describe, expect, test } from "vitest";
import {
  type Conversation,
  goldFixes,
  makeMiniSwe,
  observedDifference,
  openQuickjs,
  parseDecision,
  parseTask,
  type Policy,
  replayPolicy,
  runAgent,
  SHORT_PROMPT,
  SWE_AGENT_PROMPT,
  type Task,
  teacherPolicy,
  writeCall,
  writeTask,
} from "../../src/agent/mod.ts";
import { loadTrajectories, type Trajectory, writeTrajectories } from "../../src/trajectory/mod.ts";
import { openEnvironment } from "../../src/agent/headless.ts";
import { BACKENDS } from "./environment_backends.ts";
import { SUM_TASK } from "./sum_task.ts";

const says = (...texts: string[]): Policy => ({
  name: "script",
  act: ({ steps }) =>
    Promise.resolve(parseDecision(texts[Math.min(steps.length, texts.length - 1)] ?? "")),
});
const text = (name: string, args: Record<string, unknown> = {}) =>
  writeCall("function", name, args).text;
const SUBMIT = text("submit");
const EDIT = text("rewrite_function", {
  path: "src/sum.js",
  new_code: "export function sum(a, b) {\n  return a + b;\n}",
});

async function run(policy: Policy, more: Partial<Parameters<typeof runAgent>[0]> = {}) {
  await using environment = openQuickjs(more.task ?? SUM_TASK);
  return await runAgent({ task: SUM_TASK, environment, policy, prompt: SHORT_PROMPT, ...more });
}

describe("exits", () => {
  test("submitted, with the patch as last observation", async () => {
    const { outcome, steps, model, task } = await run(says(EDIT, SUBMIT));
    expect(outcome.exitStatus).toBe("submitted");
    expect(outcome.patch).toContain("+  return a + b;");
    expect(steps.at(-1)?.observations[0]?.text).toBe(outcome.patch);
    expect(model).toBe("script");
    expect(task).toEqual({
      problem: SUM_TASK.problem,
      repository: "bottega/shop",
      instanceId: "shop-1",
    });
  });

  test("nothing changed: the notice for no output, an empty patch", async () => {
    const { outcome, steps } = await run(says(SUBMIT));
    expect(outcome).toEqual({ resolved: null, exitStatus: "submitted", patch: "" });
    expect(steps[0]?.observations[0]?.text)
      .toBe("Your command ran successfully and did not produce any output.");
  });

  test.for(
    [
      ["steps", { limits: { steps: 2 } }, "submitted (exit_cost)", 2],
      ["context", { limits: { contextTokens: 50 } }, "submitted (exit_context)", 1],
    ] as const,
  )("the limit of %s submits what there is", async ([, options, status, steps]) => {
    const trajectory = await run(says(EDIT, text("run_tests")), options);
    expect(trajectory.outcome.exitStatus).toBe(status);
    expect(trajectory.outcome.patch).toContain("+  return a + b;");
    expect(trajectory.steps).toHaveLength(steps);
  });

  test("format errors are told; after three in a row it is over", async () => {
    const { outcome, steps } = await run(says(EDIT, "hm", "<function=fly></function>", "hm"));
    expect(outcome.exitStatus).toBe("submitted (exit_format)");
    expect(steps.map(({ observations: [o] }) => o?.text.split("\n")[0])).toEqual([
      "The function sum in src/sum.js has been rewritten.",
      "Your last output did not use any tool calls!",
      "Your action could not be parsed properly: Command 'fly' not found in list of available commands.",
      "Your last output did not use any tool calls!",
    ]);
  });

  test("a policy that throws, an environment that is gone", async () => {
    const broken: Policy = { name: "broken", act: () => Promise.reject(new Error("no idea")) };
    expect((await run(broken)).outcome.exitStatus).toBe("exit_error");
    const environment = openQuickjs(SUM_TASK);
    const closing: Policy = {
      name: "closing",
      act: async () => (await environment[Symbol.asyncDispose](), parseDecision(text("run_tests"))),
    };
    const { outcome } = await run(closing, { environment });
    expect(outcome.exitStatus).toBe("exit_environment_error");
  });

  test("tests that time out three times in a row", async () => {
    const endless = text("str_replace_editor", {
      command: "create",
      path: "x.test.js",
      file_text: "for (;;);",
    });
    await using environment = openQuickjs(SUM_TASK, { maxSteps: 1_000_000 });
    const { outcome, steps } = await run(says(endless, text("run_tests")), { environment });
    expect(outcome.exitStatus).toBe("submitted (exit_command_timeout)");
    expect(steps).toHaveLength(4);
    expect(steps[1]?.observations[0]?.text).toContain("it did not end within 1000000 steps");
  });

  test("observations are cut with the notice that agents are used to", async () => {
    const { steps } = await run(says(text("run_tests"), SUBMIT), {
      limits: { observationCharacters: 20 },
    });
    expect(steps[0]?.observations[0]?.text).toMatch(
      /^not ok test\/shop\.tes<response clipped><NOTE>Observations should not exceeded 20 characters\. \d+ characters were elided\./,
    );
  });
});

test("the prompt in the format `function` names each tool as SWE-agent does", async () => {
  let heard: Conversation | undefined;
  const listening: Policy = {
    name: "listening",
    act: (conversation) => {
      heard = { ...conversation, messages: [...conversation.messages] };
      return Promise.resolve(parseDecision(SUBMIT));
    },
  };
  await run(listening, { prompt: SWE_AGENT_PROMPT });
  expect(heard?.messages[0]?.text).toContain(
    "---- BEGIN FUNCTION #1: str_replace_editor ----\nDescription: Custom editing tool for viewing, creating and editing files\n",
  );
  expect(heard?.messages[0]?.text).toContain(
    "  (1) command (string, required): The commands to run.",
  );
  expect(heard?.messages[0]?.text).toContain(
    "No parameters are required for this function.\n---- END FUNCTION",
  );
  expect(heard?.messages[1]?.text).toContain(
    `<pr_description>\n${SUM_TASK.problem}\n</pr_description>`,
  );
  expect(heard?.task).not.toHaveProperty("patch");
});

describe("the teacher", () => {
  const observed = (trajectory: Trajectory, before: number) =>
    [
      trajectory.task.problem,
      ...trajectory.steps.slice(0, before).flatMap(({ observations }) =>
        observations.map((o) => o.text)
      ),
    ].join("\n");

  test("solves the task where it makes no mistakes, by search, reading and tests", async () => {
    const perfect = { wrongFixes: 0, wrongTurns: 0, careless: 0 };
    for (let seed = 0; seed < 8; seed++) {
      const { outcome, steps } = await run(teacherPolicy(SUM_TASK, perfect), { seed });
      expect(outcome.exitStatus).toBe("submitted");
      expect(outcome.patch).toContain("+  return a + b;");
      expect(steps.length).toBeGreaterThanOrEqual(4);
    }
  });

  test("the same seed gives the same run, another seed another", async () => {
    const runs = await Promise.all(
      [1, 1, 2, 3, 4].map((seed) => run(teacherPolicy(SUM_TASK), { seed })),
    );
    const texts = runs.map((trajectory) => JSON.stringify(trajectory));
    expect(texts[0]).toBe(texts[1]);
    expect(new Set(texts).size).toBeGreaterThan(2);
  });

  test("a fix that fails is read about in the tests and revised", async () => {
    const trajectories = [];
    for (let seed = 0; seed < 20; seed++) {
      const policy = teacherPolicy(SUM_TASK, { wrongFixes: 0.6, careless: 0, givesUp: 0 });
      trajectories.push(await run(policy, { seed }));
    }
    const revised = trajectories.filter(({ steps }) =>
      steps.filter(({ calls: [call] }) => call?.name === "rewrite_function").length > 1
    );
    expect(revised.length).toBeGreaterThan(3);
    for (const { steps } of revised) {
      const second = steps.findLastIndex(({ calls: [call] }) => call?.name === "rewrite_function");
      expect(steps[second - 1]?.observations[0]?.text).toMatch(/^not ok /);
      expect(steps[second]?.thought).toMatch(/test\/shop\.test\.js > (totals|sums)/);
    }
  });

  test("over MiniSWE: acts only on what it has seen; recordings come out the same to the byte", async () => {
    const tasks: Task[] = [];
    for await (const repository of makeMiniSwe({ seed: 5, count: 12 })) {
      tasks.push(...repository.tasks);
    }
    let edits = 0;
    for (const task of tasks) {
      const [first] = await goldFixes(task);
      const trajectory = await run(teacherPolicy(task), { task, seed: edits });
      for (const [i, { calls: [call] }] of trajectory.steps.entries()) {
        const path = String(call?.arguments["path"] ?? "");
        const seen = observed(trajectory, i);
        if (call?.name === "search_dir") expect(seen).toContain(call.arguments["search_term"]);
        if (path.endsWith(".js")) expect(seen).toContain(path.split("/").at(-1));
        if (call?.name === "rewrite_function" && first?.path === path) {
          expect(seen).toContain(`cat -n\` on ${path}`);
          edits++;
        }
      }
      const replayed = await run(replayPolicy(trajectory), { task });
      expect(observedDifference(trajectory, replayed)).toBeNull();
    }
    expect(edits).toBeGreaterThan(tasks.length / 2);
  });

  const bubblewrap = BACKENDS.find(({ name }) => name === "bubblewrap");
  test.skipIf(bubblewrap?.missing !== undefined)("works with a shell as well", async () => {
    const task: Task = { ...SUM_TASK, environment: "bubblewrap", testCommand: "sh run.sh" };
    const files = {
      ...SUM_TASK.files,
      "run.sh":
        'if grep -q "a + b" src/sum.js; then echo "ok 1 - sums"; else echo "not ok 1 - sums"; fi\n',
    };
    const perfect = { wrongFixes: 0, wrongTurns: 0, careless: 0 };
    await using environment = await openEnvironment({ ...task, files });
    const policy = teacherPolicy({ ...task, files }, perfect);
    const { steps, outcome } = await runAgent({
      task,
      environment,
      policy,
      format: "chat",
      seed: 4,
    });
    expect(outcome).toMatchObject({
      exitStatus: "submitted",
      patch: expect.stringContaining("+  return a + b;"),
    });
    expect(new Set(steps.map(({ calls: [call] }) => call?.name)))
      .toEqual(new Set(["bash", "str_replace_editor", "submit"]));
    expect(JSON.stringify(steps)).toContain("grep -rn");
  });

  test("wrong fixes may come from elsewhere", async () => {
    const asked: string[] = [];
    const { steps } = await run(teacherPolicy(SUM_TASK, {
      wrongFixes: 1,
      wrongFix: ({ fix }) => (asked.push(fix.path), "export function sum(a, b) {\n  return a;\n}"),
    }));
    expect(asked).toContain("src/sum.js");
    expect(steps.map(({ calls: [call] }) => call?.arguments["new_code"])).toContain(
      "export function sum(a, b) {\n  return a;\n}",
    );
  });
});

test("a difference in what was observed is found", async () => {
  const trajectory = await run(says(text("run_tests"), SUBMIT));
  const other = parseTask({
    ...writeTask(SUM_TASK),
    files: { ...SUM_TASK.files, "src/sum.js": "export const sum = (a, b) => a + b;\n" },
  });
  const replayed = await run(replayPolicy(trajectory), { task: other });
  expect(observedDifference(trajectory, replayed)).toMatchObject({
    step: 0,
    found: "3 tests: 3 passed, 0 failed\n",
  });
});

test("a run survives being written as a .traj file and read back", async () => {
  const trajectory = await run(teacherPolicy(SUM_TASK), { seed: 3 });
  const [file] = writeTrajectories([trajectory], "swe-agent");
  const blob = new Blob([file?.text ?? ""]);
  const read = await loadTrajectories({ name: "runs", files: [{ path: "shop-1.traj", blob }] });
  expect(read.trajectories[0]?.steps).toEqual(trajectory.steps);
  const replayed = await run(replayPolicy(read.trajectories[0] ?? trajectory));
  expect(observedDifference(trajectory, replayed)).toBeNull();
});

describe("tasks", () => {
  test("are written and read back the same", () => {
    expect(parseTask(JSON.parse(JSON.stringify(writeTask(SUM_TASK))))).toEqual(SUM_TASK);
  });

  test("of Hugging Face's SWE-bench and of SWE-rebench", () => {
    const row = {
      instance_id: "a__b-1",
      repo: "a/b",
      base_commit: "abc",
      problem_statement: "p",
      patch: "",
      test_patch: "t",
      FAIL_TO_PASS: '["x"]',
      PASS_TO_PASS: ["y"],
      environment: "conda recipe",
      docker_image: "image:1",
    };
    expect(parseTask(row)).toMatchObject({
      environment: "container",
      image: "image:1",
      failToPass: ["x"],
      passToPass: ["y"],
    });
  });

  test.for(
    [
      ["no object", null, /a task without instance_id/],
      ["keys are missing", { instance_id: "a" }, /task "a": .*repo/],
      ["no list", { ...writeTask(SUM_TASK), FAIL_TO_PASS: "x" }, /FAIL_TO_PASS: expected a list/],
      ["no such sandbox", { ...writeTask(SUM_TASK), sandbox: "vm" }, /task "shop-1": sandbox/],
      ["no text", { ...writeTask(SUM_TASK), files: { a: 1 } }, /task "shop-1": files/],
    ] as const,
  )("that are broken say where: %s", ([, json, message]) => {
    expect(() => parseTask(json)).toThrow(message);
  });
});
