/**
 * The worker of a remote environment: code of repositories runs here, and ends with it.
 *
 * @module
 */
import { openEnvironment } from "../src/agent/mod.ts";
import { createSandboxService, serveLink } from "../src/remote/mod.ts";

serveLink(createSandboxService(async (task, options) => {
  if (!("Deno" in globalThis)) return await openEnvironment(task, options);
  const host = await import("../src/agent/headless.ts");
  return await host.openEnvironment(task, options);
}));
