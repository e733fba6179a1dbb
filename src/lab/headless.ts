/**
 * What of the lab needs a document where there is no page: the second face of the room, for commands.
 *
 * @module
 */
import { readEvents, type RunFiles } from "../train/mod.ts";
import type { AblationReport } from "./ablation_report.ts";
import { inFolder } from "./json_file.ts";
import { reportPage } from "./report_page.ts";

/** Writes `report.html` beside `report.json`: a page of its own, with links to the files of each run. */
export async function writeReportPage(files: RunFiles, report: AblationReport): Promise<void> {
  const { Window } = await import("happy-dom");
  const window = new Window({ url: "about:blank" });
  try {
    const document = window.document as unknown as Document;
    const adapter = await adaptersOf(files, report);
    const page = reportPage(report, { document, adapter });
    await files.write("report.html", [new TextEncoder().encode(page)]);
  } finally {
    await window.happyDOM.close();
  }
}

/** What the stages were trained on, by their events; undefined where none tells. */
async function adaptersOf(
  files: RunFiles,
  { stages }: AblationReport,
): Promise<string | undefined> {
  const events = await Promise.all(
    stages.map(({ key }) => readEvents(inFolder(files, `stages/${key}`))),
  );
  const adapters = new Set(
    events.flat().flatMap((event) => event.type === "start" ? [event.adapter] : []),
  );
  return adapters.size === 0 ? undefined : [...adapters].join(" and ");
}
