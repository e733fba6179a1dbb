/**
 * Ablations that have a name: the paper's own settings as data, and what they are scaled down to. Each
 * file's `about` and `notes` say how.
 *
 * @module
 */
import demo from "../../notebooks/data/demo.json" with { type: "json" };
import miniCpu from "../../notebooks/data/mini-cpu.json" with { type: "json" };
import feedback from "../../notebooks/data/feedback.json" with { type: "json" };
import mini from "../../notebooks/data/mini.json" with { type: "json" };
import paper from "../../notebooks/data/paper.json" with { type: "json" };
import smoke from "../../notebooks/data/smoke.json" with { type: "json" };

/**
 * Specs by name, for `parseAblation`: `paper`, `mini` for an hour or two on a good GPU, `mini-cpu` for as
 * much of it as two cores do in two hours, `demo` for minutes on a laptop's GPU, `feedback` for what
 * agents make of failing tests, `smoke` for three minutes without one.
 *
 * @example
 * ```ts
 * import { ABLATION_PRESETS, parseAblation, recipesOf } from "bottega";
 * const spec = parseAblation(ABLATION_PRESETS.demo);
 * console.log(spec.about, recipesOf(spec).map(({ name }) => name));
 * ```
 */
export const ABLATION_PRESETS = {
  paper,
  mini,
  "mini-cpu": miniCpu,
  demo,
  feedback,
  smoke,
} as const;
