// @ts-check
// When a reminder shall come: one of the usual ones, any time before or after the due, or a moment. A moment that has
// passed is refused here. "set" comes with `{offset}` or `{at}`.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { dayAt } from "../time/days.js";
import { isoOffset, parseOffset } from "../time/offset-times.js";
import { instantToWall, wallToInstant } from "../time/zones.js";
import { LightElement } from "../ui/light.js";
import { reminderWords } from "../ui/reminder-words.js";

const OF_TIME = ["PT0S", "-PT10M", "-PT30M", "-PT1H", "-P1D"];
const OF_DAY = ["PT9H", "PT18H", "-PT15H", "-P1D"];
const UNITS = { minutes: 1, hours: 60, days: 1440, weeks: 10_080 };

export class ReminderForm extends LightElement {
  static properties = { app: { attribute: false }, row: { attribute: false }, reminder: { attribute: false }, choice: { state: true }, problem: { state: true } };

  constructor() {
    super();
    this.choice = "";
    this.problem = "";
    /** @type {any} what was written and not saved; no property: it must not set the field that is written */
    this.kept = undefined;
  }

  connectedCallback() {
    super.connectedCallback();
    void this.updateComplete.then(() => this.begin());
  }

  begin() {
    const { reminder } = this;
    const usual = this.usual();
    const offered = usual.length ? [...usual, "own", "moment"] : ["moment"];
    if (offered.includes(this.kept?.choice)) this.choice = this.kept.choice;
    else if (!reminder) this.choice = usual[usual.length > 4 ? 2 : 0] ?? "moment";
    else this.choice = reminder.offset ? (usual.includes(reminder.offset) ? reminder.offset : "own") : "moment";
  }

  /** The usual offsets for the kind of due there is; none without one. */
  usual() {
    return this.row.due_on ? OF_DAY : this.row.due_at ? OF_TIME : [];
  }

  render() {
    const { t, place } = this.app;
    const usual = this.usual();
    return html`<form class="remind" novalidate @input=${this.keep} @change=${this.keep} @submit=${(event) => this.submit(event)}>
      <div class="pair"><label for="remind-when">${t("remind")}</label>
        <select id="remind-when" @change=${(event) => Object.assign(this, { choice: event.target.value, problem: "" })}>
          ${usual.map((offset) => html`<option value=${offset} ?selected=${offset === this.choice}>${reminderWords({ offset }, this.row, place)}</option>`)}
          ${usual.length ? html`<option value="own" ?selected=${this.choice === "own"}>${t("remind_own")}</option>` : nothing}
          <option value="moment" ?selected=${this.choice === "moment"}>${t("remind_moment")}</option>
        </select></div>
      ${this.choice === "own" ? this.own() : this.choice === "moment" ? this.moment() : nothing}
      <p class="read why" role="alert">${this.problem}</p>
      <div class="buttons"><button type="button" @click=${() => this.dispatchEvent(new Event("cancel"))}>${t("cancel")}</button><button type="submit" class="primary">${t("save")}</button></div>
    </form>`;
  }

  own() {
    const { t } = this.app;
    const given = parseOffset(this.reminder?.offset ?? "-PT15M");
    const minutes = given ? given.days * 1440 + given.minutes : 15;
    const unit = Object.keys(UNITS).reverse().find((name) => minutes % UNITS[name] === 0) ?? "minutes";
    const { count, unit: chosen, side } = { count: String(minutes / UNITS[unit]), unit, side: String(given?.sign ?? -1), ...this.kept };
    return html`<div class="own">
      <input type="number" name="count" min="0" max="9999" aria-label=${t("remind_count")} .value=${count}>
      <select name="unit" aria-label=${t("remind_unit")}>${Object.keys(UNITS).map((name) => html`<option value=${name} ?selected=${name === chosen}>${t(`units_${name}`)}</option>`)}</select>
      <select name="side" aria-label=${t("remind_side")}><option value="-1" ?selected=${side !== "1"}>${t("side_before")}</option><option value="1" ?selected=${side === "1"}>${t("side_after")}</option></select></div>`;
  }

  moment() {
    const { t, store } = this.app;
    const at = this.reminder?.at ? Date.parse(this.reminder.at) : (this.inAnHour ??= store.now() + 3_600_000);
    const { hour, minute } = instantToWall(at, store.zone);
    const two = (number) => String(number).padStart(2, "0");
    return html`<div class="pair"><label for="remind-at">${t("remind_at")}</label><input id="remind-at" name="at" type="datetime-local" aria-invalid=${this.problem ? "true" : nothing} .value=${this.kept?.at ?? `${dayAt(at, store.zone)}T${two(hour)}:${two(minute)}`}></div>`;
  }

  /** "keep" comes with what stands in the form. A date that is half written has no value. */
  keep({ currentTarget }) {
    const given = [...new FormData(/** @type {HTMLFormElement} */ (currentTarget))].filter(([, value]) => value);
    this.kept = { ...this.kept, ...Object.fromEntries(given), choice: this.choice };
    this.dispatchEvent(new CustomEvent("keep", { detail: this.kept }));
  }

  submit(event) {
    event.preventDefault();
    const count = /** @type {HTMLInputElement | null} */ (this.querySelector("[name=count]"));
    if (count?.validity.badInput) return void count.reportValidity();
    const given = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const detail = this.choice === "moment" ? this.momentOf(String(given.get("at"))) : { offset: this.choice === "own" ? this.offsetOf(given) : this.choice };
    if (detail) this.dispatchEvent(new CustomEvent("set", { detail }));
  }

  offsetOf(given) {
    const unit = String(given.get("unit"));
    const count = Math.max(0, Math.floor(Number(given.get("count"))) || 0);
    const isOfDays = unit === "days" || unit === "weeks";
    const minutes = count * UNITS[unit];
    return isoOffset({ sign: given.get("side") === "1" ? 1 : -1, days: isOfDays ? minutes / 1440 : 0, minutes: isOfDays ? 0 : minutes });
  }

  momentOf(text) {
    const [year, month, day, hour, minute] = text.split(/\D/).map(Number);
    const instant = text ? wallToInstant({ year, month, day, hour, minute, second: 0 }, this.app.store.zone) : NaN;
    this.problem = Number.isNaN(instant) ? this.app.t("remind_no_moment") : instant <= this.app.store.now() ? this.app.t("remind_past") : "";
    return this.problem ? null : { at: new Date(instant).toISOString() };
  }
}

customElements.define("reminder-form", ReminderForm);
