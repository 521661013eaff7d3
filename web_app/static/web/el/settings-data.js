// @ts-check
// One's data: taking them along, deleting the account; and what this page is made of.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { call, fieldProblems, problemText } from "../ui/direct.js";
import { LightElement } from "../ui/light.js";
import { VENDORED } from "../ui/vendored.js";

export class SettingsData extends LightElement {
  static properties = { app: { attribute: false }, problem: { state: true } };

  render() {
    const { t, api } = this.app;
    return html`
      <div class="field"><h3>${t("data_along")}</h3><p class="note">${t("data_note")}</p><p class="acts"><a class="plain-button" href="/api/export/" download="todo-export.ndjson">${t("data_get")}</a></p></div>
      <details class="field danger-zone"><summary>${t("delete_account")}</summary><p>${t("delete_account_text")}</p>
        <form @submit=${(/** @type {SubmitEvent} */ event) => void this.deleteAccount(event)}>
          <label for="delete-password">${t("current_password")}</label><input id="delete-password" name="password" type="password" autocomplete="current-password" required aria-invalid=${this.problem ? "true" : nothing} aria-describedby=${this.problem ? "delete-why" : nothing}>
          ${this.problem ? html`<p id="delete-why" class="why" role="alert" lang="en">${this.problem}</p>` : nothing}
          <p class="acts"><button class="danger">${t("delete_account_yes")}</button></p></form></details>
      <div class="field"><h3>${t("about")}</h3><p>Todo · ${t("build", { build: api.build })}</p>
        <ul class="items">${VENDORED.map(({ name, version, licence }) => html`<li><span><bdi>${name} ${version}</bdi></span><span class="count"><bdi>${licence}</bdi></span></li>`)}</ul></div>`;
  }

  /** @param {SubmitEvent} event */
  async deleteAccount(event) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const answer = await call(this.app, "DELETE", "/api/auth/me/", { body: { password: new FormData(form).get("password") } });
    if (answer?.status === 202) return this.app.leave();
    this.problem = fieldProblems(answer).password ?? problemText(this.app, answer);
    form.querySelector("input")?.focus();
  }
}

customElements.define("settings-data", SettingsData);
