/**
 * `rewrite_function`: replaces a whole function of a JavaScript module. Small models write a function
 * far better than they quote one, so this is the edit for them.
 *
 * @module
 */
import { type AnyNode, parse } from "acorn";
import { AgentError } from "../agent_error.ts";
import { textOf } from "../environment/patch.ts";
import { repositoryPath } from "./repository_path.ts";
import { textArgument, type Tool } from "./tool.ts";

/** A function of a module and the stretch of source that declares it. */
export interface FoundFunction {
  readonly name: string;
  /** Offsets of the declaration, with a leading `export`. */
  readonly start: number;
  readonly end: number;
}

/** Replaces a function. */
export const rewriteFunction: Tool = {
  name: "rewrite_function",
  description: `Replaces a function of a JavaScript module by new code
* \`new_code\` is the whole function, from its first line to its closing brace
* The function of the same name in \`path\` is replaced; its comment stays as it is`,
  parameters: [
    {
      name: "path",
      type: "string",
      description: "Path to the file, e.g. `/testbed/cart.js`.",
      required: true,
    },
    {
      name: "new_code",
      type: "string",
      description: "The whole new function.",
      required: true,
    },
  ],
  async run(args, { environment, history }) {
    const written = textArgument(args, "path") ?? "";
    const path = repositoryPath(written);
    const files = path === null ? [] : await environment.list(path);
    if (path === null || path === "" || !files.includes(path)) {
      return { text: `The path ${written} does not exist. Please provide a valid path.` };
    }
    const before = textOf(await environment.readFile(path)) ?? "";
    const result = replaceFunction(before, textArgument(args, "new_code") ?? "");
    if ("problem" in result) {
      return { text: `No rewrite was performed in ${written}: ${result.problem}` };
    }
    try {
      await environment.writeFile(path, result.text);
    } catch (error) {
      if (!(error instanceof AgentError) || error.code === "closed") throw error;
      return { text: `No rewrite was performed in ${written}: ${error.message}` };
    }
    history.set(path, [...history.get(path) ?? [], before]);
    return { text: `The function ${result.name} in ${written} has been rewritten.` };
  },
};

/**
 * The functions that a module declares at its top: declarations, and constants that hold one.
 *
 * @throws {SyntaxError} if it is no JavaScript module.
 */
export function findFunctions(source: string): FoundFunction[] {
  const found: FoundFunction[] = [];
  const { body } = parse(source, { ecmaVersion: "latest", sourceType: "module" });
  for (const statement of body) {
    const { start, end } = statement;
    const declared = "declaration" in statement ? statement.declaration : statement;
    if (!declared) continue;
    if (declared.type === "FunctionDeclaration") {
      found.push({ name: declared.id?.name ?? "default", start, end });
    } else if (declared.type === "VariableDeclaration" && declared.declarations.length === 1) {
      const [variable] = declared.declarations;
      if (variable?.id.type === "Identifier" && isFunction(variable.init)) {
        found.push({ name: variable.id.name, start, end });
      }
    }
  }
  return found;
}

/** The module with one of its functions replaced by the function that `code` is. */
export function replaceFunction(
  source: string,
  code: string,
): { text: string; name: string } | { problem: string } {
  const now = functionsOrProblem("the new code", code);
  if (typeof now === "string") return { problem: now };
  const [wanted, ...others] = now;
  const around = wanted && `${code.slice(0, wanted.start)}${code.slice(wanted.end)}`;
  if (wanted === undefined || others.length > 0 || !parsesToNothing(around ?? "")) {
    return { problem: "the new code must be one whole function" };
  }
  const before = functionsOrProblem("the file", source);
  if (typeof before === "string") return { problem: before };
  const places = before.filter(({ name }) => name === wanted.name);
  const [place] = places;
  if (place === undefined || places.length > 1) {
    return { problem: `the file has ${places.length} functions named ${wanted.name}` };
  }
  const old = source.slice(place.start, place.end);
  const exported = /^export\s+(default\s+)?/.exec(old)?.[0] ?? "";
  const body = code.slice(wanted.start, wanted.end);
  const text = /^export\b/.test(body) ? body : exported + body;
  return {
    text: source.slice(0, place.start) + text + source.slice(place.end),
    name: wanted.name,
  };
}

function functionsOrProblem(what: string, source: string): FoundFunction[] | string {
  try {
    return findFunctions(source);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return `${what} has a syntax error: ${error.message}`;
  }
}

/** Whether a text holds nothing but comments and space. */
function parsesToNothing(text: string): boolean {
  return parse(text, { ecmaVersion: "latest", sourceType: "module" }).body.length === 0;
}

function isFunction(node: AnyNode | null | undefined): boolean {
  return node?.type === "ArrowFunctionExpression" || node?.type === "FunctionExpression";
}
