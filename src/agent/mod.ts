/**
 * Agents and what they work in: tasks, environments, tools, the scaffold, policies.
 *
 * @module
 */
export { AgentError, type AgentErrorCode } from "./agent_error.ts";
export * from "./environment/environment.ts";
export * from "./policies/policy.ts";
export * from "./task.ts";
export * from "./tools/tool.ts";
