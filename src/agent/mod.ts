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
export * from "./policies/policy.ts";
export * from "./mini_swe/mod.ts";
export * from "./task.ts";
export * from "./tasks/mod.ts";
export * from "./tools/tool.ts";
