/**
 * The worker of a remote environment: code of repositories runs here, and ends with it.
 *
 * @module
 */
import { openEnvironment } from "../src/agent/mod.ts";
// Not by the room's face, which starts this very worker: the page's bundler would go in circles.
import { createSandboxService } from "../src/remote/sandbox_service.ts";
import { serveLink } from "../src/remote/worker_link.ts";

serveLink(createSandboxService(async (task, options) => {
  if (!("Deno" in globalThis)) return await openEnvironment(task, options);
  const host = await import("../src/agent/headless.ts");
  return await host.openEnvironment(task, options);
}));
