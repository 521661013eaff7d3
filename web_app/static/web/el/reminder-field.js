// @ts-check
// The reminders of a task, in words, with when each comes: added, changed, put off and taken away.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { instantOf, parseOffset } from "../time/offset-times.js";
import { zoneOfDue } from "../ui/dues.js";
import { TaskEditor } from "../ui/editors.js";
import { icon } from "../ui/icons.js";
import { fateText, reminderWords } from "../ui/reminder-words.js";
import { changeReminder } from "../ui/task-changes.js";
import "./reminder-form.js";

const MOST = 20;
const PUT_OFF = [10, 60, 1440];

export class ReminderField extends TaskEditor {
  static properties = { app: { attribute: false }, row: { attribute: false }, opened: { state: true } };

  constructor() {
    super("reminder");
    /** @type {any} what stood in its form before the page ended */
    this.kept = undefined;
  }

  /** `opened`: which one is changed, "new" for another one, or null. */
  get isOpen() { return this.opened !== null; }
  set isOpen(_) { this.opened = null; }

  open(before) {
    Object.assign(this, before);
  }

  render() {
    const { t } = this.app;
    const { reminders, completed } = this.row;
    const isFull = reminders.length >= MOST;
    return html`
      <ul class="reminders">${repeat(reminders, ({ id }) => id, (reminder) => this.item(reminder))}</ul>
      ${completed ? nothing : html`<button type="button" class="value none" aria-expanded=${this.opened === "new"} ?disabled=${isFull} @click=${() => this.toggle("new")}>${t("add_reminder")}</button>`}
      ${isFull ? html`<p class="read">${t("reminders_full", { most: MOST })}</p>` : nothing}
      ${this.opened === "new" ? this.form(null) : nothing}`;
  }

  item(reminder) {
    const { t, place } = this.app;
    const words = reminderWords(reminder, this.row, place);
    const isSaved = typeof reminder.id === "number";
    const isOpen = this.opened === reminder.id;
    return html`<li data-status=${reminder.status}>
      <button type="button" class="value" aria-expanded=${isOpen} ?disabled=${!isSaved || this.row.completed} @click=${() => this.toggle(reminder.id)}>${words}<span class="count">${isSaved ? fateText(reminder, place) : t("row_waiting")}</span></button>
      <button type="button" class="quiet" aria-label=${t("remove_reminder", { words })} @click=${() => this.remove(reminder)}>${icon("close")}</button>
      ${isOpen ? this.form(reminder) : nothing}</li>`;
  }

  /** @param {any} reminder null for a new one */
  form(reminder) {
    const { t, store } = this.app;
    return html`<div class="editor" role="group" aria-label=${t(reminder ? "change_reminder" : "add_reminder")} @keydown=${(event) => this.press(event)}>
      ${reminder ? html`<div class="buttons">${PUT_OFF.map((minutes) => html`<button type="button" @click=${() => this.snooze(reminder, store.now() + minutes * 60_000)}>${t(`snooze_${minutes}`)}</button>`)}</div>` : nothing}
      <reminder-form .app=${this.app} .row=${this.row} .reminder=${reminder} .kept=${this.kept} @keep=${({ detail }) => this.keep({ opened: this.opened, kept: detail })} @cancel=${() => this.close()} @set=${({ detail }) => this.set(reminder, detail)}></reminder-form></div>`;
  }

  /** Open the form of a new one, as it was left. */
  async begin() {
    await this.reopen();
    if (this.isOpen) this.querySelector("select")?.focus();
    else this.toggle("new");
  }

  toggle(which) {
    this.opened = this.opened === which ? null : which;
    this.forget();
    if (this.opened !== null) void this.updateComplete.then(() => this.querySelector("select")?.focus());
  }

  forget() {
    this.kept = undefined;
    this.keep(null);
  }

  close() {
    const button = this.querySelector("[aria-expanded=true]");
    this.opened = null;
    this.forget();
    if (button instanceof HTMLElement) button.focus();
  }

  set(reminder, wanted) {
    this.close();
    const args = reminder ? { id: reminder.id, ...wanted } : wanted;
    changeReminder(this.app, this.row, { op: reminder ? "change_reminder" : "add_reminder", args, reminder: this.shown(wanted) });
  }

  /** What is shown until the server has answered. */
  shown({ offset = "", at }) {
    const read = parseOffset(offset);
    const instant = at ? Date.parse(at) : read ? instantOf(this.row, read, zoneOfDue(this.row, this.app.store.zone)) : NaN;
    return { offset: offset || null, at: at ?? null, fire_at: Number.isNaN(instant) ? null : new Date(instant).toISOString(), status: "pending", reason: null, late: false };
  }

  snooze(reminder, instant) {
    this.close();
    const until = new Date(instant).toISOString();
    changeReminder(this.app, this.row, { op: "snooze_reminder", args: { id: reminder.id, until }, reminder: { fire_at: until, status: "pending", reason: null, late: false } });
  }

  /** One that waits to be added is taken back. */
  remove(reminder) {
    this.querySelector("button")?.focus();
    if (typeof reminder.id === "number") changeReminder(this.app, this.row, { op: "remove_reminder", args: { id: reminder.id } });
    else this.app.actions.undo(reminder.id);
  }
}

customElements.define("reminder-field", ReminderField);
