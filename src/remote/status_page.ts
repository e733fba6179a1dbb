/**
 * What a worker tells a browser about itself: its machine, its load and its runs, and no secret.
 *
 * @module
 */
import type { MachineStatus } from "./remote_service.ts";
import type { RunInfo } from "./run_record.ts";

/** The page, which runs nothing and loads nothing. */
export function statusPage(status: MachineStatus, runs: readonly RunInfo[]): Response {
  const { name, device, cores, load, memory, limits, running, queued, sessions } = status;
  const facts: [string, string][] = [
    ["computes on", device.adapter?.description ?? `the processor: ${device.problem ?? "no GPU"}`],
    ["cores", `${cores}, load ${load.map((one) => one.toFixed(2)).join(" ")}`],
    ["memory", `${gib(memory.availableBytes)} of ${gib(memory.totalBytes)} GiB free`],
    ["runs", `${running} of ${limits.jobs} running, ${queued} waiting`],
    ["workbenches", String(sessions)],
    ["each run", `at most ${limits.timeMs / 60_000} minutes and ${gib(limits.memoryBytes)} GiB`],
    ["works", status.works.join(", ")],
    ["since", new Date(status.startedMs).toISOString()],
    ...status.draining ? [["state", "shutting down"] as [string, string]] : [],
  ];
  const rows = runs.slice(-SHOWN).toReversed().map((run) =>
    row("td", [
      run.id.slice(0, 12),
      run.work,
      run.state,
      String(run.events),
      run.progress ? `${run.progress.phase} ${run.progress.done} of ${run.progress.total}` : "",
      run.failure ? `${run.failure.code}: ${run.failure.message}` : "",
    ])
  );
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escape(name)}</title>
<style>body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
table{border-collapse:collapse}td,th{text-align:left;vertical-align:top;padding:.15rem 1rem .15rem 0}</style>
<h1>${escape(name)}</h1>
<table>${
    facts.map(([fact, value]) => `<tr><th>${escape(fact)}</th><td>${escape(value)}</td></tr>`).join(
      "",
    )
  }</table>
<h2>Runs</h2>
<table>${row("th", ["run", "work", "state", "events", "progress", "failure"])}${
    rows.join("")
  }</table>
</html>`;
  return new Response(html, {
    headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" },
  });
}

/** The newest runs. */
const SHOWN = 100;

function row(tag: "td" | "th", cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join("")}</tr>`;
}

function gib(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
