/**
 * The events of a run, on disk: a line of JSON each, and nothing in memory but where each begins.
 *
 * @module
 */

/** A stretch of a log. */
export interface EventPage {
  readonly events: readonly unknown[];
  /** The index to go on from. */
  readonly next: number;
}

/** A log that grows; several may read it meanwhile. */
export interface EventLog {
  readonly length: number;
  append(events: readonly unknown[]): void;
  /** Events from an index on, as many as go well in one answer. */
  read(from: number): EventPage;
  /** Resolves when there is an event of this index. */
  grown(index: number): Promise<void>;
}

/** Opens the log at `path`, and makes it where there is none. A last line that was cut is cut off. */
export function openEventLog(path: string): EventLog {
  using file = Deno.openSync(path, { create: true, read: true, write: true });
  /** Where each event ends. */
  const ends: number[] = lineEnds(file);
  file.truncateSync(ends.at(-1) ?? 0);
  let change = Promise.withResolvers<void>();
  return {
    get length() {
      return ends.length;
    },
    append(events) {
      if (events.length === 0) return;
      let at = ends.at(-1) ?? 0;
      const lines = events.map((event) => {
        const line = new TextEncoder().encode(`${JSON.stringify(event)}\n`);
        ends.push(at += line.length);
        return line;
      });
      using file = Deno.openSync(path, { append: true });
      writeAll(file, lines.length === 1 && lines[0] ? lines[0] : concatenated(lines));
      change.resolve();
      change = Promise.withResolvers();
    },
    read(from) {
      const begin = ends[from - 1] ?? (from <= 0 ? 0 : ends.at(-1) ?? 0);
      let next = Math.max(0, from);
      while (next < ends.length && next - from < PAGE_EVENTS) {
        if (next > from && (ends[next] ?? 0) - begin > PAGE_BYTES) break;
        next++;
      }
      if (next <= from) return { events: [], next: from };
      const bytes = readRange(path, begin, ends[next - 1] ?? begin);
      const lines = new TextDecoder().decode(bytes).split("\n").slice(0, -1);
      return { events: lines.map((line): unknown => JSON.parse(line)), next };
    },
    async grown(index) {
      while (ends.length <= index) await change.promise;
    },
  };
}

const PAGE_EVENTS = 2000;
const PAGE_BYTES = 2 ** 20;
const READ_BYTES = 2 ** 20;
const LINE_END = 10;

function lineEnds(file: Deno.FsFile): number[] {
  const ends: number[] = [];
  const bytes = new Uint8Array(READ_BYTES);
  for (let at = 0;;) {
    const count = file.readSync(bytes);
    if (count === null) return ends;
    const part = bytes.subarray(0, count);
    for (let i = part.indexOf(LINE_END); i >= 0; i = part.indexOf(LINE_END, i + 1)) {
      ends.push(at + i + 1);
    }
    at += count;
  }
}

function readRange(path: string, begin: number, end: number): Uint8Array {
  using file = Deno.openSync(path);
  file.seekSync(begin, Deno.SeekMode.Start);
  const bytes = new Uint8Array(end - begin);
  for (let at = 0; at < bytes.length;) {
    const count = file.readSync(bytes.subarray(at));
    if (count === null) break;
    at += count;
  }
  return bytes;
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}

function concatenated(lines: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(lines.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const line of lines) {
    whole.set(line, at);
    at += line.length;
  }
  return whole;
}
