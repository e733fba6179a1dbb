/**
 * `bottega corpus SOURCE… --kind KIND`: training samples from history, forges and rollouts.
 *
 * @module
 */
import { type Command, Option } from "commander";
import { UNIT_CHOICES } from "../corpus/mod.ts";
import { type CorpusReport, makeCorpus } from "../corpus/headless.ts";
import { openRepository, walkHistory } from "../git/mod.ts";
import { parseSource } from "../trajectory/mod.ts";
import { type CorpusFlags, corpusOptions, filterOptions } from "./corpus_options.ts";
import { withJob } from "./job.ts";
import { jsonOption, wholeNumber } from "./options.ts";
import { CommandError, note, print, printJson, printTable } from "./output.ts";

/** Adds the command to `program`. */
export function addCorpus(program: Command): void {
  const command = program.command("corpus")
    .description("make training samples of a repository's history, of pull requests or of rollouts")
    .argument(
      "<source...>",
      "git repository: folder, .bundle or URL, with optional @revision; " +
        "for --kind environment trajectories: file, folder, URL",
    )
    .addOption(
      new Option(
        "--kind <kind>",
        "what samples are: the paper's two formats, the rival's, rollouts",
      )
        .choices(["general", "python", "factorized", "environment"]).default("python"),
    )
    .option("--out <path>", "FILE.jsonl, FILE.parquet, or a folder for shards (it ends in /)")
    .option("--resume", "go on where a stopped run with the same options left off")
    .option("--commits <n>", "only the last n commits", wholeNumber(1))
    .addOption(
      new Option("--units <what>", "what a unit is; auto looks at how the repository is worked on")
        .choices(UNIT_CHOICES).default("auto"),
    )
    .option("--tokenizer <name>", "vocabulary that tokens are counted with", "o200k_base")
    .option("--name <owner/name>", "what the repository is called, where its source does not tell")
    .option("--description <text>", "what the repository is about")
    .option("--verify", "prove each sample against the repository; 1 if one is not true")
    .option("--walk-only", "only read trees and blobs, and tell how long it took");
  for (const option of filterOptions()) command.addOption(option);
  command.addOption(jsonOption()).action(corpus);
}

async function corpus(sources: string[], flags: CorpusFlags) {
  if (flags.walkOnly) return await walk(sources, flags);
  const startedAt = performance.now();
  const options = await corpusOptions(sources, flags);
  const report = await withJob(async (job) => {
    try {
      return await makeCorpus(sources, { ...options, ...job });
    } catch (error) {
      if (flags.out !== undefined) note("--resume goes on from what was made so far");
      throw error;
    }
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const { retention, verification } = report;
  if (flags.json) {
    const dropped = Object.fromEntries(
      Object.entries(retention.dropped).map(([reason, { units }]) => [reason, units]),
    );
    const { units } = retention.all;
    const { units: kept, tokens } = retention.kept;
    printJson({ units, samples: kept, tokens, dropped, seconds, ...report });
  } else {
    printReport(report, seconds);
  }
  if (verification && verification.faults.length > 0) {
    const [first] = verification.faults;
    throw new CommandError(
      `${verification.faults.length} samples are not true, the first ${first?.id}: ${first?.fault}`,
    );
  }
}

function printReport(report: CorpusReport, seconds: number): void {
  const { retention, sources, verification, shards } = report;
  for (const { repository, units, merges, squashes, direct } of sources) {
    if (units === undefined) continue;
    print(
      `${repository}: ${merges} merges, ${squashes} squashed pull requests, ${direct} other commits ` +
        `on its main line; units are ${units === "all" ? "all of them" : units}`,
    );
  }
  print("");
  printTable(["", "units", "tokens"], [
    ["looked at", retention.all.units, retention.all.tokens],
    ...Object.entries(retention.dropped).map((
      [reason, { units, tokens }],
    ) => [`- ${reason}`, units, tokens]),
    ["kept", retention.kept.units, retention.kept.tokens],
  ]);
  print("");
  printTable(
    ["up to", "samples", "tokens"],
    Object.entries(retention.within).map(([length, { units, tokens }]) => [length, units, tokens]),
  );
  const omitted = Object.entries(retention.omitted).map(([reason, count]) => `${count} ${reason}`);
  if (omitted.length > 0) note(`changes that no sample tells: ${omitted.join(", ")}`);
  if (retention.kept.units === 0 && (retention.dropped["other-files"]?.units ?? 0) > 0) {
    note("no unit changes source and documentation alone; --language tells of which language");
  }
  if (shards) note(`${shards.length} shards`);
  if (verification) {
    note(
      `proven: ${verification.samples} samples, ${verification.applied} edits or patches, ` +
        `${verification.compared} files compared, ${verification.faults.length} faults`,
    );
  }
  note(`${seconds.toFixed(1)} s`);
}

/** Reads every commit, with what it changed and the bytes of both sides. */
async function walk(sources: string[], { commits: limit, json }: CorpusFlags) {
  const total = { commits: 0, changes: 0, blobs: 0, sizeBytes: 0, walkSeconds: 0 };
  await withJob(async (job) => {
    for (const source of sources) {
      const { location, revision, isUrl } = await parseSource(source, exists);
      const git = await openRepository(location, isUrl ? job : { signal: job.signal });
      const startedAt = performance.now();
      const head = await git.resolve(revision);
      for await (
        const { changes, blobs } of walkHistory(git, head, { ...job, limit, blobs: true })
      ) {
        total.commits++;
        total.changes += changes.length;
        total.blobs += blobs.size;
        for (const bytes of blobs.values()) total.sizeBytes += bytes.length;
      }
      total.walkSeconds += (performance.now() - startedAt) / 1000;
      await git.close();
    }
  });
  if (json) return printJson(total);
  print(
    `${total.commits} commits, ${total.changes} changes, ${total.blobs} blobs of ` +
      `${(total.sizeBytes / 1e6).toFixed(1)} MB in ${total.walkSeconds.toFixed(2)} s`,
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}
