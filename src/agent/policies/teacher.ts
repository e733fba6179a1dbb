/**
 * A program that knows the gold patch and works like a sensible engineer: it looks, searches, reads,
 * tries, reads the failure, revises, submits. It acts only on what it has observed: it opens no file
 * that nothing has named, edits no text that it has not read, and waits for a failing test where only
 * that can tell a value. With a seeded rate it takes wrong turns and writes wrong fixes, so that its
 * runs pass and fail with true observations.
 *
 * A first study learned nothing from a teacher that searched for names which it had not seen.
 *
 * @module
 */
import { AgentError } from "../agent_error.ts";
import { writeCall } from "../call_text.ts";
import { type Random, seededRandom } from "../mini_swe/seeded_random.ts";
import type { Task } from "../task.ts";
import type { ActOptions, Conversation, Decision, Policy } from "./policy.ts";
import { type Fix, goldFixes, guess, newLiterals, slip } from "./teacher_fixes.ts";
import {
  importsOf,
  isPathKnown,
  looksFailing,
  type Memory,
  named,
  remember,
} from "./teacher_memory.ts";
import { WORDS } from "./teacher_words.ts";

/** What a wrong fix is asked for. */
export interface WrongFixRequest {
  readonly fix: Fix;
  readonly conversation: Conversation;
  /** Texts that were tried already. */
  readonly tried: readonly string[];
  readonly seed: number;
}

/** How well a teacher works; each rate is a probability. */
export interface TeacherOptions {
  /** Default 0. The seed that a run is given is added to it. */
  readonly seed?: number;
  /** That it reads a file which does not matter; default 0.15. */
  readonly wrongTurns?: number;
  /** That a fix is wrong; default 0.5. */
  readonly wrongFixes?: number;
  /** That it runs the tests, and does not guess, where only they tell a value; default 0.5. */
  readonly looksFirst?: number;
  /** That it submits a fix without running the tests; default 0.25. */
  readonly careless?: number;
  /** That it submits although a test still fails; default 0.3. */
  readonly givesUp?: number;
  /** Where wrong fixes come from, for example from a model; by default one operator or number is off. */
  readonly wrongFix?: (request: WrongFixRequest) => Promise<string | null> | string | null;
}

/** Fixes of a place that are tried at most. */
const MAX_TRIES = 3;

/** Files that do not matter and are read anyway, at most. */
const MAX_DETOURS = 2;

/** A policy that solves `task`, more or less. */
export function teacherPolicy(task: Task, options: TeacherOptions = {}): Policy {
  let fixes: Promise<Fix[]> | undefined;
  return {
    name: "teacher",
    async act(conversation, { seed = 0 }: ActOptions) {
      const base = `${task.id} ${options.seed ?? 0} ${seed}`;
      const teacher: Teacher = {
        task,
        conversation,
        options: { ...DEFAULT_OPTIONS, ...options },
        seed: (options.seed ?? 0) + seed,
        random: seededRandom(`${base} ${conversation.steps.length}`),
        character: seededRandom(base),
        memory: remember(conversation),
        fixes: await (fixes ??= goldFixes(task)),
      };
      if (teacher.fixes.length === 0) {
        throw new AgentError("policy", `task "${task.id}" has no gold patch to teach from`);
      }
      return await decide(teacher);
    },
  };
}

const DEFAULT_OPTIONS = {
  wrongTurns: 0.15,
  wrongFixes: 0.5,
  looksFirst: 0.5,
  careless: 0.25,
  givesUp: 0.3,
};

interface Teacher {
  readonly task: Task;
  readonly conversation: Conversation;
  readonly options: typeof DEFAULT_OPTIONS & Pick<TeacherOptions, "wrongFix">;
  readonly seed: number;
  /** Another sequence at each step. */
  readonly random: Random;
  /** The same sequence at each step. */
  readonly character: Random;
  readonly memory: Memory;
  readonly fixes: readonly Fix[];
}

async function decide(teacher: Teacher): Promise<Decision> {
  const { memory, random, character, options, fixes, conversation } = teacher;
  const begins = character.next();
  if (conversation.steps.length === 0 && begins < 0.2) return list(teacher);
  if (conversation.steps.length === 0 && begins < 0.4) return test(teacher, WORDS.reproduce);

  const open = fixes.find((fix) => triesOf(teacher, fix).length === 0);
  if (open) return await approach(teacher, open);
  if (memory.refused) return submit(teacher, WORDS.stuck);

  if (!memory.tested) {
    return random.chance(options.careless) && !isUntested(teacher)
      ? submit(teacher, WORDS.sure)
      : test(teacher, WORDS.check);
  }
  if (!looksFailing(memory.tests ?? "")) return submit(teacher, WORDS.done);
  const wrong = fixes.find((fix) => triesOf(teacher, fix).at(-1) !== fix.after);
  if (wrong === undefined) return submit(teacher, WORDS.unrelated);
  if (triesOf(teacher, wrong).length >= MAX_TRIES || random.chance(options.givesUp)) {
    return submit(teacher, WORDS.givesUp);
  }
  return await write(teacher, wrong, WORDS.revise);
}

/** The next thing on the way to an edit: find the file, read it, know what is expected, write. */
async function approach(teacher: Teacher, fix: Fix): Promise<Decision> {
  const { memory, random, character, options } = teacher;
  const view = memory.views.get(fix.path);
  if (view === undefined && fix.before !== "") {
    const detour = random.chance(options.wrongTurns) ? findDetour(teacher) : undefined;
    if (detour !== undefined) return read(teacher, detour, WORDS.detour);
    if (isPathKnown(memory, fix.path)) return read(teacher, fix.path, WORDS.read);
    const next = findLead(teacher);
    if (next !== null) return next;
    if (!memory.listed) return list(teacher);
    return submit(teacher, WORDS.stuck);
  }
  if (memory.tests === undefined) {
    if (isGuess(teacher, fix)) {
      // Some look first, some guess and learn from the failure.
      if (character.chance(options.looksFirst)) return test(teacher, WORDS.expects);
      return await write(teacher, fix, WORDS.guess, 1);
    }
    if (character.chance(0.4)) return test(teacher, WORDS.reproduce);
  }
  return await write(teacher, fix, WORDS.write);
}

/** Whether nothing that was seen so far tells the values of a fix. */
function isGuess({ task, memory }: Teacher, fix: Fix): boolean {
  return task.tags?.["revealed_by"] === "test" ||
    newLiterals(fix).some((literal) => !memory.seen.includes(literal));
}

/** Whether a number that a test prints was guessed, and no test has run yet. */
function isUntested({ task, memory }: Teacher): boolean {
  return isPrinted(task) && memory.tests === undefined;
}

/** Whether a failing test prints the number that is to be written. */
function isPrinted({ tags }: Task): boolean {
  return tags?.["bug"] === "printed-constant";
}

/** A word of the problem to search for, or a file that a search has found; null if none is left. */
function findLead(teacher: Teacher): Decision | null {
  const { memory, fixes } = teacher;
  for (const term of memory.searched) {
    const definition = new RegExp(
      `^(?:\\./|/testbed/)?([^\\s:]+):\\d+:.*\\b(?:function|const|class|def)\\s+${escape(term)}\\b`,
      "gm",
    );
    for (const [, path = ""] of memory.seen.matchAll(definition)) {
      if (!memory.views.has(path)) return read(teacher, path, WORDS.defined, term);
    }
  }
  const gold = fixes.flatMap(({ name }) =>
    name !== undefined && named(memory.seen, name) ? [name] : []
  );
  const term = [...gold, ...codeWords(teacher.task.problem)]
    .find((word) => !memory.searched.has(word));
  return term === undefined ? null : search(teacher, term);
}

/** Words of a text that are likely names in code: quoted, called, or with a capital inside. */
function codeWords(text: string): string[] {
  const found = text.matchAll(
    /`([A-Za-z_$][\w$]*)|\b([A-Za-z_$][\w$]*)(?=\()|\b([a-z]+(?:[A-Z_][a-z0-9]+)+)\b/g,
  );
  return [...new Set([...found].map(([, a, b, c]) => a ?? b ?? c ?? ""))];
}

/** A file that was named or imported, has not been read, and does not matter. */
function findDetour({ memory, fixes, random, task, conversation }: Teacher): string | undefined {
  const matters = new Set(fixes.map(({ path }) => path));
  const read = [...memory.views.keys()].filter((path) => !matters.has(path));
  if (read.length >= MAX_DETOURS || conversation.steps.length > 8) return undefined;
  const imported = [...memory.views].flatMap(([path, text]) => importsOf(path, text));
  const inRepository = Object.keys(task.files ?? {});
  const others = [
    ...new Set([...imported, ...inRepository.filter((path) => named(memory.seen, path))]),
  ]
    .filter((path) => !matters.has(path) && !memory.views.has(path) && !path.endsWith(".json"));
  return others.length === 0 ? undefined : random.pick(others);
}

function triesOf({ memory }: Teacher, fix: Fix): string[] {
  const edits = memory.edits.filter(({ path }) => path === fix.path);
  // Of two places in one file, an edit belongs to the one it resembles.
  return edits.map(({ after }) => after).filter((after) =>
    after === fix.after || fix.name === undefined || named(after.split("{")[0] ?? "", fix.name)
  );
}

async function write(
  teacher: Teacher,
  fix: Fix,
  words: readonly string[],
  wrongFixes = teacher.options.wrongFixes,
): Promise<Decision> {
  const { options, random, conversation, memory, seed } = teacher;
  const tried = triesOf(teacher, fix);
  let after = fix.after;
  const printed = isPrinted(teacher.task);
  // Who has read the number does not slip.
  if (random.chance(printed && memory.tests !== undefined ? 0 : wrongFixes)) {
    const request = { fix, conversation, tried: [...tried, fix.before], seed };
    const wrong = options.wrongFix === undefined
      ? printed ? guess(fix, random) : slip(fix, random, tried)
      : await options.wrongFix(request);
    after = wrong ?? after;
  }
  const path = pathFor(teacher, fix.path);
  const where = fix.name ?? path;
  if (fix.before === "") {
    return say(teacher, words, where, "str_replace_editor", {
      command: "create",
      path,
      file_text: after,
    });
  }
  if (fix.name !== undefined && hasTool(conversation, "rewrite_function")) {
    return say(teacher, words, where, "rewrite_function", { path, new_code: after });
  }
  return say(teacher, words, where, "str_replace_editor", {
    command: "str_replace",
    path,
    old_str: tried.at(-1) ?? fix.before,
    new_str: after,
  });
}

function read(teacher: Teacher, file: string, words: readonly string[], about?: string): Decision {
  const path = pathFor(teacher, file);
  return say(teacher, words, about ?? path, "str_replace_editor", { command: "view", path });
}

function search(teacher: Teacher, term: string): Decision {
  if (hasTool(teacher.conversation, "search_dir")) {
    return say(teacher, WORDS.search, term, "search_dir", { search_term: term });
  }
  const command = `grep -rn --exclude-dir=.git -- '${term}' ${teacher.conversation.root}`;
  return say(teacher, WORDS.search, term, "bash", { command });
}

function list(teacher: Teacher): Decision {
  if (hasTool(teacher.conversation, "find_file") && teacher.character.chance(0.5)) {
    return say(teacher, WORDS.list, "", "find_file", { file_name: "*.js" });
  }
  const path = teacher.conversation.root;
  return say(teacher, WORDS.list, "", "str_replace_editor", { command: "view", path });
}

function test(teacher: Teacher, words: readonly string[]): Decision {
  if (hasTool(teacher.conversation, "run_tests")) return say(teacher, words, "", "run_tests", {});
  const command = teacher.task.testCommand ?? "npm test";
  return say(teacher, words, "", "bash", { command });
}

function submit(teacher: Teacher, words: readonly string[]): Decision {
  return say(teacher, words, "", "submit", {});
}

/** A thought in one of several wordings, and the call. */
function say(
  teacher: Teacher,
  words: readonly string[],
  what: string,
  tool: string,
  args: Readonly<Record<string, string>>,
): Decision {
  const { conversation: { format, steps }, random, memory } = teacher;
  const failing = /^not ok (.*)$/m.exec(memory.tests ?? "")?.[1] ?? "a test";
  const thought = random.pick(words).replaceAll("WHAT", () => what)
    .replaceAll("FAILING", () => failing);
  const id = format === "chat" ? `call_${steps.length + 1}` : undefined;
  const call = writeCall(format, tool, args, id);
  if (format === "chat") return { thought, calls: [call], text: thought };
  return { thought: `${thought}\n`, calls: [call], text: `${thought}\n${call.text}` };
}

function pathFor({ conversation: { root } }: Teacher, path: string): string {
  return root === "." ? path : `${root}/${path}`;
}

function hasTool({ tools }: Conversation, name: string): boolean {
  return tools.some((tool) => tool.name === name);
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
