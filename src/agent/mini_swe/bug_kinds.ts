/**
 * The bugs of MiniSWE: small changes to the syntax tree of a function, each of a kind that people
 * make.
 *
 * @module
 */
import { type Node, parse } from "acorn";
import type { FunctionPlan } from "./function_plan.ts";
import type { Random } from "./seeded_random.ts";

/** The kinds of bugs, and what a commit that repairs one says. */
export const BUG_KINDS = {
  "boundary": "treat the limit itself as meant",
  "comparison": "compare the right way round",
  "arithmetic": "use the right operator",
  "off-by-one": "correct a number that was off by one",
  "initial-value": "start from the right value",
  "wrong-variable": "use the right variable",
  "swapped-operands": "put the operands in order",
  "missing-guard": "handle the special case",
  "wrong-method": "call the right method",
  "loop-bound": "loop over the right range",
  "negated-condition": "do not turn the condition around",
  "logical-operator": "combine the conditions as meant",
  "early-exit": "leave the loop at the right time",
  "wrong-property": "read the right part",
  "skipped-stage": "do not skip a step",
  "assignment": "update the value as meant",
  "dropped-term": "do not drop part of the result",
  "concealed-constant": "use the agreed number",
  "printed-constant": "use the number that the tests expect",
} as const satisfies Readonly<Record<string, string>>;

/** Those that are found by chance in any function; a printed constant takes one that is made for it. */
export const CHANCE_KINDS = (Object.keys(BUG_KINDS) as BugKind[])
  .filter((kind) => kind !== "printed-constant");

/** One of {@linkcode BUG_KINDS}. */
export type BugKind = keyof typeof BUG_KINDS;

/** A change that makes a function wrong, perhaps. */
export interface Mutation {
  readonly kind: BugKind;
  /** The function's text after the change. */
  readonly text: string;
}

/** Everything that can go wrong with a function, in no particular order, without repeats. */
export function mutations(plan: FunctionPlan, random: Random): Mutation[] {
  const { text, secrets } = plan;
  const found = new Map<string, Mutation>();
  const add = (kind: BugKind, edits: readonly Edit[]) => {
    const changed = applyEdits(text, edits);
    if (changed !== text && !found.has(changed)) found.set(changed, { kind, text: changed });
  };
  for (const { value, places } of secrets) {
    const wrong = Math.max(1, value + random.pick([-3, -2, -1, 1, 2, 3]));
    add("concealed-constant", places.map((place) => ({ ...place, code: String(wrong) })));
  }
  if (secrets.length > 0) return [...found.values()];
  const tree = parse(text, { ecmaVersion: "latest", sourceType: "module" }) as unknown as Tree;
  const names = localNames(tree);
  visit(tree, null, (node, parent) => {
    for (const { kind, edits } of changesOf(node, parent, text, names)) add(kind, edits);
  });
  return [...found.values()];
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly code: string;
}

interface Change {
  readonly kind: BugKind;
  readonly edits: readonly Edit[];
}

/** A node of the tree with the properties of any. */
type Tree = Node & { [key: string]: unknown };

function applyEdits(text: string, edits: readonly Edit[]): string {
  let changed = text;
  for (const { start, end, code } of edits.toSorted((a, b) => b.start - a.start)) {
    changed = changed.slice(0, start) + code + changed.slice(end);
  }
  return changed;
}

function isNode(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

function visit(node: Tree, parent: Tree | null, see: (node: Tree, parent: Tree | null) => void) {
  see(node, parent);
  for (const child of Object.values(node)) {
    for (const inner of Array.isArray(child) ? child : [child]) {
      if (isNode(inner)) visit(inner, node, see);
    }
  }
}

/** Parameters and variables, those within the loops too. */
function localNames(tree: Tree): string[] {
  const names = new Set<string>();
  visit(tree, null, (node) => {
    const targets = node.type === "VariableDeclarator"
      ? [node["id"]]
      : node.type === "FunctionDeclaration"
      ? node["params"] as unknown[]
      : [];
    for (const target of targets) {
      if (isNode(target) && target.type === "Identifier") names.add(String(target["name"]));
    }
  });
  return [...names];
}

const OPPOSITES: Readonly<Record<string, string>> = {
  max: "min",
  min: "max",
  floor: "ceil",
  ceil: "floor",
  round: "floor",
  push: "unshift",
  unshift: "push",
  every: "some",
  some: "every",
  keys: "values",
  padStart: "padEnd",
  padEnd: "padStart",
  toUpperCase: "toLowerCase",
  startsWith: "endsWith",
  includes: "startsWith",
};

const BOUNDARIES: Readonly<Record<string, string>> = { "<": "<=", "<=": "<", ">": ">=", ">=": ">" };

const REVERSED: Readonly<Record<string, string>> = {
  "<": ">",
  ">": "<",
  "<=": ">=",
  ">=": "<=",
  "===": "!==",
  "!==": "===",
};

const OTHER_OPERATORS: Readonly<Record<string, readonly string[]>> = {
  "+": ["-"],
  "-": ["+"],
  "*": ["+"],
  "/": ["*"],
  "%": ["/", "*"],
};

const OTHER_ASSIGNMENTS: Readonly<Record<string, readonly string[]>> = {
  "+=": ["=", "-="],
  "-=": ["+=", "="],
  "*=": ["+=", "="],
};

function changesOf(
  node: Tree,
  parent: Tree | null,
  text: string,
  names: readonly string[],
): Change[] {
  const source = (part: unknown) => isNode(part) ? text.slice(part.start, part.end) : "";
  const replaced = (part: unknown, code: string): Edit[] =>
    isNode(part) ? [{ start: part.start, end: part.end, code }] : [];
  switch (node.type) {
    case "BinaryExpression":
      return binaryChanges(node, parent, text);
    case "LogicalExpression": {
      const between = operatorOf(node, text);
      const other = node["operator"] === "&&" ? "||" : "&&";
      return [
        { kind: "logical-operator", edits: [{ ...between, code: other }] },
        { kind: "missing-guard", edits: replaced(node, source(node["right"])) },
      ];
    }
    case "Literal":
      return typeof node["value"] === "number" ? numberChanges(node, parent) : [];
    case "Identifier":
      return isRead(node, parent)
        ? names.filter((name) => name !== node["name"]).map((name): Change => ({
          kind: "wrong-variable",
          edits: replaced(node, name),
        }))
        : [];
    case "MemberExpression": {
      const property = node["property"];
      const name = node["computed"] ? "" : source(property);
      const opposite = OPPOSITES[name];
      if (opposite !== undefined) {
        return [{ kind: "wrong-method", edits: replaced(property, opposite) }];
      }
      if (name === "" && /^[01]$/.test(source(property))) {
        const other = source(property) === "0" ? "1" : "0";
        return [{ kind: "wrong-property", edits: replaced(property, other) }];
      }
      const field = /^(cost|size|price|weight|points|amount|name)$/.test(name);
      return field
        ? [{ kind: "wrong-property", edits: replaced(property, name === "name" ? "size" : "name") }]
        : [];
    }
    case "CallExpression":
      return callChanges(node, text);
    case "IfStatement":
      return [
        { kind: "negated-condition", edits: replaced(node["test"], `!(${source(node["test"])})`) },
        ...(node["alternate"]
          ? []
          : [{ kind: "missing-guard", edits: [lineOf(node, text)] }] as const),
      ];
    case "ConditionalExpression":
      return [
        { kind: "negated-condition", edits: replaced(node["test"], `!(${source(node["test"])})`) },
        { kind: "missing-guard", edits: replaced(node, source(node["alternate"])) },
        { kind: "missing-guard", edits: replaced(node, source(node["consequent"])) },
      ];
    case "BreakStatement":
      return [{ kind: "early-exit", edits: replaced(node, "continue;") }];
    case "ContinueStatement":
      return [{ kind: "early-exit", edits: replaced(node, "break;") }];
    case "AssignmentExpression": {
      const operator = String(node["operator"]);
      const between = operatorOf(node, text);
      return (OTHER_ASSIGNMENTS[operator] ?? []).map((code): Change => ({
        kind: "assignment",
        edits: [{ ...between, code }],
      }));
    }
    case "VariableDeclarator":
      return declaratorChanges(node, text);
    case "ForStatement":
    case "ForOfStatement":
      return exitsOfLoop(node, text);
    case "ReturnStatement":
      return droppedTerms(node, text);
    default:
      return [];
  }
}

function binaryChanges(node: Tree, parent: Tree | null, text: string): Change[] {
  const operator = String(node["operator"]);
  const between = operatorOf(node, text);
  const [left, right] = [node["left"] as Tree, node["right"] as Tree];
  const changes: Change[] = [];
  const boundary = BOUNDARIES[operator];
  const inLoopHead = parent?.type === "ForStatement";
  if (boundary) {
    changes.push({
      kind: inLoopHead ? "loop-bound" : "boundary",
      edits: [{ ...between, code: boundary }],
    });
  }
  if (inLoopHead && boundary) {
    const bound = text.slice(right.start, right.end);
    changes.push({ kind: "loop-bound", edits: [{ ...span(right), code: `${bound} - 1` }] });
  }
  const reversed = REVERSED[operator];
  if (reversed && !inLoopHead) {
    changes.push({ kind: "comparison", edits: [{ ...between, code: reversed }] });
  }
  for (const code of OTHER_OPERATORS[operator] ?? []) {
    changes.push({ kind: "arithmetic", edits: [{ ...between, code }] });
  }
  if (["-", "/", "%", "+"].includes(operator)) {
    const [a, b] = [text.slice(left.start, left.end), text.slice(right.start, right.end)];
    changes.push({
      kind: "swapped-operands",
      edits: [{ ...span(left), code: b }, { ...span(right), code: a }],
    });
  }
  return changes;
}

function numberChanges(node: Tree, parent: Tree | null): Change[] {
  const value = Number(node["value"]);
  const kind = parent?.type === "VariableDeclarator" ? "initial-value" : "off-by-one";
  return [value + 1, value - 1].filter((other) => other >= 0).map((other) => ({
    kind,
    edits: [{ ...span(node), code: String(other) }],
  }));
}

function callChanges(node: Tree, text: string): Change[] {
  const changes: Change[] = [];
  const args = (node["arguments"] as unknown[]).filter(isNode);
  const callee = node["callee"] as Tree;
  const [first, second] = args;
  if (args.length === 2 && first && second && callee.type === "Identifier") {
    changes.push({
      kind: "swapped-operands",
      edits: [
        { ...span(first), code: text.slice(second.start, second.end) },
        { ...span(second), code: text.slice(first.start, first.end) },
      ],
    });
  }
  const method = callee.type === "MemberExpression" ? callee["property"] as Tree : null;
  if (method && callee.type === "MemberExpression") {
    const object = callee["object"] as Tree;
    const name = text.slice(method.start, method.end);
    const code = text.slice(object.start, object.end);
    if (["filter", "map", "sort", "reverse", "slice", "flat"].includes(name)) {
      changes.push({ kind: "skipped-stage", edits: [{ ...span(node), code }] });
    }
    if (code === "Math" && first && args.length === 1) {
      const inner = text.slice(first.start, first.end);
      changes.push({ kind: "skipped-stage", edits: [{ ...span(node), code: `(${inner})` }] });
    }
    if (code === "Math" && first && second) {
      const kept = text.slice(second.start, second.end);
      changes.push({ kind: "missing-guard", edits: [{ ...span(node), code: kept }] });
    }
  }
  return changes;
}

function declaratorChanges(node: Tree, text: string): Change[] {
  const init = node["init"];
  if (!isNode(init) || init.type !== "Identifier" && init.type !== "CallExpression") return [];
  const callee = init.type === "CallExpression" ? init["callee"] as Tree : null;
  const [first] = init.type === "CallExpression" ? init["arguments"] as unknown[] : [];
  if (callee?.type !== "Identifier" || !isNode(first)) return [];
  const code = text.slice(first.start, first.end);
  return [{ kind: "skipped-stage", edits: [{ ...span(init), code }] }];
}

/** The statement that ends a loop too early: a `break` after its first round. */
function exitsOfLoop(node: Tree, text: string): Change[] {
  const body = node["body"];
  if (!isNode(body) || body.type !== "BlockStatement") return [];
  const at = text.lastIndexOf("\n", body.end);
  return [{ kind: "early-exit", edits: [{ start: at, end: at, code: "\n    break;" }] }];
}

/** `return a + b` becomes `return a`. */
function droppedTerms(node: Tree, text: string): Change[] {
  const argument = node["argument"];
  if (!isNode(argument) || argument.type !== "BinaryExpression") return [];
  const code = (part: unknown) => isNode(part) ? text.slice(part.start, part.end) : "";
  return [argument["left"], argument["right"]].map((kept): Change => ({
    kind: "dropped-term",
    edits: [{ ...span(argument), code: code(kept) }],
  }));
}

/** Whether a name stands where its value is used. */
function isRead(node: Tree, parent: Tree | null): boolean {
  switch (parent?.type) {
    case "BinaryExpression":
    case "ReturnStatement":
      return true;
    case "AssignmentExpression":
    case "LogicalExpression":
    case "ForOfStatement":
      return parent["right"] === node;
    case "CallExpression":
      return parent["callee"] !== node;
    case "MemberExpression":
      return parent["object"] === node || parent["computed"] === true;
    default:
      return false;
  }
}

/** Where the operator between the two sides of an expression is. */
function operatorOf(node: Tree, text: string): { start: number; end: number } {
  const operator = String(node["operator"]);
  const start = text.indexOf(operator, (node["left"] as Tree).end);
  return { start, end: start + operator.length };
}

function span({ start, end }: Tree): { start: number; end: number } {
  return { start, end };
}

/** A statement with its line, so that none is left empty. */
function lineOf(node: Tree, text: string): Edit {
  const start = text.lastIndexOf("\n", node.start);
  return { start, end: node.end, code: "" };
}
