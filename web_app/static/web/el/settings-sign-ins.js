// @ts-check
// The account: its password, and where it is signed in.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { call, callOrSay } from "../ui/direct.js";
import { formField, problemsOf, refuse } from "../ui/form_field.js";
import { LightElement } from "../ui/light.js";
import { deviceName } from "../ui/push_device.js";
import { momentText } from "../ui/reminder-words.js";

const PATH = "/api/auth/sign-ins/";

export class SettingsSignIns extends LightElement {
  static properties = { app: { attribute: false }, rows: { state: true }, problems: { state: true }, told: { state: true } };

  constructor() {
    super();
    this.rows = [];
    this.problems = {};
    this.told = "";
  }

  firstUpdated() {
    void this.look();
  }

  async look() {
    const answer = await call(this.app, "GET", PATH);
    if (answer?.status === 200) this.rows = answer.body.results;
    else this.problems = problemsOf(this.app, answer);
  }

  render() {
    const { t, user } = this.app;
    return html`
      <form class="field" @submit=${(event) => void this.setPassword(event)}>
        <input type="text" name="username" autocomplete="username" .value=${user.username} hidden>
        ${["current_password", "new_password"].map((name) => formField({ id: name, name, label: t(name), type: "password", kind: name.replace("_", "-"), wrong: this.problems[name] }))}
        <p class="acts"><button class="plain-button">${t("change_password")}</button></p><p role="status">${this.told}</p></form>
      ${this.problems[""] ? html`<p class="why" role="alert" lang="en">${this.problems[""]}</p>` : nothing}
      <h3>${t("sign_ins")}</h3>
      <ul class="items">${this.rows.map((row) => this.row(row))}</ul>
      ${this.rows.length > 1 ? html`<p class="acts"><button type="button" class="plain-button" @click=${() => void this.endOthers()}>${t("end_others")}</button></p>` : nothing}`;
  }

  row({ id, kind, client, address, last_used_at: used, current }) {
    const { t, place } = this.app;
    return html`<li><span class="about"><bdi dir="auto" title=${client}>${deviceName({ userAgent: client }) || client || t("client_unknown")}</bdi><span class="details"><span>${t(`sign_in_${kind}`)}</span><span>${address}</span><time datetime=${used}>${momentText(used, place)}</time></span></span>
      ${current ? html`<span class="count">${t("this_one")}</span>` : html`<button type="button" class="act" @click=${() => void this.end(id)}>${t("end")}</button>`}</li>`;
  }

  async setPassword(event) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const given = new FormData(form);
    const answer = await call(this.app, "POST", "/api/auth/password/", { body: { current_password: given.get("current_password"), new_password: given.get("new_password") } });
    this.told = "";
    this.problems = {};
    if (answer?.status !== 204) return refuse(this, answer);
    form.reset();
    // The session has another token from now on, and what it has asked for belongs to the new password.
    await this.app.engine.recognise().catch(() => false);
    await this.app.device.renew();
    this.told = this.app.t("password_changed");
    return this.look();
  }

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
