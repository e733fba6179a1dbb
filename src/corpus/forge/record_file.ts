/**
 * Pull requests from a file: JSONL, a {@linkcode PullRequestRecord} a line.
 *
 * @module
 */
import type { Job } from "../../gpu/mod.ts";
import { openFileSource, readRecords } from "../../trajectory/mod.ts";
import { CorpusError } from "../corpus_error.ts";
import type { PullRequestRead } from "./github_pull_requests.ts";
import { parseRecord } from "./pull_request_record.ts";

/** The records of a file or a folder of files, in their order; a broken line is told by its reason. */
export async function* readRecordFile(
  path: string,
  { signal }: Job = {},
): AsyncGenerator<PullRequestRead> {
  const source = await openFileSource(path, { signal });
  try {
    for await (const file of source.files()) {
      for await (const read of readRecords(file, { signal })) {
        if ("error" in read) {
          yield { number: undefined, reason: read.error.message };
          continue;
        }
        try {
          yield parseRecord(read.value);
        } catch (error) {
          if (!(error instanceof CorpusError)) throw error;
          yield { number: undefined, reason: error.message };
        }
      }
    }
  } finally {
    await source.close();
  }
}
