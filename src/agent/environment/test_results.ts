/**
 * What test runners print, read as verdicts: TAP (`node --test`, tape), Node's `spec` reporter, and
 * pytest (`-v` or `-rA`).
 *
 * @module
 */
import type { FailedTest } from "./environment.ts";

/** The verdicts in an output. */
export interface TestVerdicts {
  readonly passed: string[];
  readonly failed: FailedTest[];
}

/**
 * Reads verdicts line by line; a test that is told twice counts once, as failed if it ever failed.
 * Names are `<file> > <name>` where the runner tells the file, else as the runner tells them.
 *
 * @example
 * ```ts
 * import { parseTestOutput } from "bottega";
 * parseTestOutput("tests/test_a.py::test_one PASSED\n").passed; // ["tests/test_a.py > test_one"]
 * ```
 */
export function parseTestOutput(output: string): TestVerdicts {
  const verdicts = new Map<string, FailedTest | null>();
  const tell = (name: string, passed: boolean, message = "") => {
    const plain = shortName(name);
    if (passed && !verdicts.has(plain)) verdicts.set(plain, null);
    if (!passed) verdicts.set(plain, { name: plain, message });
  };
  const suites: { name: string; depth: number }[] = [];
  /** The names of the suites that a line of this depth is in, and its own. */
  const within = (name: string, depth: number) => {
    while ((suites.at(-1)?.depth ?? -1) >= depth) suites.pop();
    return [...suites.map((suite) => suite.name), name].join(" > ");
  };
  const plain = output.replace(ANSI, "");
  for (const line of plain.split("\n")) {
    const depth = line.length - line.trimStart().length;
    const tap = /^\s*(not )?ok \d+(?: -)? (.*?)(?:\s+# (SKIP|TODO)\b.*|\s+# time=.*)?$/i.exec(line);
    const suite = /^\s*(?:# Subtest:|▶) (.*?)(?: \([\d.]+ms\))?$/.exec(line);
    const spec = /^\s*([✔✓✖×]) (.*?)(?: \([\d.]+ ?ms\))?$/.exec(line);
    const py = /^(\S+\.py::.*?) (PASSED|FAILED|ERROR)\b/.exec(line) ??
      swapped(/^(PASSED|FAILED|ERROR) (\S+\.py::.*?)(?: - .*)?$/.exec(line));
    if (tap && tap[3] === undefined) tell(within(tap[2] ?? "", depth), tap[1] === undefined);
    else if (suite) {
      suites.push({ name: within(suite[1] ?? "", depth).split(" > ").at(-1) ?? "", depth });
    } else if (spec) tell(within(spec[2] ?? "", depth), /[✔✓]/.test(spec[1] ?? ""));
    else if (py) tell((py[1] ?? "").replaceAll("::", " > "), py[2] === "PASSED");
  }
  const failed = [...verdicts.values()].filter((verdict) => verdict !== null);
  const passed = [...verdicts].filter(([, verdict]) => verdict === null).map(([name]) => name);
  return { passed, failed };
}

// deno-lint-ignore no-control-regex -- escapes are what is taken out
const ANSI = /\x1b\[[0-9;]*m/g;

/** A file is told relative to the repository. */
function shortName(name: string): string {
  return name.trim().replace(/^\/testbed\//, "");
}

function swapped(match: RegExpExecArray | null): [string, string, string] | null {
  return match && [match[0], match[2] ?? "", match[1] ?? ""];
}
