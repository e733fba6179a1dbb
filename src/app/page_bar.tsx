/**
 * The bar at the top of each page, with the way back to the list.
 *
 * @module
 */

import type { ComponentChildren } from "preact";
import { Icon } from "./icons.tsx";
import { keysShown } from "./keys_dialog.tsx";
import { machinesShown } from "./machines_dialog.tsx";
import { addressOf } from "./route.ts";

export function PageBar({ children }: { children?: ComponentChildren }) {
  return (
    <header class="page-bar">
      <a class="wordmark" href={addressOf({ page: "list" })}>
        <Icon name="compass" />
        Bottega
      </a>
      {children ?? <span class="bar-space" />}
      <button
        type="button"
        class="quiet"
        title="Machines that cells can run on"
        onClick={() => void (machinesShown.value = true)}
      >
        Machines
      </button>
      <button
        type="button"
        class="quiet"
        title="Keys (?)"
        aria-label="Keys"
        onClick={() => void (keysShown.value = true)}
      >
        ?
      </button>
    </header>
  );
}
