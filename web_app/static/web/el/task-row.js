// @ts-check
// One task in a list: done box, title, and what else is to be known, in the order in which it is read.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { dueText, reminderText } from "../time/format.js";
import { icon } from "../ui/icons.js";
import { LightElement } from "../ui/light.js";

const MOST_TITLE = 200;
/** How `ui/drafts.js` finds the titles that were being edited when the page ended. */
const TITLE_DRAFT = "title ";

export class TaskRow extends LightElement {
  static properties = { app: { attribute: false }, row: { attribute: false }, place: { attribute: false }, section: {}, isCurrent: { attribute: false }, isSelected: { attribute: false }, isAway: { attribute: false }, isEditing: { state: true } };

  constructor() {
    super();
    this.isEditing = false;
    this.addEventListener("edit", () => this.edit());
  }

  render() {
    const { row } = this;
    const { t } = this.app;
    const stop = this.isCurrent ? 0 : -1;
    return html`
      <input type="checkbox" class="done" tabindex=${stop} data-priority=${row.priority} .checked=${Boolean(row.completed)}
        aria-label=${t(row.completed ? "reopen" : "complete", { title: row.title })} @change=${() => this.toggle()}>
      <div class="body">
        ${this.isEditing ? this.field() : html`<button type="button" class="title" tabindex=${stop} @click=${() => this.app.openTask(this.row.key)}><bdi dir="auto">${row.title}</bdi>${this.isSelected ? html`<span class="unseen">, ${t("is_selected")}</span>` : nothing}</button>`}
        ${this.details(stop)}
      </div>
      <button type="button" class="quiet other" tabindex=${stop} aria-haspopup="dialog" aria-label=${t("row_menu", { title: row.title })} @click=${() => void this.app.choose("menu", [row])}>${icon("more")}</button>`;
  }

  /** @param {number} stop whether the links are reached by Tab */
  details(stop) {
    const { row, place, section } = this;
    const { t } = this.app;
    const due = dueText(row, place, { omitDay: section === "today" || section === "tomorrow" || /^\d/.test(section) });
    const reminder = reminderText(row, place);
    const parts = [
      due?.text ? html`<time class=${due.over ? "over" : ""} datetime=${due.datetime}>${due.over ? html`<span class="unseen">${t("row_due_late", { text: "" })}</span>` : nothing}${due.text}</time>` : null,
      row.recurrence ? html`<span>${icon("repeat")}${row.recurrence.text || t("row_repeats")}</span>` : null,
      reminder ? html`<span>${icon("bell")}<span class="unseen">${t("row_reminder", { text: "" })}</span>${reminder}</span>` : null,
      row.priority !== "medium" ? html`<span class="priority" data-priority=${row.priority}>${icon("flag")}${t(row.priority)}</span>` : null,
      ...row.tags.map((tag) => html`<a class="tag" data-tag=${tag} tabindex=${stop} href="/app/tag/${encodeURIComponent(tag)}"><bdi>#${tag}</bdi></a>`),
      this.syncMark(),
    ].filter(Boolean);
    return parts.length ? html`<div class="details">${parts}</div>` : nothing;
  }

  syncMark() {
    const { sync, reading } = this.row;
    if (sync === "blocked") return html`<button type="button" class="mark blocked" @click=${() => this.decide()}>${icon("alert")}${this.app.t("row_blocked")}</button>`;
    if (!this.isAway) return null; // what is sent at once needs no mark
    return html`<span class="mark">${icon("clock")}${this.app.t(reading ? "row_reading" : "row_waiting")}</span>`;
  }

  /** Show what a person has to decide about this task. */
  decide() {
    const { engine } = this.app;
    const mine = engine.outbox.queue.inOrder().find((each) => each.task === this.row.id && each.state === "blocked");
    void (mine?.last_error?.code === "conflict" ? this.app.open("conflict-sheet", { key: mine.key }) : this.app.open("outbox-sheet"));
  }

  field() {
    return html`<input class="edit" type="text" .value=${this.row.title} maxlength=${MOST_TITLE} dir="auto" aria-label=${this.app.t("title_of")}
      @input=${() => this.keepDraft(this.input()?.value ?? "")} @keydown=${(event) => this.press(event)} @blur=${() => this.save()}>`;
  }

  edit() {
    if (this.row.completed) return;
    this.isEditing = true;
    void this.updateComplete.then(() => this.input()?.select());
  }

  /** @returns {HTMLInputElement | null} */
  input() {
    return this.querySelector("input.edit");
  }

  press(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" || event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.save({ discard: event.key === "Escape" && this.input()?.value === this.row.title });
      void this.updateComplete.then(() => this.querySelector(".title")?.focus());
    }
  }

  /** What was typed survives the end of the page, however it comes. @param {string} text */
  keepDraft(text, row = this.row) {
    void this.app.disk.putDraft(`${TITLE_DRAFT}${row.id}`, text);
  }

  /** A task that was made here gets its id while its title is edited: the draft goes with it. @param {Map<string, any>} changed */
  willUpdate(changed) {
    const before = changed.get("row");
    const typed = this.isEditing ? this.input()?.value : undefined;
    if (!before || before.id === this.row.id || typed === undefined || typed === before.title) return;
    this.keepDraft("", before);
    this.keepDraft(typed);
  }

  /** Leaving the field in any way keeps what was typed. @param {{discard?: boolean}} [options] */
  save({ discard = false } = {}) {
    const title = this.input()?.value.trim();
    if (!this.isEditing) return;
    this.isEditing = false;
    this.keepDraft("");
    if (!discard && title) this.app.actions.change(this.row, { title });
  }

  toggle() {
    this.app.actions.toggle(this.row);
  }
}

customElements.define("task-row", TaskRow);
