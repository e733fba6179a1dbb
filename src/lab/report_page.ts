/**
 * A report as a page of its own: no script, nothing loaded, links to the run's files beside it.
 *
 * @module
 */
import type { AblationReport } from "./ablation_report.ts";
import { ablationView, type AblationViewOptions } from "./ablation_view.ts";

/**
 * The text of an HTML file to be kept in the run's folder.
 *
 * @param options `document` is needed where there is no page: happy-dom's, for one.
 */
export function reportPage(report: AblationReport, options: AblationViewOptions = {}): string {
  const view = ablationView(report, { width: 720, folder: "", ...options });
  const title = view.ownerDocument.createElement("title");
  title.textContent = `Ablation ${report.name}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
${title.outerHTML}
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Mid-training in miniature</h1>
${view.outerHTML}
</main>
</body>
</html>
`;
}

const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; " +
  "base-uri 'none'; form-action 'none'";

const STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; background: light-dark(#ffffff, #16181b); color: light-dark(#1b1e23, #e6e8eb); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { margin: 0 0 1.5rem; font-size: 1.6rem; line-height: 1.2; }
h2 { margin: 0 0 0.25rem; font-size: 1.15rem; }
p { max-width: 76ch; margin: 0 0 0.6rem; }
a { color: light-dark(#0072b2, #56b4e9); }
section { margin: 0 0 2.2rem; }
summary { cursor: pointer; }
pre { overflow-x: auto; padding: 0.75rem; border: 1px solid light-dark(#d9dce0, #3a3f46); border-radius: 4px; font: 0.85rem/1.5 ui-monospace, monospace; }
`;
