// @ts-check
// What holds for this device alone: light or dark, close or wide rows, the clock, keys of a single letter, whether it keeps tasks.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { deviceChoices, rememberUser } from "../data/account.js";
import { setClock } from "../time/format.js";
import { SINGLE_KEYS } from "../ui/later.js";
import { LightElement } from "../ui/light.js";
import { remember } from "../ui/remembered.js";

/** What is one of a few; "" unless something was chosen. */
const CHOICES = { theme: ["", "light", "dark"], density: ["", "compact"], clock: ["", "12"] };

export class SettingsDevice extends LightElement {
  static properties = { app: { attribute: false }, told: { state: true } };

  render() {
    const { t, keys } = this.app;
    const isKept = deviceChoices.keep !== "no";
    return html`
      ${Object.entries(CHOICES).map(([name, values]) => html`<fieldset class="field"><legend>${t(name)}</legend><div class="choices">${values.map((value) => html`<label><input type="radio" name=${name} .checked=${value === deviceChoices[name]} @change=${() => this.choose(name, value)}>${t(`${name}_${value}`)}</label>`)}</div></fieldset>`)}
      <label class="switch"><input type="checkbox" .checked=${keys?.isOn ?? true} @change=${(event) => this.setKeys(event.target.checked)}>${t("keys_single")}</label>
      <label class="switch"><input type="checkbox" .checked=${!isKept} @change=${(event) => void this.setKept(event.target)}>${t("keep_nothing")}</label>
      <p class="note">${t("keep_nothing_note")}</p>${this.told ? html`<p class="why" role="alert">${this.told}</p>` : nothing}`;
  }

  choose(name, value) {
    deviceChoices[name] = document.documentElement.dataset[name] = value;
    setClock(deviceChoices.clock);
    void remember(name, value);
    this.app.showRoute();
    this.app.changed();
  }

  setKeys(isOn) {
    this.app.keys.isOn = isOn;
    void remember(SINGLE_KEYS, isOn ? "on" : "off");
  }

  /** What waits here would be lost: it is sent first. */
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
