// @ts-check
// Settings, in sections on one page: each part saves what is changed in it at once.
import { html } from "../vendor/lit-element/lit-element.js";
import { LightElement } from "../ui/light.js";
import "./settings-device.js";
import "./settings-general.js";
import "./settings-notes.js";
import "./settings-sign-ins.js";
import "./settings-tokens.js";
import "./settings-address.js";
import "./settings-factor.js";
import "./settings-data.js";

const SECTIONS = ["general", "notes", "device", "account", "factor", "tokens", "data"];

export class SettingsView extends LightElement {
  static properties = { app: { attribute: false } };

  firstUpdated() {
    const look = () => document.hidden || void this.look();
    document.addEventListener("visibilitychange", look);
    this.forget = () => document.removeEventListener("visibilitychange", look);
    void this.look();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.forget?.();
  }

  /** Another device, or a link in a mail, may have changed the account. */
  async look() {
    const answer = await this.app.api.call("GET", "/api/auth/me/").catch(() => null);
    if (answer?.status !== 200) return;
    Object.assign(this.app.user, answer.body);
    for (const part of this.querySelectorAll("settings-general, settings-notes, settings-address")) /** @type {any} */ (part).requestUpdate();
  }

  render() {
    const { t } = this.app;
    const parts = [
      html`<settings-general .app=${this.app}></settings-general>`, html`<settings-notes .app=${this.app}></settings-notes>`, html`<settings-device .app=${this.app}></settings-device>`,
      html`<settings-address .app=${this.app} @asked=${() => void this.look()}></settings-address><settings-sign-ins .app=${this.app}></settings-sign-ins>`,
      html`<settings-factor .app=${this.app} @ended=${() => void this.querySelector("settings-sign-ins")?.look()}></settings-factor>`, html`<settings-tokens .app=${this.app}></settings-tokens>`, html`<settings-data .app=${this.app}></settings-data>`,
    ];
    return html`${SECTIONS.map((name, at) => html`<section class="settings" aria-labelledby="settings-${name}"><h2 id="settings-${name}">${t(`settings_${name}`)}</h2>${parts[at]}</section>`)}`;
  }
}

customElements.define("settings-view", SettingsView);
