/**
 * What an agent reads when a call was not as it should be, or its answer too long; the texts are those
 * of SWE-agent's configuration.
 *
 * @module
 */
import type { Decision } from "./policies/policy.ts";
import { problemWithArguments, type ToolDescription } from "./tools/tool.ts";

/** The observation of a command that printed nothing. */
export const NO_OUTPUT = "Your command ran successfully and did not produce any output.";

/** Commands in a row that were stopped because of their time, after which a run ends. */
export const COMMAND_TIMEOUTS = 3;

/** An observation of at most `max` characters, and the notice if it was longer. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max)}<response clipped><NOTE>Observations should not exceeded ${max} ` +
    `characters. ${
      text.length - max
    } characters were elided. Please try a different command that ` +
    "produces less output or use head/tail/grep/redirect the output to a file. Do not use " +
    "interactive pagers.</NOTE>";
}

/** What is wrong with a turn that must hold one proper call; null if nothing is. */
export function formatError(
  { calls }: Decision,
  tools: readonly ToolDescription[],
): string | null {
  const [call, ...others] = calls;
  if (call === undefined) {
    return `Your last output did not use any tool calls!
Please make sure your output includes exactly _ONE_ function call!
You must invoke the function directly using the function call format.
You cannot invoke commands with \`\`\`, you have to use the function call format.
If you think you have already resolved the issue, please submit your changes by running the \`submit\` command.
If you think you cannot solve the problem, please run \`exit_forfeit\` (if available) or \`submit\`.
Else, please continue with a new tool call!`;
  }
  if (others.length > 0) {
    return `Your last output included multiple tool calls!
Please make sure your output includes a thought and exactly _ONE_ function call.`;
  }
  const tool = tools.find(({ name }) => name === call.name);
  const problem = tool === undefined
    ? `Command '${call.name}' not found in list of available commands`
    : isBrokenJson(call.text)
    ? "Tool call arguments are not valid JSON"
    : problemWithArguments(tool, call.arguments);
  if (problem === null) return null;
  return `Your action could not be parsed properly: ${problem}.
Make sure your function call doesn't include any extra arguments that are not in the allowed arguments, and only use the allowed commands.`;
}

/** Whether a native call, whose text is JSON with the arguments as the model wrote them, is none. */
function isBrokenJson(callText: string): boolean {
  if (!callText.startsWith('{"name": ')) return false;
  try {
    JSON.parse(callText);
    return false;
  } catch {
    return true;
  }
}
