/**
 * `bash`, `run_tests` and `submit`.
 *
 * @module
 */
import { repositoryPath } from "./repository_path.ts";
import { listArgument, textArgument, type Tool } from "./tool.ts";

/** Runs a command, where the environment has a shell. */
export const bash: Tool = {
  name: "bash",
  description: "Execute a bash command in the terminal.",
  parameters: [
    {
      name: "command",
      type: "string",
      description: "The bash command to execute.",
      required: true,
    },
  ],
  async run(args, { environment, timeoutMs, signal }) {
    const command = textArgument(args, "command") ?? "";
    if (environment.bash === undefined) {
      return { text: `The ${environment.kind} environment has no shell. Use the other tools.` };
    }
    const { text, timedOut } = await environment.bash(command, { timeoutMs, signal });
    if (timedOut !== true) return { text };
    return { text: cancelled(command, timeoutMs), timedOut };
  },
};

/** Runs the tests. */
export const runTests: Tool = {
  name: "run_tests",
  description: "Runs the tests of the repository and shows the failing ones.",
  parameters: [
    {
      name: "paths",
      type: "array",
      description: "The test files to run (if not provided, all of them), as a JSON list.",
      required: false,
    },
  ],
  async run(args, { environment, signal }) {
    const list = listArgument(args, "paths");
    const given = list === null ? [textArgument(args, "paths")] : list;
    const paths = given?.map((path) => repositoryPath(String(path)));
    const unknown = given?.find((_path, i) => paths?.[i] === null);
    if (unknown !== undefined) {
      return { text: `The path ${unknown} does not exist. Please provide a valid path.` };
    }
    const known = paths?.filter((path) => path !== null);
    const report = await environment.runTests({ paths: known, signal });
    return { text: report.output, timedOut: report.timedOut };
  },
};

/** Ends the run; the observation is the patch. */
export const submit: Tool = {
  name: "submit",
  description:
    "Finish the interaction when the task is complete OR if the assistant cannot proceed further with the task.",
  parameters: [],
  async run(_args, { environment }) {
    return { text: await environment.diff(), submitted: true };
  },
};

function cancelled(command: string, timeoutMs: number): string {
  return `The command '${command}' was cancelled because it took more than ${timeoutMs / 1000} ` +
    "seconds. Please try a different command that completes more quickly.";
}
