/**
 * Which modules a repository in quickjs can import, and what they are found under. Its own files are
 * named by their path, `node:` modules are ours, and `bottega:` ones only they can import.
 *
 * @module
 */
import assertCode from "./guest/assert.js?raw" with { type: "text" };
import inspectCode from "./guest/inspect.js?raw" with { type: "text" };
import nodeAssert from "./guest/node_assert.js?raw" with { type: "text" };
import nodeAssertStrict from "./guest/node_assert_strict.js?raw" with { type: "text" };
import nodeTest from "./guest/node_test.js?raw" with { type: "text" };
import preludeCode from "./guest/prelude.js?raw" with { type: "text" };
import testRunnerCode from "./guest/test_runner.js?raw" with { type: "text" };

/** The module that every guest starts with. */
export const PRELUDE = "bottega:prelude.js";

const BUILT_IN: ReadonlyMap<string, string> = new Map([
  [PRELUDE, preludeCode],
  ["bottega:assert.js", assertCode],
  ["bottega:inspect.js", inspectCode],
  ["bottega:test_runner.js", testRunnerCode],
  ["node:assert", nodeAssert],
  ["node:assert/strict", nodeAssertStrict],
  ["node:test", nodeTest],
]);

const INTERNAL = /^(bottega|node):/;

/** Files by path, as far as code can be read from them. */
export type SourceFiles = ReadonlyMap<string, string>;

/**
 * The name of the module that `specifier` means in module `base`.
 *
 * @returns The name, or what Node would say if there is none.
 */
export function resolveModule(
  files: SourceFiles,
  base: string,
  specifier: string,
): { name: string } | { problem: string } {
  if (BUILT_IN.has(base)) return { name: specifier.replace(/^\.\//, "bottega:") };
  const bare = `node:${specifier.replace(/^node:/, "")}`;
  if (BUILT_IN.has(bare) && !files.has(specifier)) return { name: bare };
  const from = `imported from ${base}`;
  if (!/^\.\.?\//.test(specifier)) {
    const kind = specifier.startsWith("node:") ? "built-in module" : "package";
    return { problem: `Cannot find ${kind} '${specifier}' ${from}` };
  }
  const name = joinPath(base, specifier);
  if (name !== null && files.has(name) && !INTERNAL.test(name)) return { name };
  return { problem: `Cannot find module '${specifier}' ${from}` };
}

/** The source of a module by the name that {@linkcode resolveModule} gave. */
export function moduleSource(files: SourceFiles, name: string): string | undefined {
  if (INTERNAL.test(name)) return BUILT_IN.get(name);
  const source = files.get(name);
  return source !== undefined && name.endsWith(".json") ? `export default ${source}` : source;
}

/** `specifier` as seen from the file `base`; null if it leads out of the repository. */
function joinPath(base: string, specifier: string): string | null {
  const parts = base.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.join("/");
}
