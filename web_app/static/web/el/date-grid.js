// @ts-check
// A month in which a day is chosen, by the keys of the ARIA Authoring Practices: arrows, Home and End of the week, PageUp
// and PageDown by month, with Shift by year. Days are texts: no zone moves them. "pick" comes with the day that was
// chosen, and `isFinal` where Enter says that this is all.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { addDays } from "../time/days.js";
import { FIRST_DAY, LAST_DAY, addMonths, dayName, startOfWeek, weekdayNumber, weeksOf, within } from "../time/months.js";
import { icon } from "../ui/icons.js";
import { LightElement } from "../ui/light.js";
import "../ui/more_icons.js";

export class DateGrid extends LightElement {
  static properties = { app: { attribute: false }, day: {}, at: { state: true } };

  constructor() {
    super();
    this.day = "";
    /** The day that Tab reaches. */
    this.at = "";
  }

  willUpdate(changed) {
    if (changed.has("day") || !this.at) this.at = this.day || this.app.place.today;
  }

  render() {
    const { t, locale, user } = this.app;
    const start = weekdayNumber(user.week_start);
    const weeks = weeksOf(this.at.slice(0, 7), start);
    return html`
      <div class="month-line">
        ${this.turn(-12, "first", t("year_before"))}${this.turn(-1, "previous", t("month_before"))}
        <h3 id="month-name" aria-live="polite">${dayName(`${this.at.slice(0, 7)}-01`, locale, { month: "long", year: "numeric" })}</h3>
        ${this.turn(1, "next", t("month_after"))}${this.turn(12, "last", t("year_after"))}
      </div>
      <table role="grid" aria-labelledby="month-name" @keydown=${(event) => this.press(event)}>
        <thead><tr>${weeks[0].map((day) => html`<th scope="col" abbr=${dayName(day, locale, { weekday: "long" })}>${dayName(day, locale, { weekday: "short" })}</th>`)}</tr></thead>
        <tbody>${weeks.map((week) => html`<tr>${week.map((day) => this.cell(day))}</tr>`)}</tbody>
      </table>`;
  }

  /** @param {number} count months */
  turn(count, drawing, label) {
    return html`<button type="button" class="quiet" aria-label=${label} @click=${() => { this.at = within(addMonths(this.at, count)); }}>${icon(drawing)}</button>`;
  }

  cell(day) {
    const { place, locale } = this.app;
    const isOther = day.slice(0, 7) !== this.at.slice(0, 7);
    if (day < FIRST_DAY || day > LAST_DAY) return html`<td></td>`;
    return html`<td role="gridcell" data-day=${day} class=${isOther ? "other-month" : ""} tabindex=${day === this.at ? 0 : -1} aria-selected=${day === this.day} aria-current=${day === place.today ? "date" : nothing}
      aria-label=${dayName(day, locale, { weekday: "long", day: "numeric", month: "long", year: "numeric" })} @click=${() => this.pick(day)}>${Number(day.slice(8))}</td>`;
  }

  press(event) {
    const isChoice = event.key === "Enter" || event.key === " ";
    const to = isChoice ? this.at : this.moved(event);
    if (!to || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (isChoice && !event.repeat) return this.pick(this.at, event.key === "Enter");
    this.at = within(to);
    void this.updateComplete.then(() => this.focusDay());
  }

  /** The day that a key leads to; "" for other keys. */
  moved({ key, shiftKey }) {
    const start = weekdayNumber(this.app.user.week_start);
    const ahead = getComputedStyle(this).direction === "rtl" ? -1 : 1;
    switch (key) {
      case "ArrowRight": return addDays(this.at, ahead);
      case "ArrowLeft": return addDays(this.at, -ahead);
      case "ArrowDown": return addDays(this.at, 7);
      case "ArrowUp": return addDays(this.at, -7);
      case "Home": return startOfWeek(this.at, start);
      case "End": return addDays(startOfWeek(this.at, start), 6);
      case "PageDown": return addMonths(this.at, shiftKey ? 12 : 1);
      case "PageUp": return addMonths(this.at, shiftKey ? -12 : -1);
      default: return "";
    }
  }

  focusDay() {
    const cell = this.querySelector('td[tabindex="0"]');
    if (cell instanceof HTMLElement) cell.focus();
  }

  pick(day, isFinal = false) {
    this.at = day;
    this.dispatchEvent(new CustomEvent("pick", { detail: { day, isFinal } }));
  }
}

customElements.define("date-grid", DateGrid);
