// @ts-check
// Personal tokens: what programs use in the name of their user. The text of a new one is shown once.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { dayAt } from "../time/days.js";
import { dayText } from "../time/format.js";
import { call, callOrSay } from "../ui/direct.js";
import { problemsOf } from "../ui/form_field.js";
import { LightElement } from "../ui/light.js";

const PATH = "/api/auth/personal-tokens/";
const SCOPES = ["tasks:read", "tasks:write", "chat"];
const DAYS = [30, 90, 365];

export class SettingsTokens extends LightElement {
  static properties = { app: { attribute: false }, rows: { state: true }, made: { state: true }, problems: { state: true } };

  constructor() {
    super();
    this.rows = [];
    this.made = "";
    this.problems = {};
  }

  firstUpdated() {
    void this.look();
  }

  async look() {
    const answer = await call(this.app, "GET", `${PATH}?limit=100`);
    if (answer?.status === 200) this.rows = answer.body.results;
  }

  render() {
    const { t } = this.app;
    const wrong = this.problems.name ?? this.problems.scopes ?? this.problems[""];
    return html`
      <p class="note">${t("tokens_note")}</p>
      ${this.rows.length ? html`<ul class="items">${this.rows.map((row) => this.row(row))}</ul>` : nothing}
      ${this.made ? html`<div class="made" role="status"><p>${t("token_made")}</p><code>${this.made}</code><button type="button" class="act" @click=${() => void navigator.clipboard?.writeText(this.made)}>${t("copy")}</button></div>` : nothing}
      <form class="field" @submit=${(event) => void this.make(event)}>
        <label for="token-name">${t("token_name")}</label><input id="token-name" name="name" required maxlength="60" autocomplete="off" aria-describedby=${wrong ? "token-why" : nothing}>
        <fieldset><legend>${t("token_scopes")}</legend><div class="choices">${SCOPES.map((scope, at) => html`<label><input type="checkbox" name="scopes" value=${scope} .checked=${at === 0}>${t(`scope_${scope}`)}</label>`)}</div></fieldset>
        <label for="token-days">${t("token_days")}</label><select id="token-days" name="days">${DAYS.map((days) => html`<option value=${days} ?selected=${days === 365}>${t("for_days", { count: days })}</option>`)}<option value="">${t("until_revoked")}</option></select>
        ${wrong ? html`<p id="token-why" class="why" role="alert" lang="en">${wrong}</p>` : nothing}
        <p class="acts"><button class="plain-button">${t("token_make")}</button></p></form>`;
  }

  row({ id, name, prefix, state, scopes, last_used_at: used }) {
    const { t, place } = this.app;
    const last = used ? t("last_used", { day: dayText(dayAt(Date.parse(used), place.zone), place.today, place) }) : t("never_used");
    return html`<li><span class="about"><bdi dir="auto">${name}</bdi><span class="details"><bdi>${prefix}…</bdi><span>${scopes.map((scope) => t(`scope_${scope}`)).join(", ")}</span><span>${state === "live" ? last : t(`token_${state}`)}</span></span></span>
      <button type="button" class="act" aria-label=${t("revoke_of", { name })} @click=${() => void this.revoke(id)}>${t("revoke")}</button></li>`;
  }

  async make(event) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const given = new FormData(form);
    const days = String(given.get("days") ?? "");
    const body = { name: given.get("name"), scopes: given.getAll("scopes"), expires_in_days: days ? Number(days) : null };
    const answer = await call(this.app, "POST", PATH, { body });
    this.problems = answer?.status === 201 ? {} : problemsOf(this.app, answer);
    if (answer?.status !== 201) return;
    this.made = answer.body.token;
    form.reset();
    await this.look();
  }

  async revoke(id) {
    await callOrSay(this.app, "DELETE", `${PATH}${id}/`);
    await this.look();
  }
}

customElements.define("settings-tokens", SettingsTokens);
