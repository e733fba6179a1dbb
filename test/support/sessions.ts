/** The sessions of a test file: all in one headless document, one a test. */
import { afterAll, afterEach, beforeAll } from "vitest";
import { openDocument } from "../../src/notebook/headless_window.ts";
import type { Session, SessionOptions } from "../../src/notebook/mod.ts";
import { openSession, type Probe, type TestCell } from "./notebook.ts";

type Options = Partial<SessionOptions> & { probe?: Probe };

/** Opens sessions, and disposes of the latest after each test. @param opened takes each */
export function useSessions(opened: (session: Session) => void) {
  let document: Document;
  let release: () => Promise<void>;
  let session: Session | undefined;
  beforeAll(async () => {
    ({ document, release } = await openDocument());
  });
  afterEach(() => session?.dispose());
  afterAll(() => release());

  /** A session that has just begun. */
  function start(cells: readonly TestCell[], options?: Options): Session {
    session = openSession(document, cells, options);
    opened(session);
    return session;
  }
  /** A session whose cells have run. */
  async function open(cells: readonly TestCell[], options?: Options): Promise<Session> {
    const session = start(cells, options);
    await session.settled();
    return session;
  }
  return { start, open };
}
