/**
 * The works that every worker knows.
 *
 * @module
 */
import type { Works } from "../work.ts";
import { ABLATE } from "./ablate.ts";
import { CODE } from "./code.ts";
import { EVALUATE } from "./evaluate.ts";
import { GENERATE } from "./generate.ts";
import { LAB } from "./lab.ts";
import { ROLLOUT } from "./rollout.ts";
import { STATS } from "./stats.ts";
import { TRAIN } from "./train.ts";

/** Registered work by name. */
export const WORKS: Works = Object.freeze({
  stats: STATS,
  train: TRAIN,
  generate: GENERATE,
  evaluate: EVALUATE,
  rollout: ROLLOUT,
  ablate: ABLATE,
  lab: LAB,
});

/** What a worker knows besides where its owner allows code that is sent along. */
export const WORKS_WITH_CODE: Works = Object.freeze({ ...WORKS, code: CODE });
