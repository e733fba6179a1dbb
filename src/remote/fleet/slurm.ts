/**
 * Obtaining a fleet's workers from Slurm: an array job of which each task is a worker.
 *
 * @module
 */

/** What is asked of Slurm. */
export interface SlurmOptions {
  /** How many workers. */
  readonly workers: number;
  /** What each task runs, word by word. */
  readonly command: readonly string[];
  /** The folder of the workers' logs. */
  readonly logs: string;
  /** `HOURS:MINUTES:SECONDS`. */
  readonly time?: string | undefined;
  readonly partition?: string | undefined;
  readonly account?: string | undefined;
  /** Of each worker. */
  readonly cpus?: number | undefined;
  readonly gpus?: number | undefined;
  readonly memory?: string | undefined;
}

/** How long before its time is over a worker is told, to give back what it runs. */
const WARN_SECONDS = 60;

/**
 * The script for `sbatch`. A worker that Slurm ends gives back its jobs, and one whose node fails is
 * queued anew by Slurm; the jobs that it had go to others meanwhile.
 *
 * @throws {RangeError} quoting what would be read as more than one word.
 */
export function slurmScript(options: SlurmOptions): string {
  const { workers, command, logs, time, partition, account, cpus, gpus, memory } = options;
  const asked: [string, string | number | undefined][] = [
    ["job-name", "bottega-fleet"],
    ["array", `0-${workers - 1}`],
    ["output", `${logs}/slurm-%A_%a.log`],
    ["signal", `B:TERM@${WARN_SECONDS}`],
    ["time", time],
    ["partition", partition],
    ["account", account],
    ["cpus-per-task", cpus],
    ["gres", gpus === undefined ? undefined : `gpu:${gpus}`],
    ["mem", memory],
  ];
  const lines = asked.flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (!/^[\w.:,%@/+-]+$/.test(String(value))) {
      throw new RangeError(`Slurm cannot take --${name}=${JSON.stringify(value)}.`);
    }
    return [`#SBATCH --${name}=${value}`];
  });
  return [
    "#!/bin/bash",
    ...lines,
    "#SBATCH --requeue",
    "#SBATCH --open-mode=append",
    "# The worker itself must hear Slurm's signals.",
    `exec ${command.map(shellWord).join(" ")}`,
    "",
  ].join("\n");
}

function shellWord(word: string): string {
  return /^[\w./:=@+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
