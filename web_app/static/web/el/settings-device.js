// @ts-check
// What holds for this device alone: light or dark, keys of a single letter, whether it keeps tasks.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { deviceChoices, rememberUser } from "../data/account.js";
import { setClock } from "../time/format.js";
import { SINGLE_KEYS } from "../ui/later.js";
import { LightElement } from "../ui/light.js";
import { remember } from "../ui/remembered.js";

const THEMES = ["", "light", "dark"];

export class SettingsDevice extends LightElement {
  static properties = { app: { attribute: false }, told: { state: true } };

  render() {
    const { t, keys } = this.app;
    const { theme = "" } = document.documentElement.dataset;
    const isKept = deviceChoices.keep !== "no";
    return html`
      <fieldset class="field"><legend>${t("theme")}</legend><div class="choices">${THEMES.map((name) => html`<label><input type="radio" name="theme" value=${name} .checked=${name === theme} @change=${() => this.setTheme(name)}>${t(`theme_${name || "system"}`)}</label>`)}</div></fieldset>
      <fieldset class="field"><legend>${t("clock")}</legend><div class="choices">${["", "12"].map((kind) => html`<label><input type="radio" name="clock" .checked=${kind === deviceChoices.clock} @change=${() => this.setClock(kind)}>${t(`clock_${kind || "24"}`)}</label>`)}</div></fieldset>
      <label class="switch"><input type="checkbox" .checked=${keys?.isOn ?? true} @change=${(/** @type {any} */ event) => this.setKeys(event.target.checked)}>${t("keys_single")}</label>
      <label class="switch"><input type="checkbox" .checked=${!isKept} @change=${(/** @type {any} */ event) => void this.setKept(event.target)}>${t("keep_nothing")}</label>
      <p class="note">${t("keep_nothing_note")}</p>${this.told ? html`<p class="why" role="alert">${this.told}</p>` : nothing}`;
  }

  /** @param {string} name */
  setTheme(name) {
    document.documentElement.dataset.theme = name;
    void remember("theme", name);
    this.requestUpdate();
  }

  /** @param {string} kind */
  setClock(kind) {
    deviceChoices.clock = kind;
    setClock(kind);
    void remember("clock", kind);
    this.app.showRoute();
    this.app.changed();
  }

  /** @param {boolean} isOn */
  setKeys(isOn) {
    this.app.keys.isOn = isOn;
    void remember(SINGLE_KEYS, isOn ? "on" : "off");
  }

  /** What waits here would be lost: it is sent first. @param {HTMLInputElement} field */
  async setKept(field) {
    const { engine, disk, t } = this.app;
    const { waiting, blocked } = engine.outbox.queue.counts();
    if (field.checked && waiting + blocked) {
      field.checked = false;
      this.told = t("keep_waiting", { count: waiting + blocked });
      return;
    }
    deviceChoices.keep = field.checked ? "no" : "";
    await remember("keep", deviceChoices.keep);
    if (field.checked) await Promise.all([disk.destroy(), rememberUser(null)]);
    location.reload();
  }
}

customElements.define("settings-device", SettingsDevice);
