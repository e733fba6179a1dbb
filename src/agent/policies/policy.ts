/**
 * What decides: a policy reads a conversation and says what to do next. Whether a model of any kind
 * stands behind it, a program, or a recording, the scaffold does not know.
 *
 * @module
 */
import type { Step, ToolCall, Usage } from "../../trajectory/mod.ts";
import type { PublicTask } from "../task.ts";
import type { ToolDescription } from "../tools/tool.ts";

/** One message of a conversation, as a model's API takes it. */
export interface Message {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly text: string;
  /** What the agent called, with `role: "assistant"`. */
  readonly calls?: readonly ToolCall[];
  /** The call that is answered, with `role: "tool"`. */
  readonly callId?: string;
}

/**
 * How calls travel. `function`: as text, `<function=bash><parameter=command>ls</parameter></function>`,
 * with observations as user messages. `chat`: native tool calls, with observations as tool messages.
 */
export type MessageFormat = "function" | "chat";

/** All that a policy sees. */
export interface Conversation {
  readonly task: PublicTask;
  readonly tools: readonly ToolDescription[];
  readonly format: MessageFormat;
  /** The repository's folder, as paths begin: `/testbed`, or `.`. */
  readonly root: string;
  readonly messages: readonly Message[];
  /** The same as steps: what was thought, called and observed so far. */
  readonly steps: readonly Step[];
}

/** What a policy decided. */
export interface Decision {
  readonly thought: string;
  readonly calls: readonly ToolCall[];
  /** All that was written, thought and calls, as it goes back into the conversation. */
  readonly text: string;
  readonly usage?: Usage;
}

/** Options of one decision. */
export interface ActOptions {
  readonly signal?: AbortSignal | undefined;
  /** What random choices start from; the same seed and conversation give the same decision. */
  readonly seed?: number | undefined;
}

/** Decides what to do next. */
export interface Policy {
  /** As trajectories name it: `teacher`, `replay`, the name of a model. */
  readonly name: string;
  act(conversation: Conversation, options: ActOptions): Promise<Decision>;
}
