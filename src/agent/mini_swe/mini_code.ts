/**
 * Code of MiniSWE that nothing is wrong with: modules in the style of its repositories, drafted and never
 * run, so that there can be as much of it as a base model is to read.
 *
 * @module
 */
import { type MiniModule, renderModule, sourcePath } from "./mini_module.ts";
import { FIELDS, type Split } from "./names.ts";
import { plainFunction, targetFunction } from "./new_functions.ts";
import { seededRandom } from "./seeded_random.ts";
import { isPrinted, newModule } from "./workshop.ts";
import { DEFAULT_SHAPE, type WorldShape } from "./world_shape.ts";

/** What is written. */
export interface MiniCodeOptions {
  readonly seed: number;
  /** How many files. */
  readonly count: number;
  /** Names, idioms and compositions are those of this split; default `train`. */
  readonly split?: Split;
  readonly shape?: Partial<WorldShape>;
}

/** Files of one to four functions, each with the comment that specifies it. */
export function* makeMiniCode(
  { seed, count, split = "train", shape }: MiniCodeOptions,
): Generator<{ readonly path: string; readonly text: string }> {
  for (let index = 0; index < count; index++) {
    const random = seededRandom(`mini-code ${seed} ${index}`);
    const workshop = {
      random,
      split,
      shape: { ...DEFAULT_SHAPE, ...shape },
      field: random.pick(FIELDS),
      functionNames: new Set<string>(),
      moduleNames: new Set<string>(),
    };
    const plans = Array.from(
      { length: random.int(1, 4) },
      () =>
        random.chance(0.5)
          ? targetFunction(workshop, [], isPrinted(workshop) ? "printed" : "none")
          : plainFunction(workshop, null),
    );
    const functions = plans.filter((plan) => plan !== null);
    const module: MiniModule = { name: newModule(workshop), functions, cases: [] };
    yield { path: sourcePath(module.name), text: renderModule(module, [module]) };
  }
}
