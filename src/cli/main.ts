/**
 * The `bottega` command. Exit codes: 0 success, 1 a failure told in one line, 2 wrong usage.
 *
 * @module
 */
import { Command, CommanderError } from "commander";
import { addBench } from "./bench.ts";
import { addAblate } from "./ablate.ts";
import { addCorpus } from "./corpus.ts";
import { addDevices } from "./devices.ts";
import { addExport } from "./export.ts";
import { addFleet } from "./fleet.ts";
import { addGenerate } from "./generate.ts";
import { note } from "./output.ts";
import { addEvaluate } from "./evaluate.ts";
import { addRollout } from "./rollout.ts";
import { addRunNotebook } from "./run_notebook.ts";
import { addServe } from "./serve.ts";
import { addDecontaminate } from "./decontaminate.ts";
import { addPack } from "./pack.ts";
import { addStats } from "./stats.ts";
import { addTasks } from "./tasks.ts";
import { addTokenizer } from "./tokenizer.ts";
import { addTrain } from "./train.ts";
import { addTrajectories } from "./trajectories.ts";
import { addWorker } from "./worker.ts";

const program = new Command("bottega")
  .description("A WebGPU notebook workbench for research on agentic mid-training")
  .version("0.1.0")
  .showHelpAfterError("(bottega --help tells more)")
  .exitOverride();
for (
  const add of [
    addServe,
    addRunNotebook,
    addDevices,
    addTrajectories,
    addCorpus,
    addDecontaminate,
    addPack,
    addStats,
    addTokenizer,
    addTasks,
    addRollout,
    addEvaluate,
    addTrain,
    addAblate,
    addGenerate,
    addExport,
    addWorker,
    addFleet,
    addBench,
  ]
) add(program);

// Without it Mesa's driver reports an error of no consequence on machines without a session.
if (Deno.build.os === "linux" && !Deno.env.has("XDG_RUNTIME_DIR")) {
  Deno.env.set("XDG_RUNTIME_DIR", "/tmp");
}

try {
  await program.parseAsync(Deno.args, { from: "user" });
} catch (error) {
  if (error instanceof CommanderError) Deno.exit(error.exitCode === 0 ? 0 : 2);
  // Whoever read the output has seen enough: `bottega … | head`.
  if (error instanceof Deno.errors.BrokenPipe) Deno.exit(0);
  note(error instanceof Error ? `bottega: ${error.message}` : String(error));
  Deno.exit(1);
}
// Workers and timers of a notebook must not hold a finished command.
Deno.exit(0);
