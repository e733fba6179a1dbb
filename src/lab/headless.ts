/**
 * What of the lab needs a document where there is no page: the second face of the room, for commands.
 *
 * @module
 */
import type { RunFiles } from "../train/mod.ts";
import type { AblationReport } from "./ablation_report.ts";
import { reportPage } from "./report_page.ts";

/** Writes `report.html` beside `report.json`: a page of its own, with links to the files of each run. */
export async function writeReportPage(files: RunFiles, report: AblationReport): Promise<void> {
  const { Window } = await import("happy-dom");
  const window = new Window({ url: "about:blank" });
  try {
    const document = window.document as unknown as Document;
    const page = reportPage(report, { document });
    await files.write("report.html", [new TextEncoder().encode(page)]);
  } finally {
    await window.happyDOM.close();
  }
}
