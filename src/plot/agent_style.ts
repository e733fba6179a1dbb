/**
 * What the stepper of an agent looks like.
 *
 * @module
 */

/** Rules of the stepper; thoughts, actions and observations have the colours of their roles. */
export const AGENT_STYLE = `
.bottega-agent { border: 1px solid var(--bottega-line); border-radius: 6px; background: var(--bottega-background); overflow: hidden; }
.bottega-agent .controls {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 6px;
  padding: 8px 14px;
  border-bottom: 1px solid var(--bottega-line);
  background: var(--bottega-surface);
}
.bottega-agent [role="status"] { margin-left: 8px; }
.bottega-agent .error { color: light-dark(#b3261e, #f2b8b5); }
.bottega-agent .turns { margin: 0; padding: 0; list-style: none; max-height: min(720px, 85vh); overflow: auto; }
.bottega-agent .turn { padding: 8px 14px 12px; border-bottom: 1px solid var(--bottega-line); }
.bottega-agent .turn:last-child { border-bottom: none; }
.bottega-agent header { display: flex; justify-content: space-between; align-items: center; }
.bottega-agent .thought { margin: 4px 0 6px; font: 13px/19px system-ui, sans-serif; }
.bottega-agent pre, .bottega-agent textarea {
  display: block;
  width: 100%;
  margin: 4px 0 0;
  padding: 2px 0 2px 11px;
  border: none;
  border-left: 3px solid var(--role);
  border-radius: 0;
  background: none;
  color: inherit;
  font: 12px/18px var(--bottega-mono);
  white-space: pre-wrap;
  overflow-wrap: anywhere;
  tab-size: 4;
}
.bottega-agent .action:empty { display: none; }
.bottega-agent :is(.action, .edit) { --role: light-dark(#0072b2, #56b4e9); }
.bottega-agent .observation { --role: light-dark(#009e73, #2cc79b); max-height: 24em; overflow: auto; color: var(--bottega-muted); }
.bottega-agent textarea { background: var(--bottega-surface); resize: vertical; }
.bottega-agent .edit button { margin: 6px 6px 2px 0; }
`;
