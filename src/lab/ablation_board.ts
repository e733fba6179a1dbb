/**
 * An ablation while it runs: which cells are done, which one is trained, and how the loss falls.
 *
 * @module
 */
import { type LossPlot, lossPlot, type ResultCell, resultTable } from "../plot/mod.ts";
import type { AblationEvent } from "./ablate.ts";
import { type AblationSpec, recipesOf } from "./ablation_spec.ts";
import { count, percent } from "./report_figures.ts";

/** What a run tells, as it is told. */
export interface AblationBoard extends HTMLElement {
  /** Shows an event; cheap enough for all of them. */
  readonly add: (event: AblationEvent) => void;
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
 *   workbench.ablate(spec, { ...job, onEvent: board.add })
 * );
 * ```
 */
export function ablationBoard(
  spec: AblationSpec,
  options: AblationBoardOptions = {},
): AblationBoard {
  const document = options.document ?? globalThis.document;
  const recipes = recipesOf(spec);
  const told = new Map<string, ResultCell>();
  let cells = 0;
  let place = "";
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

  function add(event: AblationEvent): void {
    const seed = seedNow();
    switch (event.type) {
      case "training":
        if (place !== event.name) {
          place = event.name;
          drawState();
        }
        plotOf(seed).add(curveOf(event.name), event.event);
        break;
      case "stage":
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
        place = "agents at work";
        drawState();
        break;
      }
    }
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
