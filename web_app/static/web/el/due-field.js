// @ts-check
// When a task is due: as words, and opened as a line that the server reads, a month, a time and its zone.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { Reading } from "../quickadd/reading.js";
import { baseOf } from "../sync/bases.js";
import { isOver } from "../time/days.js";
import { fieldsOfDue, fieldsRead, noDue, partsOfDue, wholeDueText } from "../ui/dues.js";
import { TaskEditor } from "../ui/editors.js";
import { scopeFor } from "../ui/scopes.js";
import { changeFields } from "../ui/task-changes.js";
import "./date-grid.js";
import "./zone-field.js";

export class DueField extends TaskEditor {
  static properties = { app: { attribute: false }, row: { attribute: false }, isOpen: { state: true }, wanted: { state: true }, problem: { state: true } };

  constructor() {
    super("due");
    this.problem = this.line = "";
    /** @type {any} what the due was when the editor was opened: a change is made on top of it */
    this.base = null;
    this.wanted = { day: "", time: "", zone: "", isFloating: false };
    /** Whether Enter was pressed before the line was read. */
    this.isWaiting = false;
  }

  connectedCallback() {
    super.connectedCallback();
    this.reading = new Reading(this.app.api, this.app.store.zone);
    this.follow([[this.reading, "change"]]);
    this.reading.addEventListener("change", () => this.isWaiting && this.takeLine());
  }

  render() {
    const { t, place } = this.app;
    const { row } = this;
    const text = wholeDueText(row, place);
    const isLate = row.due && !row.completed && isOver(row.due, place.now, place.today);
    return html`
      <button type="button" class=${text ? "value" : "value none"} aria-expanded=${this.isOpen} aria-controls="due-editor" @click=${() => (this.isOpen ? this.close() : this.open())}>
        ${text ? html`<time class=${isLate ? "over" : ""} datetime=${row.due_on ?? row.due_at}>${isLate ? t("row_due_late", { text }) : text}</time>` : t("add_due")}</button>
      <div class="editor" id="due-editor" role="group" aria-label=${t("do_due")} ?hidden=${!this.isOpen} @keydown=${(event) => this.press(event)}>${this.isOpen ? this.editor() : nothing}</div>`;
  }

  editor() {
    const { t } = this.app;
    const { day, time, zone, isFloating } = this.wanted;
    return html`
      <input type="text" class="wide" dir="auto" autocomplete="off" aria-label=${t("due_line")} placeholder=${t("due_line")} aria-describedby="due-read" aria-invalid=${this.problem ? "true" : nothing} .value=${this.line}
        @input=${(event) => this.type(event.target.value)} @keydown=${(event) => this.enterLine(event)}>
      <p id="due-read" class="read" role="status">${this.problem ? html`<span class="why">${this.problem}</span>` : this.readText()}</p>
      <date-grid .app=${this.app} day=${day} @pick=${({ detail }) => this.pick(detail)}></date-grid>
      <div class="pair">
        <label for="due-time">${t("time")}</label>
        <span><input id="due-time" type="time" .value=${time} @change=${(event) => this.set({ time: event.target.value })}>${time ? html`<button type="button" class="act" @click=${() => this.set({ time: "" })}>${t("whole_day")}</button>` : nothing}</span>
      </div>
      ${time ? html`<zone-field class="pair" .app=${this.app} zone=${zone} .isFloating=${isFloating} @choose=${({ detail }) => this.set({ zone: detail.time_zone ?? this.app.store.zone, isFloating: Boolean(detail.floating) })}></zone-field>` : nothing}
      <div class="buttons">
        ${this.row.due && !this.row.recurrence ? html`<button type="button" @click=${() => this.apply(noDue(this.row))}>${t("clear_due")}</button>` : nothing}
        <button type="button" @click=${() => this.close()}>${t("cancel")}</button>
        <button type="button" class="primary" ?disabled=${!day} @click=${() => this.save()}>${t("save")}</button>
      </div>`;
  }

  /** What the server has read in the line. */
  readText() {
    const answer = this.reading?.current();
    return (answer?.title ? "" : answer?.chips.find(({ kind }) => kind === "due")?.means) || (answer ? this.app.t("no_day_read") : nothing);
  }

  /** @param {any} [kept] what stood in it before, if it was not closed */
  open(kept) {
    const now = { wanted: partsOfDue(this.row, this.app.store.zone), line: "", base: baseOf({ due_on: null }, this.row) };
    Object.assign(this, { isOpen: true, problem: "", ...now, ...kept });
    this.reading?.clear();
    if (kept) return void this.reading?.type(this.line);
    void this.updateComplete.then(() => this.querySelector("input")?.focus());
  }

  close() {
    this.isOpen = this.isWaiting = false;
    this.keep(null);
    this.querySelector("button")?.focus();
  }

  set(parts, line = this.line) {
    Object.assign(this, { wanted: { ...this.wanted, ...parts }, line });
    this.keep({ wanted: this.wanted, line, base: this.base });
  }

  type(line) {
    Object.assign(this, { problem: "", isWaiting: false });
    this.set({}, line);
    this.reading?.type(line);
  }

  enterLine(event) {
    if (event.key !== "Enter" || event.isComposing || event.repeat) return;
    event.preventDefault();
    if (!event.target.value.trim()) return this.save();
    if (this.app.engine.state === "offline") this.problem = this.app.t("needs_network");
    this.isWaiting = true;
    this.takeLine();
  }

  /** Take the due that was read, once it is read. */
  takeLine() {
    const answer = this.reading?.current();
    if (!answer) return;
    this.isWaiting = false;
    const fields = fieldsRead(answer);
    if (fields) this.apply(fields);
    else this.problem = answer.problems.find(({ code }) => code !== "title_missing")?.detail ?? this.app.t("no_day_read");
  }

  pick({ day, isFinal }) {
    this.set({ day });
    if (isFinal) this.save();
  }

  save() {
    if (this.wanted.day && this.isWhole()) this.apply(fieldsOfDue(this.wanted));
  }

  apply(fields) {
    const { app, row, base } = this;
    this.close();
    void scopeFor(app, row, "due", (scope) => changeFields(app, row, fields, scope, base));
  }
}

customElements.define("due-field", DueField);
