/**
 * The workbench: the page of the address, and what is the same on all pages.
 *
 * @module
 */

import { useEffect } from "preact/hooks";
import { desk } from "./desk.ts";
import { DeviceLine } from "./device_line.tsx";
import { DropTarget } from "./drop_target.tsx";
import { GpuBanner } from "./gpu_banner.tsx";
import { KeysDialog, keysShown } from "./keys_dialog.tsx";
import { MachinesDialog } from "./machines_dialog.tsx";
import { NotebookBanners } from "./notebook_banners.tsx";
import { NotebookBar } from "./notebook_bar.tsx";
import { ShownCells } from "./notebook_cells.tsx";
import { NotebookList } from "./notebook_list.tsx";
import { Notices } from "./notices.tsx";
import { PageBar } from "./page_bar.tsx";
import { route } from "./route.ts";
import { shown } from "./shown_notebook.ts";

export function App() {
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    addEventListener("beforeunload", warnOfUnsaved, { signal });
    addEventListener("keydown", showKeys, { signal });
    return () => controller.abort();
  }, []);
  const placed = shown.value.state === "open" ? shown.value.placed : null;
  return (
    <>
      {placed ? <NotebookBar key={placed} {...placed} /> : <PageBar />}
      <GpuBanner />
      {placed && <NotebookBanners notebook={placed.notebook} />}
      {/* One element for all pages: cells that ask for their width are told that of this. */}
      <main>{route.value.page === "list" ? <NotebookList /> : <ShownCells />}</main>
      <footer class="page-footer">
        <DeviceLine />
        <span class="hint">Drop a git bundle or a notebook anywhere</span>
      </footer>
      <Notices />
      <DropTarget />
      <KeysDialog />
      <MachinesDialog />
    </>
  );
}

function warnOfUnsaved(event: BeforeUnloadEvent): void {
  if (desk.peek().some(({ file }) => file.unsaved.peek())) event.preventDefault();
}

function showKeys(event: KeyboardEvent): void {
  const typing = event.target instanceof Element &&
    event.target.closest("input, textarea, select, [contenteditable=true]") !== null;
  if (event.key !== "?" || typing || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  keysShown.value = true;
}
