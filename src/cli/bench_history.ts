/**
 * `bottega bench history SOURCE`: how fast the history of a repository is read.
 *
 * @module
 */
import type { Command } from "commander";
import { MAX_OBJECT_BYTES, openRepository, walkHistory } from "../git/mod.ts";
import { withJob } from "./job.ts";
import { jsonOption, wholeNumber } from "./options.ts";
import { print, printJson } from "./output.ts";

interface Options {
  readonly json?: boolean;
  readonly commits: number;
}

/** Adds the command to `bench`. */
export function addBenchHistory(bench: Command): void {
  bench.command("history")
    .description("measure how fast commits, trees and all their blobs are read")
    .argument("[repository]", "folder, .bundle or git URL", ".")
    .option("--commits <n>", "how many, newest first", wholeNumber(1), 1000)
    .addOption(jsonOption())
    .action(benchHistory);
}

async function benchHistory(source: string, { json, commits: limit }: Options) {
  const seconds: number[] = [];
  const counted = { commits: 0, changes: 0, blobs: 0, sizeBytes: 0, errors: 0 };
  await withJob(async (job) => {
    for (let run = 0; run < 5; run++) {
      // Opened anew each time: nothing is kept from the run before.
      const repository = await openRepository(source, job);
      try {
        const head = await repository.resolve();
        Object.assign(counted, { commits: 0, changes: 0, blobs: 0, sizeBytes: 0, errors: 0 });
        const startMs = performance.now();
        const walk = { limit, blobs: true, maxBytes: MAX_OBJECT_BYTES, signal: job.signal };
        for await (const { changes, blobs, error } of walkHistory(repository, head, walk)) {
          counted.commits++;
          counted.changes += changes.length;
          counted.blobs += blobs.size;
          if (error) counted.errors++;
          for (const bytes of blobs.values()) counted.sizeBytes += bytes.length;
        }
        seconds.push((performance.now() - startMs) / 1000);
      } finally {
        await repository.close();
      }
    }
  });
  const walkSeconds = seconds.toSorted((a, b) => a - b)[2] ?? NaN;
  if (json) return printJson({ ...counted, walkSeconds, runs: seconds });
  const { commits, changes, blobs, sizeBytes } = counted;
  print(
    `${commits} commits, ${changes} changes, ${blobs} blobs of ` +
      `${(sizeBytes / 1e6).toFixed(1)} MB in ${walkSeconds.toFixed(2)} s, median of five`,
  );
  if (counted.errors > 0) print(`${counted.errors} commits could not be read`);
}
