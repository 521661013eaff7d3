// @ts-check
// The parts of a usual rule: every how many, on which weekdays, and until when. "set" comes with those that are changed.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { dayName } from "../time/months.js";
import { LightElement } from "../ui/light.js";
import { WEEKDAYS } from "../ui/rules.js";

/** A week of which each weekday is known: this day was a Monday. */
const MONDAY = 4;

export class RuleForm extends LightElement {
  static properties = { app: { attribute: false }, parts: { attribute: false } };

  render() {
    const { t } = this.app;
    const { kind, interval, weekdays } = this.parts;
    return html`
      <div class="pair"><label for="rule-interval">${t("rule_every")}</label>
        <span><input id="rule-interval" type="number" min="1" max="1000" .value=${String(interval)} @change=${(event) => this.set({ interval: whole(event.target.value) })}> ${t(`unit_${kind}`, { count: interval })}</span></div>
      ${kind === "weekly" ? html`<fieldset class="weekdays"><legend class="unseen">${t("rule_weekdays")}</legend>${WEEKDAYS.map((day, at) => html`<label><input type="checkbox" .checked=${weekdays.includes(day)} @change=${() => this.turn(day)}><span>${this.name(at)}</span></label>`)}</fieldset>` : nothing}
      ${this.end()}`;
  }

  end() {
    const { t } = this.app;
    const { ends, until, count } = this.parts;
    return html`<div class="pair"><label for="rule-ends">${t("rule_ends")}</label><span>
      <select id="rule-ends" @change=${(event) => this.set({ ends: event.target.value })}>${["never", "on", "after"].map((each) => html`<option value=${each} ?selected=${each === ends}>${t(`ends_${each}`)}</option>`)}</select>
      ${ends === "on" ? html`<input type="date" aria-label=${t("ends_on")} .value=${until} @change=${(event) => this.set({ until: event.target.value })}>` : nothing}
      ${ends === "after" ? html`<input type="number" min="1" max="10000" aria-label=${t("ends_after")} .value=${String(count)} @change=${(event) => this.set({ count: whole(event.target.value) })}>` : nothing}</span></div>`;
  }

  /** @param {number} at from Monday on */
  name(at) {
    return dayName(`2021-01-${String(MONDAY + at).padStart(2, "0")}`, this.app.locale, { weekday: "short" });
  }

  turn(day) {
    const on = new Set(this.parts.weekdays);
    if (!on.delete(day)) on.add(day);
    this.set({ weekdays: WEEKDAYS.filter((each) => on.has(each)) });
  }

  set(detail) {
    this.dispatchEvent(new CustomEvent("set", { detail }));
  }
}

const whole = (text) => Math.max(1, Math.floor(Number(text)) || 1);

customElements.define("rule-form", RuleForm);
