/**
 * Agents and what they work in: tasks, environments, tools, the scaffold, policies.
 *
 * @module
 */
export { AgentError, type AgentErrorCode } from "./agent_error.ts";
export * from "./environment/environment.ts";
export { type EnvironmentOptions, openEnvironment } from "./environment/open_environment.ts";
export {
  isTestFile,
  openQuickjs,
  QUICKJS_LIMITS,
  type QuickjsOptions,
} from "./environment/quickjs.ts";
export { type TestCounts, testOutput } from "./environment/test_output.ts";
export { parseTestOutput, type TestVerdicts } from "./environment/test_results.ts";
export { parseDecision, writeCall } from "./call_text.ts";
export {
  type CheckpointOptions,
  checkpointPolicy,
  type DrawOptions,
  generatorModel,
  plainConversation,
  type TextModel,
} from "./policies/checkpoint.ts";
export { type OpenAiOptions, openAiPolicy } from "./policies/openai.ts";
export * from "./policies/policy.ts";
export { type ObservedDifference, observedDifference, replayPolicy } from "./policies/replay.ts";
export { type TeacherOptions, teacherPolicy, type WrongFixRequest } from "./policies/teacher.ts";
export { type Fix, goldFixes } from "./policies/teacher_fixes.ts";
export { type Prompt, SHORT_PROMPT, SWE_AGENT_PROMPT } from "./prompt.ts";
export {
  type AgentExit,
  type AgentLimits,
  type AgentOptions,
  type AgentRun,
  DEFAULT_AGENT_LIMITS,
  runAgent,
  startAgent,
} from "./run_agent.ts";
export { DEFAULT_MAX_TOKENS, type Rollout, rollOut, type RolloutOptions } from "./rollout.ts";
export {
  journalLine,
  parseJournal,
  rolloutBundle,
  type RolloutFile,
  rolloutFiles,
} from "./rollout_files.ts";
export * from "./mini_swe/mod.ts";
export * from "./task.ts";
export * from "./tasks/mod.ts";
export { findFunctions, type FoundFunction, replaceFunction } from "./tools/rewrite_function.ts";
export type {
  Tool,
  ToolAnswer,
  ToolContext,
  ToolDescription,
  ToolParameter,
} from "./tools/tool.ts";
export { catN } from "./tools/str_replace_editor.ts";
export { TOOLS, toolsFor } from "./tools/tools.ts";
