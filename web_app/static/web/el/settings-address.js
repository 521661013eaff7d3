// @ts-check
// Who the account is, and the address that it gets mail at: another one counts once the link in a mail to it was opened.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { call } from "../ui/direct.js";
import { formField, refuse } from "../ui/form_field.js";
import { LightElement } from "../ui/light.js";

export class SettingsAddress extends LightElement {
  static properties = { app: { attribute: false }, problems: { state: true }, told: { state: true } };

  constructor() {
    super();
    this.problems = {};
    this.told = "";
  }

  render() {
    const { t, user } = this.app;
    const { email, password } = this.problems;
    return html`
      <div class="field"><span class="label">${t("username")}</span><p><bdi>${user.username}</bdi></p></div>
      <div class="field"><span class="label">${t("address")}</span>
        <p>${user.email ? html`<bdi>${user.email}</bdi> · ${t(user.email_verified ? "address_good" : "address_open")}` : t("address_none")}</p>
        ${user.pending_email ? html`<p class="note">${t("address_waits", { address: user.pending_email })}</p>` : nothing}</div>
      <form class="field" @submit=${(event) => void this.submit(event)}>
        ${formField({ id: "address-email", name: "email", label: t("address_new"), type: "email", kind: "email", wrong: email })}${formField({ id: "address-password", name: "password", label: t("current_password"), type: "password", kind: "current-password", wrong: password })}
        <p class="acts"><button class="plain-button">${t("address_ask")}</button>${user.email ? html`<button class="plain-button" value="remove" formnovalidate>${t("address_remove")}</button>` : nothing}</p>
        <p role="status">${this.told}</p>
        ${this.problems[""] ? html`<p class="why" role="alert" lang="en">${this.problems[""]}</p>` : nothing}</form>`;
  }

  /** Ask for another address, or for none. */
  async submit(event) {
    event.preventDefault();
    const { t } = this.app;
    const form = /** @type {HTMLFormElement} */ (event.target);
    const given = new FormData(form);
    const removes = /** @type {HTMLButtonElement | null} */ (event.submitter)?.value === "remove";
    const address = removes ? "" : String(given.get("email")).trim();
    this.told = "";
    this.problems = {};
    const answer = await call(this.app, "POST", "/api/auth/email/", { body: { email: address, password: given.get("password") } });
    if (answer?.status !== 202) return refuse(this, answer);
    form.reset();
    this.told = removes ? t("address_removed") : t("address_asked", { address });
    return this.dispatchEvent(new Event("asked"));
  }
}

customElements.define("settings-address", SettingsAddress);
