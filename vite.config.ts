import { fileURLToPath } from "node:url";
import { type BuildOptions, defineConfig } from "vite";

/** A path of this repository. */
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What runs headless only asks for Node's modules; in the page they are empty, and never used. */
const rolldownOptions: NonNullable<BuildOptions["rolldownOptions"]> = {
  checks: { bundlerTimings: false },
  onLog(level, log, handle) {
    if (!log.message.includes("externalized for browser compatibility")) handle(level, log);
  },
};

export default defineConfig({
  root: here("src/app"),
  publicDir: false,
  // Nothing is looked for outside the repository: no .env, no settings of another tool.
  envDir: false,
  css: { postcss: {} },
  resolve: {
    alias: [
      { find: "bottega", replacement: here("src/mod.ts") },
      // notebook-kit's transpiler of TypeScript cells; sucrase does that in a hundredth of its size.
      { find: "typescript", replacement: here("src/app/typescript_stub.ts") },
      // Under this name Deno finds the build with threads, and a page one of 28 MB; this has 12.
      { find: /^onnxruntime-web$/, replacement: "onnxruntime-web/wasm" },
    ],
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    rolldownOptions,
    outDir: here(".bottega/app"),
    emptyOutDir: true,
    target: "esnext",
    reportCompressedSize: false,
    // The vocabularies are large; they are loaded when they are asked for.
    chunkSizeWarningLimit: 4096,
  },
  worker: { format: "es", rolldownOptions },
});
