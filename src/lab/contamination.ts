/**
 * Whether anything of the evaluated tasks is in what a model is trained on.
 *
 * @module
 */
import { findFunctions, type Task } from "../agent/mod.ts";
import { decontamination } from "../corpus/mod.ts";
import type { Tokenizer } from "../tokenizer/mod.ts";
import type { Contamination } from "./ablation_report.ts";
import { DATA_KINDS } from "./ablation_spec.ts";
import { labDocuments } from "./documents.ts";
import type { World } from "./world.ts";

/** Looks for the names, the functions and the 13-grams of `tasks` in every kind of training data. */
export async function contaminationOf(
  world: World,
  tasks: readonly Task[],
  tokenizer: Tokenizer,
): Promise<Contamination> {
  const documents = (await Promise.all(DATA_KINDS.map((kind) => labDocuments(kind, world)))).flat();
  const text = documents.flatMap(({ segments }) => segments.map(({ text }) => text)).join("\n");
  const words = new Set(text.match(/[\w$]+/g));
  const sources = tasks.flatMap(({ files = {} }) =>
    Object.entries(files).filter(([path]) => path.startsWith("src/"))
  );
  const names = new Set(
    sources.flatMap(([path, source]) => [
      path.slice("src/".length, -".js".length),
      ...findFunctions(source).map(({ name }) => name),
    ]),
  );
  const functions = new Set(
    sources.flatMap(([, source]) =>
      findFunctions(source).map(({ start, end }) => source.slice(start, end))
    ),
  );
  const items = tasks.map(({ id, files = {} }) => ({
    id,
    text: Object.entries(files).filter(([path]) => path.startsWith("src/"))
      .map(([, source]) => source).join("\n"),
  }));
  const check = decontamination(items, { tokenizer, gpu: null });
  for await (const _ of check.check(documents));
  return {
    names: [...names].filter((name) => words.has(name)).length,
    functions: [...functions].filter((code) => text.includes(code)).length,
    tasks: check.report().leakedItems,
  };
}
