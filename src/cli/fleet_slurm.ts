/**
 * `bottega fleet slurm`: a fleet's workers on a cluster.
 *
 * @module
 */
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { readCredentials, slurmScript } from "../remote/headless.ts";
import { jsonOption, wholeNumber } from "./options.ts";
import { CommandError, print, printJson } from "./output.ts";

/** Adds the command to `fleet`. */
export function addFleetSlurm(fleet: Command): void {
  fleet.command("slurm")
    .description("write the script of an array job whose tasks are workers, and submit it")
    .option("--workers <n>", "how many", wholeNumber(1, 100_000), 1)
    .option(
      "--credentials <file>",
      "a worker's, where the nodes see it",
      ".bottega/fleet/worker.json",
    )
    .option("--jobs <n>", "jobs side by side in each worker", wholeNumber(1, 1000), 1)
    .option("--time <h:m:s>", "how long each may run")
    .option("--partition <name>")
    .option("--account <name>")
    .option("--cpus <n>", "of each worker", wholeNumber(1))
    .option("--gpus <n>", "of each worker", wholeNumber(1))
    .option("--memory <size>", "of each worker: 16G, say")
    .option("--out <file>", "the script; without --submit it is printed by default")
    .option("--submit", "give it to sbatch")
    .addOption(jsonOption())
    .action(slurm);
}

interface Options {
  readonly workers: number;
  readonly credentials: string;
  readonly jobs: number;
  readonly time?: string;
  readonly partition?: string;
  readonly account?: string;
  readonly cpus?: number;
  readonly gpus?: number;
  readonly memory?: string;
  readonly out?: string;
  readonly submit?: boolean;
  readonly json?: boolean;
}

async function slurm({ credentials, jobs, out, submit, json, ...asked }: Options): Promise<void> {
  const file = resolve(credentials);
  const { role } = await readCredentials(file);
  if (role !== "worker") {
    throw new CommandError(`${credentials} is a ${role}'s: workers need a worker's credentials.`);
  }
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const bottega = [Deno.execPath(), "task", "--quiet", "--cwd", root, "bottega"];
  const command = [...bottega, "worker", "--fleet", file, "--jobs", `${jobs}`];
  const script = slurmScript({ ...asked, command, logs: dirname(file) });
  const path = out ?? (submit ? join(dirname(file), "slurm.sh") : undefined);
  if (path !== undefined) await Deno.writeTextFile(path, script);
  const job = submit && path !== undefined ? await sbatch(path) : null;
  if (json) printJson({ script, path: path ?? null, job });
  else if (job !== null) print(`${asked.workers} workers submitted as job ${job}`);
  else print(path ?? script);
}

/** The job's number. */
async function sbatch(path: string): Promise<string> {
  try {
    const command = new Deno.Command("sbatch", { args: ["--parsable", path] });
    const { success, stdout, stderr } = await command.output();
    const text = new TextDecoder();
    if (success) return text.decode(stdout).trim();
    throw new CommandError(`sbatch refused ${path}: ${text.decode(stderr).trim()}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new CommandError(`There is no sbatch here: run it where Slurm is, on ${path}.`);
  }
}
