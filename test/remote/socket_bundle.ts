/** One file out of a test's module, for a page or for Node. */
import { join } from "node:path";
import { ROOT } from "../support/bottega.ts";

/** Bundles `test/remote/NAME` and gives the path of the file. */
export async function bundle(name: string, target: "page" | "node"): Promise<string> {
  Deno.env.set("__IS_WSL_TEST__", "1");
  const { build } = await import("vite");
  const outDir = join(ROOT, ".bottega/test", target);
  const entry = join(ROOT, "test/remote", name);
  await build({
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: "warn",
    ...target === "node" && { ssr: { noExternal: true, external: ["ws"] } },
    build: {
      outDir,
      emptyOutDir: false,
      target: "es2022",
      minify: false,
      reportCompressedSize: false,
      ...target === "node"
        ? { ssr: entry }
        : { lib: { entry, formats: ["es"], fileName: () => name.replace(/ts$/, "js") } },
    },
  });
  return join(outDir, name.replace(/ts$/, "js"));
}
