/**
 * What an agent is told before it begins, and how observations come back to it.
 *
 * @module
 */
import type { MessageFormat } from "./policies/policy.ts";
import type { PublicTask } from "./task.ts";
import { REPOSITORY_ROOT } from "./tools/repository_path.ts";
import type { ToolDescription } from "./tools/tool.ts";

/** The texts around a task. */
export interface Prompt {
  /** How the repository's folder is called: `/testbed`, or `.` for short paths. */
  readonly root: string;
  /** The system message; `""` for none. */
  system(tools: readonly ToolDescription[], format: MessageFormat): string;
  /** The message that tells the problem. */
  instance(task: PublicTask): string;
  /** The message that tells an observation. */
  observation(text: string): string;
}

/** SWE-agent's prompt, as SWE-smith's trajectories were made with it. */
export const SWE_AGENT_PROMPT: Prompt = {
  root: REPOSITORY_ROOT,
  system: (tools, format) =>
    "You are a helpful assistant that can interact with a computer to solve tasks." +
    (format === "function" ? functionRules(tools) : ""),
  instance: ({ problem }) =>
    `<uploaded_files>
${REPOSITORY_ROOT}
</uploaded_files>
I've uploaded a code repository in the directory ${REPOSITORY_ROOT}. Consider the following PR description:

<pr_description>
${problem}
</pr_description>

Can you help me implement the necessary changes to the repository so that the requirements specified in the <pr_description> are met?
I've already taken care of all changes to any of the test files described in the <pr_description>. This means you DON'T have to modify the testing logic or any of the tests in any way!
Your task is to make the minimal changes to non-tests files in the ${REPOSITORY_ROOT} directory to ensure the <pr_description> is satisfied.
Follow these steps to resolve the issue:
1. As a first step, it might be a good idea to find and read code relevant to the <pr_description>
2. Reproduce the error and confirm it
3. Edit the source code of the repo to resolve the issue
4. Run the tests again and confirm that the error is fixed!
5. Think about edgecases and make sure your fix handles them as well`,
  observation: (text) => `OBSERVATION:\n${text}`,
};

/** Nothing but the problem: for small models with a small context. */
export const SHORT_PROMPT: Prompt = {
  root: ".",
  system: () => "",
  instance: ({ problem }) => problem,
  observation: (text) => text,
};

/** The functions and how to call them, for models that call by text. */
function functionRules(tools: readonly ToolDescription[]): string {
  const functions = tools.map((tool, i) => describeFunction(tool, i + 1)).join("\n");
  return `

You have access to the following functions:

${functions}

If you choose to call a function ONLY reply in the following format with NO suffix:

Provide any reasoning for the function call here.
<function=example_function_name>
<parameter=example_parameter_1>value_1</parameter>
<parameter=example_parameter_2>
This is the value for the second parameter
that can span
multiple lines
</parameter>
</function>

<IMPORTANT>
Reminder:
- Function calls MUST follow the specified format, start with <function= and end with </function>
- Required parameters MUST be specified
- Only call one function at a time
- Always provide reasoning for your function call in natural language BEFORE the function call (not after)
</IMPORTANT>`;
}

function describeFunction(
  { name, description, parameters }: ToolDescription,
  number: number,
): string {
  const lines = parameters.map((parameter, i) => {
    const kind = `${parameter.type}, ${parameter.required ? "required" : "optional"}`;
    const values = parameter.enum?.map((value) => `\`${value}\``).join(", ");
    const allowed = values === undefined ? "" : `\nAllowed values: [${values}]`;
    return `  (${i + 1}) ${parameter.name} (${kind}): ${parameter.description}${allowed}`;
  });
  const told = lines.length === 0
    ? "No parameters are required for this function."
    : `\nParameters:\n${lines.join("\n")}`;
  return `---- BEGIN FUNCTION #${number}: ${name} ----
Description: ${description}
${told}
---- END FUNCTION #${number} ----
`;
}
