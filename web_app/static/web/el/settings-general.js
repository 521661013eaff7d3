// @ts-check
// Settings of the account that all its devices follow: zone, first day of the week.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { changeAccount } from "../ui/account_fields.js";
import { LightElement } from "../ui/light.js";

const DAYS = ["mo", "tu", "we", "th", "fr", "sa", "su"];
/** A Monday. */
const MONDAY = Date.UTC(2024, 0, 1);

export class SettingsGeneral extends LightElement {
  static properties = { app: { attribute: false }, problems: { state: true } };

  constructor() {
    super();
    this.problems = {};
  }

  render() {
    const { t, user, locale } = this.app;
    const zones = Intl.supportedValuesOf("timeZone");
    const names = new Intl.DateTimeFormat(locale, { weekday: "long", timeZone: "UTC" });
    const wrong = this.problems[""] ?? this.problems.week_start;
    return html`
      <div class="field"><label for="zone">${t("time_zone")}</label>
        <input id="zone" list="zones" autocomplete="off" spellcheck="false" .value=${user.time_zone} aria-describedby="zone-note" aria-invalid=${this.problems.time_zone ? "true" : nothing} @change=${(event) => void this.setZone(event.target.value.trim())}>
        <datalist id="zones">${zones.map((zone) => html`<option value=${zone}></option>`)}</datalist>
        <p id="zone-note" class=${this.problems.time_zone ? "why" : "note"}>${this.problems.time_zone ? html`<span lang="en">${this.problems.time_zone}</span>` : t("time_zone_note")}</p></div>
      <div class="field"><label for="week">${t("week_start")}</label>
        <select id="week" @change=${(event) => void this.save({ week_start: event.target.value })}>${DAYS.map((day, at) => html`<option value=${day} ?selected=${day === user.week_start}>${names.format(MONDAY + at * 86_400_000)}</option>`)}</select></div>
      <div class="field"><span class="label">${t("language")}</span><p>${t("language_note", { locale })}</p></div>
      ${wrong ? html`<p class="why" role="alert" lang="en">${wrong}</p>` : nothing}`;
  }

  /** Days mean others in another zone: the page begins again. */
  async setZone(zone) {
    if (zone === this.app.user.time_zone) return;
    if (await this.save({ time_zone: zone })) location.reload();
  }

  async save(fields) {
    const problems = await changeAccount(this.app, fields);
    this.problems = problems ?? {};
    this.requestUpdate();
    return !problems;
  }
}

customElements.define("settings-general", SettingsGeneral);
