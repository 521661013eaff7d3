// @ts-check
// One's data; how this device stands; what this page is made of.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { call, fieldProblems, problemText } from "../ui/direct.js";
import { LightElement } from "../ui/light.js";
import { VENDORED } from "../ui/vendored.js";

export class SettingsData extends LightElement {
  static properties = { app: { attribute: false }, problem: { state: true }, used: { state: true } };

  connectedCallback() {
    super.connectedCallback();
    void this.updateComplete.then(() => this.isConnected && this.follow([[this.app.engine, "status"]], { byFrame: true }));
    void navigator.storage?.estimate?.().then(({ usage }) => { this.used = usage; });
  }

  render() {
    const { t } = this.app;
    return html`
      <div class="field"><h3>${t("data_along")}</h3><p class="note">${t("data_note")}</p><p class="acts"><a class="plain-button" href="/api/export/" download="todo-export.ndjson">${t("data_get")}</a></p></div>
      <details class="field danger-zone"><summary>${t("delete_account")}</summary><p>${t("delete_account_text")}</p>
        <form @submit=${(event) => void this.deleteAccount(event)}>
          <label for="delete-password">${t("current_password")}</label><input id="delete-password" name="password" type="password" autocomplete="current-password" required aria-invalid=${this.problem ? "true" : nothing} aria-describedby=${this.problem ? "delete-why" : nothing}>
          ${this.problem ? html`<p id="delete-why" class="why" role="alert" lang="en">${this.problem}</p>` : nothing}
          <p class="acts"><button class="danger">${t("delete_account_yes")}</button></p></form></details>
      <div class="field diagnostics"><h3>${t("diagnostics")}</h3>${pairs(this.figures())}</div>
      <div class="field"><h3>${t("about")}</h3>${pairs(VENDORED.map(({ name, version, licence }) => [`${name} ${version}`, licence]))}</div>`;
  }

  /** How this device stands, in figures. */
  figures() {
    const { t, api, engine } = this.app;
    return [[t("version"), api.build], [t("connection"), `${t(engine.state, engine.outbox.queue.counts())} · ${engine.place.after}`], [t("storage"), `${Math.round((this.used ?? 0) / 1000)} kB`], [t("unknown"), engine.unknown]];
  }

  async deleteAccount(event) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const answer = await call(this.app, "DELETE", "/api/auth/me/", { body: { password: new FormData(form).get("password") } });
    if (answer?.status === 202) return this.app.leave();
    this.problem = fieldProblems(answer).password ?? problemText(this.app, answer);
    form.querySelector("input")?.focus();
  }
}

const pairs = (all) => html`<ul class="items">${all.map(([name, value]) => html`<li><span><bdi>${name}</bdi></span><span class="count"><bdi>${value}</bdi></span></li>`)}</ul>`;

customElements.define("settings-data", SettingsData);
