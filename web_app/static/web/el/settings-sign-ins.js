// @ts-check
// The account: its password, and where it is signed in.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { dayAt } from "../time/days.js";
import { dayText, timeText } from "../time/format.js";
import { call, callOrSay, fieldProblems, problemText } from "../ui/direct.js";
import { LightElement } from "../ui/light.js";
import { deviceName } from "../ui/push_device.js";

const PATH = "/api/auth/sign-ins/";

export class SettingsSignIns extends LightElement {
  static properties = { app: { attribute: false }, rows: { state: true }, problems: { state: true }, told: { state: true } };

  constructor() {
    super();
    /** @type {any[]} */
    this.rows = [];
    /** @type {Record<string, string>} */
    this.problems = {};
    this.told = "";
  }

  firstUpdated() {
    void this.look();
  }

  async look() {
    const answer = await call(this.app, "GET", PATH);
    if (answer?.status === 200) this.rows = answer.body.results;
    else this.problems = { "": problemText(this.app, answer) };
  }

  render() {
    const { t, user } = this.app;
    return html`
      <form class="field" @submit=${(/** @type {SubmitEvent} */ event) => void this.setPassword(event)}>
        <input type="text" name="username" autocomplete="username" .value=${user.username} hidden>
        ${this.field("current_password", "current-password")}${this.field("new_password", "new-password")}
        <p class="acts"><button class="plain-button">${t("change_password")}</button></p><p role="status">${this.told}</p></form>
      ${this.problems[""] ? html`<p class="why" role="alert" lang="en">${this.problems[""]}</p>` : nothing}
      <h3>${t("sign_ins")}</h3>
      <ul class="items">${this.rows.map((row) => this.row(row))}</ul>
      ${this.rows.length > 1 ? html`<p class="acts"><button type="button" class="plain-button" @click=${() => void this.endOthers()}>${t("end_others")}</button></p>` : nothing}`;
  }

  /** @param {string} name @param {string} kind */
  field(name, kind) {
    const wrong = this.problems[name];
    return html`<label for=${name}>${this.app.t(name)}</label>
      <input id=${name} name=${name} type="password" autocomplete=${kind} required aria-invalid=${wrong ? "true" : nothing} aria-describedby=${wrong ? `${name}-why` : nothing}>
      ${wrong ? html`<p id="${name}-why" class="why" lang="en">${wrong}</p>` : nothing}`;
  }

  /** @param {any} row */
  row({ id, kind, client, address, last_used_at: used, current }) {
    const { t, place } = this.app;
    const instant = Date.parse(used);
    return html`<li><span class="about"><bdi dir="auto" title=${client}>${deviceName({ userAgent: client }) || client || t("client_unknown")}</bdi><span class="details"><span>${t(`sign_in_${kind}`)}</span><span>${address}</span><time datetime=${used}>${dayText(dayAt(instant, place.zone), place.today, place)} ${timeText(instant, place)}</time></span></span>
      ${current ? html`<span class="count">${t("this_one")}</span>` : html`<button type="button" class="act" @click=${() => void this.end(id)}>${t("end")}</button>`}</li>`;
  }

  /** @param {SubmitEvent} event */
  async setPassword(event) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const given = new FormData(form);
    const answer = await call(this.app, "POST", "/api/auth/password/", { body: { current_password: given.get("current_password"), new_password: given.get("new_password") } });
    this.told = "";
    this.problems = {};
    if (answer?.status !== 204) return this.refuse(answer, form);
    form.reset();
    // The session has another token from now on, and what it has asked for belongs to the new password.
    await this.app.engine.recognise().catch(() => false);
    await this.app.device.renew();
    this.told = this.app.t("password_changed");
    return this.look();
  }

  /** @param {any} answer @param {HTMLFormElement} form */
  refuse(answer, form) {
    const found = fieldProblems(answer);
    this.problems = Object.keys(found).length ? found : { "": problemText(this.app, answer) };
    const first = Object.keys(found)[0];
    if (first) /** @type {HTMLElement | null} */ (form.querySelector(`[name="${CSS.escape(first)}"]`))?.focus();
  }

  /** @param {string} id */
  async end(id) {
    await callOrSay(this.app, "DELETE", `${PATH}${id}/`);
    await this.look();
  }

  async endOthers() {
    await callOrSay(this.app, "DELETE", `${PATH}?others=true`);
    await this.look();
  }
}

customElements.define("settings-sign-ins", SettingsSignIns);
