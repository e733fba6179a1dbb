/**
 * Environmentally-native samples (D_env of daVinci-Dev, arXiv 2601.18418): an agent's run as a chat.
 * Thoughts stand in `<think>`, tool calls are `<function=…>` text, what the environment answered comes
 * back as the user's turn. Turns are framed as ChatML, which Qwen's models are trained with.
 *
 * @module
 */
import type { Step, ToolCall, Trajectory } from "../trajectory/mod.ts";
import { makeSample, type Sample, type SampleSegment } from "./sample.ts";

/** An agent's run as a training sample. */
export function renderEnvironment(trajectory: Trajectory): Sample {
  const { id, task, steps } = trajectory;
  const head = {
    id,
    kind: "environment",
    repo: task.repository ?? "",
    base: task.baseCommit ?? null,
  } as const;
  return makeSample(head, [
    ...turn("system", { role: "system", text: systemPrompt(steps) }),
    ...turn("user", { role: "problem", text: task.problem.trim() }),
    ...steps.flatMap(stepSegments),
  ]);
}

/** A call as text: that of the model where it wrote it so, else its name and arguments in the same form. */
export function functionText({ name, arguments: args, text }: ToolCall): string {
  const written = text.trim();
  if (written.startsWith("<function=")) return written;
  const parameters = Object.entries(args);
  // A bare command line has no structure: the shell is the tool.
  if (parameters.length === 0) return functionText(withCommand(written));
  const lines = parameters.map(([key, value]) =>
    `<parameter=${key}>${parameterText(value)}</parameter>\n`
  );
  return `<function=${name}>\n${lines.join("")}</function>`;
}

function stepSegments({ thought, calls, observations }: Step): SampleSegment[] {
  const thinking = thought.trim();
  const thoughtText = thinking === ""
    ? ""
    : thinking.includes("<think>")
    ? `${thinking}\n`
    : `<think>\n${thinking}\n</think>\n`;
  const callTexts = calls.filter(({ name, text }) => `${name}${text}`.trim() !== "")
    .map(functionText);
  return [
    { role: "context", text: `${START}assistant\n` },
    { role: "thought", text: callTexts.length > 0 ? thoughtText : thoughtText.trimEnd() },
    { role: "action", text: `${callTexts.join("\n")}${END}` },
    ...observations.flatMap(({ text }) =>
      turn("user", { role: "observation", text: `OBSERVATION:\n${text.trimEnd()}` })
    ),
  ];
}

/** A turn that is not the agent's own. */
function turn(speaker: "system" | "user", segment: SampleSegment): SampleSegment[] {
  return [
    { role: "context", text: `${START}${speaker}\n` },
    segment,
    { role: "context", text: END },
  ];
}

const START = "<|im_start|>";
const END = "<|im_end|>\n";

/** Text on lines of its own where it has lines, as SWE-agent writes it. */
function parameterText(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.includes("\n") ? `\n${text}\n` : text;
}

function withCommand(command: string): ToolCall {
  return { name: "bash", arguments: { command }, text: "" };
}

/** The tools that the run calls, with their parameters: the scaffold's own prompt is not kept. */
function systemPrompt(steps: readonly Step[]): string {
  const tools = new Map<string, Set<string>>();
  for (const call of steps.flatMap(({ calls }) => calls)) {
    const bare = Object.keys(call.arguments).length === 0 && !call.text.includes("<function=");
    const { name, arguments: args } = bare ? withCommand("") : call;
    if (name === "") continue;
    const parameters = tools.get(name) ?? new Set();
    Object.keys(args).forEach((key) => parameters.add(key));
    tools.set(name, parameters);
  }
  const list = [...tools].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, parameters]) => `- ${name}(${[...parameters].sort().join(", ")})`);
  return [
    "You are a software engineer who solves problems in a repository with tools. Think in " +
    "<think>…</think>, then call one tool, and wait for what it answers. Calls are written so:",
    "<function=NAME>\n<parameter=KEY>VALUE</parameter>\n</function>",
    ...(list.length > 0 ? [`Tools:\n${list.join("\n")}`] : []),
  ].join("\n\n");
}
