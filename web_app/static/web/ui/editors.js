// @ts-check
// Editors of a task, opened in place. What stands in one is kept with each change, for each tab: when its page has ended,
// or another task was looked at, it is open again with it. Closing it forgets it.
import { LightElement } from "./light.js";

/** Has `isOpen`, `open(kept)` with what stood in it, and `close()`. */
export class TaskEditor extends LightElement {
  /** @param {string} kind how what is kept of it is named */
  constructor(kind) {
    super();
    this.kind = kind;
    this.isOpen = false;
  }

  connectedCallback() {
    super.connectedCallback();
    void this.updateComplete.then(() => this.reopen());
  }

  willUpdate(changed) {
    if (!changed.get("row") || changed.get("row").key === this.row.key) return;
    this.isOpen = false;
    void this.reopen();
  }

  get draft() { return `${this.kind} ${this.row.key} ${this.app.engine.tabs.id}`; }

  /** @param {any} values null: they are kept no longer */
  keep(values) {
    void this.app.disk.putDraft(this.draft, values ? JSON.stringify(values) : "");
  }

  /** Open it with what was kept of it here, or by a tab that has ended. */
  async reopen() {
    const { app, draft, row: { key } } = this;
    await app.disk.takeLine(draft, (kept) => this.isConnected && this.row.key === key && !this.isOpen && (this.open(JSON.parse(kept)), true));
  }

  /** Esc is for the editor alone. */
  press(event) {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    this.close();
  }

  /** Whether all in it can be read; of a field that is half written the browser says so. */
  isWhole() {
    return [...this.querySelectorAll("input")].every((field) => field.reportValidity());
  }
}
