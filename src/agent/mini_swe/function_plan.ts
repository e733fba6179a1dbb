/**
 * Functions of MiniSWE: idioms composed into one body, with a comment that specifies it in one line.
 *
 * @module
 */
import type { Constant, Idiom, StageContext, ValueKind } from "./idiom.ts";
import { agreedNumbers } from "./agreed_numbers.ts";
import { BETWEEN, ELEMENTS, valueName } from "./names.ts";
import type { Random } from "./seeded_random.ts";

/** A parameter; a letter is a text of one. */
export interface Parameter {
  readonly name: string;
  readonly kind: ValueKind | "letter" | "limit";
}

/** A constant that the comment does not tell, and every place in the text that holds it. */
export interface Secret {
  readonly value: number;
  readonly places: readonly { readonly start: number; readonly end: number }[];
}

/** A function as it is meant to be. */
export interface FunctionPlan {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly output: ValueKind;
  /** The function with its comment, without a newline at its end. */
  readonly text: string;
  /** The function of the repository that it calls, if any. */
  readonly calls: string | null;
  /** The idioms with their variants, in order: `keepWhere:above>sum`. */
  readonly composition: string;
  readonly idioms: readonly Idiom[];
  /** Whether it puts several stages together, or one on top of another function. */
  readonly composed: boolean;
  readonly secrets: readonly Secret[];
  /** Whether its secret is an agreed number, which it gives for some arguments. */
  readonly agreed: boolean;
}

/** What a function is to be like. */
export interface FunctionRequest {
  readonly name: string;
  /** The idioms of its stages, each taking what the one before gives. */
  readonly chain: readonly Idiom[];
  /** The function that its first stage takes its value from, instead of a parameter. */
  readonly callee?: FunctionPlan | undefined;
  /** The field of records that holds their number. */
  readonly field: string;
  /** Whether the comment keeps the constants to itself. */
  readonly concealed: boolean;
  /** Whether it has an agreed number; it then goes from a list to a number. Default false. */
  readonly agreed?: boolean | undefined;
}

/** Writes a function. */
export function planFunction(random: Random, request: FunctionRequest): FunctionPlan {
  const { name, chain, callee, field, concealed, agreed = false } = request;
  const [first] = chain;
  if (first === undefined) throw new RangeError(`${name}: a function has at least one stage`);
  const taken = new Set<string>();
  const parameters: Parameter[] = [];
  const constants: number[] = [];
  const hold = (value: number) => `${OPEN}${constants.push(value) - 1}${CLOSE}`;
  const fresh = (names: readonly string[]): string => {
    const free = names.filter((name) => !taken.has(name));
    const [base = "value"] = names;
    let found = free.length > 0 ? random.pick(free) : base;
    for (let n = 2; taken.has(found); n++) found = `${base}${n}`;
    taken.add(found);
    return found;
  };

  const given = valueName(random, first.input);
  let input = given.name;
  let element = given.each;
  const body: string[] = [];
  if (callee === undefined) {
    taken.add(input);
    parameters.push({ name: input, kind: first.input });
  } else {
    for (const parameter of callee.parameters) {
      taken.add(parameter.name);
      parameters.push(parameter);
    }
    input = fresh([given.name, ...BETWEEN]);
    const passed = callee.parameters.map(({ name }) => name).join(", ");
    body.push(`const ${input} = ${callee.name}(${passed});`);
  }

  const told: string[] = [];
  const keys: string[] = [];
  let result = input;
  for (const [at, idiom] of chain.entries()) {
    const context: StageContext = {
      input,
      field,
      each: () => fresh(element === "" || element === input ? ELEMENTS : [element]),
      local: (...names) => fresh(names),
      param(kind, ...names) {
        const name = fresh(names);
        parameters.push({ name, kind: kind === "letter" ? "letter" : "limit" });
        return name;
      },
      constant(low, high, name): Constant {
        const value = random.int(low, high);
        return { code: hold(value), words: concealed ? name : String(value) };
      },
      pick: (...options) => random.pick(options),
    };
    const stage = idiom.build(context);
    body.push(...stage.lines);
    told.push(stage.words);
    keys.push(stage.variant === undefined ? idiom.name : `${idiom.name}:${stage.variant}`);
    result = stage.result;
    element = "";
    if (at === chain.length - 1) continue;
    if (/^\w+$/.test(result)) input = result;
    else {
      input = fresh(BETWEEN);
      body.push(`const ${input} = ${result};`);
    }
  }
  const toldConstants = constants.length;
  if (agreed) {
    const numbers = agreedNumbers(random, given.name, hold);
    body.unshift(...numbers.guards);
    result = numbers.bounded(result);
    told.push(numbers.words);
  }
  body.push(`return ${result};`);

  const from = callee === undefined ? given.name : callee.name;
  const draft = [
    `// From ${from}: ${told.join(", then ")}.`,
    `export function ${name}(${parameters.map(({ name }) => name).join(", ")}) {`,
    ...body.map((line) => `  ${line}`),
    "}",
  ].join("\n");
  const { text, secrets } = fillConstants(draft, constants);
  return {
    name,
    parameters,
    output: chain.at(-1)?.output ?? first.output,
    text,
    calls: callee?.name ?? null,
    composition: [...(callee ? ["call"] : []), ...keys].join(">"),
    idioms: chain,
    composed: chain.length > 1 || callee !== undefined,
    secrets: agreed ? secrets.slice(toldConstants) : concealed ? secrets : [],
    agreed,
  };
}

/**
 * Idioms that fit one after the other, starting from a value of kind `from` (or any), or null if
 * chance led nowhere.
 */
export function chooseChain(
  random: Random,
  idioms: readonly Idiom[],
  length: number,
  from?: ValueKind,
): Idiom[] | null {
  const chain: Idiom[] = [];
  let kind = from;
  while (chain.length < length) {
    const isLast = chain.length === length - 1;
    const fitting = idioms.filter((idiom) =>
      (kind === undefined || idiom.input === kind) && (isLast || !idiom.final) &&
      !chain.includes(idiom)
    );
    if (fitting.length === 0) return null;
    const next = random.pick(fitting);
    chain.push(next);
    kind = next.output;
  }
  return chain;
}

const OPEN = "\u0001";
const CLOSE = "\u0002";

/** Puts the values of constants in place of their marks, and tells where they are. */
function fillConstants(draft: string, constants: readonly number[]) {
  const places: { start: number; end: number }[][] = constants.map(() => []);
  let text = "";
  for (const [at, piece] of draft.split(MARK).entries()) {
    if (at % 2 === 0) {
      text += piece;
      continue;
    }
    const value = String(constants[Number(piece)]);
    places[Number(piece)]?.push({ start: text.length, end: text.length + value.length });
    text += value;
  }
  const secrets = constants.map((value, at): Secret => ({ value, places: places[at] ?? [] }));
  return { text, secrets };
}

// deno-lint-ignore no-control-regex -- marks that no code can hold
const MARK = /\u0001(\d+)\u0002/;
