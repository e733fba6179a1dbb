/**
 * Which files are source of a language, and which are documentation, by their endings.
 *
 * @module
 */
import { CorpusError } from "./corpus_error.ts";

const ENDINGS = {
  python: [".py", ".pyi", ".pyx", ".pyw"],
  javascript: [".js", ".jsx", ".mjs", ".cjs"],
  typescript: [".ts", ".tsx", ".mts", ".cts"],
  go: [".go"],
  rust: [".rs"],
  java: [".java"],
  kotlin: [".kt", ".kts"],
  c: [".c", ".h"],
  cpp: [".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx", ".h"],
  csharp: [".cs"],
  ruby: [".rb"],
  php: [".php"],
  swift: [".swift"],
} as const satisfies Record<string, readonly string[]>;

const DOCUMENTATION = [".md", ".markdown", ".mdown", ".mkd", ".mkdn", ".rst"];

/** The languages whose source files are known. */
export const LANGUAGES = Object.keys(ENDINGS) as readonly (keyof typeof ENDINGS)[];

export type Language = keyof typeof ENDINGS;

/** What a path is to a filter that keeps one language. */
export type FileClass = "source" | "documentation" | "other";

/**
 * Tells source of `language`, documentation and everything else apart.
 *
 * @throws {CorpusError} `bad-option` for a language that is not known
 */
export function classifier(language: Language): (path: string) => FileClass {
  const endings: readonly string[] | undefined = ENDINGS[language];
  if (endings === undefined) {
    throw new CorpusError(
      "bad-option",
      `"${language}" is not known: choose one of ${LANGUAGES.join(", ")}`,
    );
  }
  return (path) => {
    const ending = /\.[^./]+$/.exec(path)?.[0].toLowerCase() ?? "";
    if (endings.includes(ending)) return "source";
    return DOCUMENTATION.includes(ending) ? "documentation" : "other";
  };
}

/** Whether a path is a test's, by the habits of most languages. */
export function isTestPath(path: string): boolean {
  return /(^|\/)(tests?|testing|__tests__|spec)\//i.test(path) ||
    /(^|\/)(test_[^/]*|conftest\.py|[^/]*[._-](test|tests|spec)\.[a-z]+)$/i.test(path);
}
