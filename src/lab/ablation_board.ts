/**
 * An ablation while it runs: which cells are done, which one is trained, how the loss falls, and how
 * far all of it is.
 *
 * @module
 */
import type { Progress } from "../gpu/mod.ts";
import { type LossPlot, lossPlot, type ResultCell, resultTable } from "../plot/mod.ts";
import type { AblationEvent } from "./ablate.ts";
import { type AblationSpec, recipesOf } from "./ablation_spec.ts";
import { count, percent } from "./report_figures.ts";

/** What a run tells, as it is told. */
export interface AblationBoard extends HTMLElement {
  /** Shows an event; cheap enough for all of them. Gives how far the run is. */
  readonly add: (event: AblationEvent) => Progress;
}

/** Options of {@linkcode ablationBoard}. */
export interface AblationBoardOptions {
  /** Where elements are made; the global `document` by default. */
  readonly document?: Document | undefined;
  /** Of the loss curves, in CSS pixels. */
  readonly width?: number | undefined;
}

/**
 * A board for one run of a spec.
 *
 * @example
 * ```ts ignore
 * const bar = display(progressBar());
 * const board = display(ablationBoard(spec, { width }));
 * const { report } = await bar.run((job) =>
 *   workbench.ablate(spec, { ...job, onEvent: (event) => job.onProgress?.(board.add(event)) })
 * );
 * ```
 */
export function ablationBoard(
  spec: AblationSpec,
  options: AblationBoardOptions = {},
): AblationBoard {
  const document = options.document ?? globalThis.document;
  const plan = plannedStages(spec);
  const recipes = recipesOf(spec);
  const total = plannedTokens(spec);
  const trained = new Map<string, number>();
  const told = new Map<string, ResultCell>();
  let cells = 0;
  let place = "";
  let reading = 0;
  let curves: { readonly seed: number; readonly plot: LossPlot } | null = null;

  const root = document.createElement("div");
  root.className = "bottega-board";
  const state = document.createElement("div");
  const losses = document.createElement("div");
  root.append(state, losses);
  drawState();

  /** Seeds are run one after the other. */
  function seedNow(): number {
    return spec.seeds[Math.min(spec.seeds.length - 1, Math.floor(cells / recipes.length))] ?? 0;
  }

  function add(event: AblationEvent): Progress {
    const seed = seedNow();
    switch (event.type) {
      case "training":
        reading = event.event.type === "step" ? event.event.tokens : reading;
        if (place !== event.name) {
          place = event.name;
          drawState();
        }
        plotOf(seed).add(curveOf(event.name), event.event);
        break;
      case "stage":
        trained.set(event.stage.key, plan.get(event.name) ?? 0);
        reading = 0;
        place = "agents at work";
        drawState();
        break;
      case "cell": {
        const { recipe, seed, outcomes } = event.run;
        const tested = outcomes.filter(({ split }) => split === "test");
        const resolved = tested.filter((outcome) => outcome.resolved).length;
        told.set(`${recipe.name} ${seed}`, {
          text: percent(tested.length === 0 ? 0 : resolved / tested.length),
          detail: `${resolved} of ${count(tested.length, "task")}`,
        });
        cells = event.done;
        place = "begins";
        drawState();
        break;
      }
    }
    const read = [...trained.values()].reduce((sum, tokens) => sum + tokens, 0);
    return {
      phase: `seed ${seed}: ${place}`,
      done: Math.min(total, Math.round(read + reading)),
      total,
      unit: "tokens",
    };
  }

  /** Fine-tuning has one name after every mid-training. */
  function curveOf(name: string): string {
    const mid = recipes[cells % recipes.length]?.mid;
    return name.startsWith("sft ") ? `${mid}, then ${name}` : name;
  }

  function plotOf(seed: number): LossPlot {
    if (curves?.seed === seed) return curves.plot;
    const plot = lossPlot({ document, width: options.width });
    curves = { seed, plot };
    losses.replaceChildren(plot);
    return plot;
  }

  function drawState(): void {
    const next = recipes[cells % recipes.length]?.name;
    const rows = recipes.map(({ name }) => ({
      cells: [
        name,
        ...spec.seeds.map((seed): ResultCell => {
          const isNow = name === next && seed === seedNow() && place !== "";
          return told.get(`${name} ${seed}`) ?? (isNow ? `${place} …` : "waits");
        }),
      ],
    }));
    const columns = [{ name: "cell" }, ...spec.seeds.map((seed) => ({ name: `seed ${seed}` }))];
    state.replaceChildren(resultTable({ title: "Cells", columns, rows }, { document }));
  }

  return Object.assign(root, { add });
}

/** Tokens of each stage by its name. */
function plannedStages(spec: AblationSpec): Map<string, number> {
  const plan = new Map([["base", spec.base.tokens]]);
  for (const { mid, sft, sftStages } of recipesOf(spec)) {
    for (const [i, { tokens }] of (spec.mid[mid] ?? []).entries()) {
      plan.set(`mid ${mid} ${i + 1}`, tokens);
    }
    for (const [i, { tokens }] of sftStages.entries()) plan.set(`sft ${sft} ${i + 1}`, tokens);
  }
  return plan;
}

/** Tokens that a spec's stages read in all, those that cells share once. */
export function plannedTokens(spec: AblationSpec): number {
  const sum = (stages: readonly { readonly tokens: number }[] = []) =>
    stages.reduce((sum, { tokens }) => sum + tokens, 0);
  const recipes = recipesOf(spec);
  const mids = new Set(recipes.map(({ mid }) => mid));
  const ofSeed = spec.base.tokens +
    [...mids].reduce((all, mid) => all + sum(spec.mid[mid]), 0) +
    recipes.reduce((all, { sftStages }) => all + sum(sftStages), 0);
  return spec.seeds.length * ofSeed;
}
