// @ts-check
// When a task is due: as words, and opened as a line that the server reads, a month, a time and its zone.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { Reading } from "../quickadd/reading.js";
import { isOver } from "../time/days.js";
import { fieldsOfDue, noDue, partsOfDue, wholeDueText } from "../ui/dues.js";
import { LightElement } from "../ui/light.js";
import { scopeFor } from "../ui/scopes.js";
import { changeFields } from "../ui/task-changes.js";
import "./date-grid.js";
import "./zone-field.js";

export class DueField extends LightElement {
  static properties = { app: { attribute: false }, row: { attribute: false }, isOpen: { state: true }, wanted: { state: true }, problem: { state: true } };

  constructor() {
    super();
    this.isOpen = false;
    this.problem = "";
    /** @type {import("../ui/dues.js").Parts} */
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

  /** @param {Map<string, any>} changed */
  willUpdate(changed) {
    if (changed.has("row") && changed.get("row")?.key !== this.row.key) this.isOpen = false;
  }

  render() {
    const { t, place } = this.app;
    const { row } = this;
    const text = wholeDueText(row, place);
    const isLate = row.due && !row.completed && isOver(row.due, place.now, place.today);
    return html`
      <button type="button" class=${text ? "value" : "value none"} aria-expanded=${this.isOpen} aria-controls="due-editor" @click=${() => (this.isOpen ? this.close() : this.open())}>
        ${text ? html`<time class=${isLate ? "over" : ""} datetime=${row.due_on ?? row.due_at}>${isLate ? t("row_due_late", { text }) : text}</time>` : t("add_due")}</button>
      <div class="editor" id="due-editor" role="group" aria-label=${t("do_due")} ?hidden=${!this.isOpen} @keydown=${(/** @type {KeyboardEvent} */ event) => this.press(event)}>${this.isOpen ? this.editor() : nothing}</div>`;
  }

  editor() {
    const { t } = this.app;
    const { day, time, zone, isFloating } = this.wanted;
    return html`
      <input type="text" class="wide" dir="auto" autocomplete="off" aria-label=${t("due_line")} placeholder=${t("due_line")} aria-describedby="due-read" aria-invalid=${this.problem ? "true" : nothing}
        @input=${(/** @type {any} */ event) => this.type(event.target.value)} @keydown=${(/** @type {KeyboardEvent} */ event) => this.enterLine(event)}>
      <p id="due-read" class="read" role="status">${this.problem ? html`<span class="why">${this.problem}</span>` : this.readText()}</p>
      <date-grid .app=${this.app} day=${day} @pick=${(/** @type {CustomEvent} */ { detail }) => this.pick(detail)}></date-grid>
      <div class="pair">
        <label for="due-time">${t("time")}</label>
        <span><input id="due-time" type="time" .value=${time} @change=${(/** @type {any} */ event) => this.set({ time: event.target.value })}>${time ? html`<button type="button" class="act" @click=${() => this.set({ time: "" })}>${t("whole_day")}</button>` : nothing}</span>
      </div>
      ${time ? html`<zone-field class="pair" .app=${this.app} zone=${zone} .isFloating=${isFloating} @choose=${(/** @type {CustomEvent} */ { detail }) => this.set({ zone: detail.time_zone ?? this.app.store.zone, isFloating: Boolean(detail.floating) })}></zone-field>` : nothing}
      <div class="buttons">
        ${this.row.due && !this.row.recurrence ? html`<button type="button" @click=${() => this.apply(noDue(this.row))}>${t("clear_due")}</button>` : nothing}
        <button type="button" @click=${() => this.close()}>${t("cancel")}</button>
        <button type="button" class="primary" ?disabled=${!day} @click=${() => this.save()}>${t("save")}</button>
      </div>`;
  }

  /** What the server has read in the line. */
  readText() {
    const answer = this.reading?.current();
    const chip = answer?.chips.find(({ kind }) => kind === "due");
    return chip && !answer?.title ? chip.means : answer ? this.app.t("no_day_read") : nothing;
  }

  open() {
    Object.assign(this, { isOpen: true, problem: "", wanted: partsOfDue(this.row, this.app.store.zone) });
    this.reading?.clear();
    void this.updateComplete.then(() => this.querySelector("input")?.focus());
  }

  close() {
    this.isOpen = false;
    this.isWaiting = false;
    this.querySelector("button")?.focus();
  }

  /** @param {Partial<import("../ui/dues.js").Parts>} parts */
  set(parts) {
    this.wanted = { ...this.wanted, ...parts };
  }

  /** @param {string} text */
  type(text) {
    Object.assign(this, { problem: "", isWaiting: false });
    this.reading?.type(text);
  }

  /** @param {KeyboardEvent & {target: any}} event */
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
    const { due_on: day, due_at: at, time_zone: zone } = answer.fields;
    if (answer.title || !(day || at)) this.problem = answer.problems.find(({ code }) => code !== "title_missing")?.detail ?? this.app.t("no_day_read");
    else this.apply(day ? { due_on: day } : { due_at: at, ...(zone ? { time_zone: zone } : {}) });
  }

  /** @param {{day: string, isFinal: boolean}} picked */
  pick({ day, isFinal }) {
    this.set({ day });
    if (isFinal) this.save();
  }

  save() {
    if (this.wanted.day) this.apply(fieldsOfDue(this.wanted));
  }

  /** @param {Record<string, any>} fields */
  apply(fields) {
    const { app, row } = this;
    this.close();
    void scopeFor(app, row, "due", (scope) => changeFields(app, row, fields, scope));
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    this.close();
  }
}

customElements.define("due-field", DueField);
