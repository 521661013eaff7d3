// @ts-check
// On which ways reminders come, when they are held, and whether this browser shows them while the page is closed.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { changeAccount } from "../ui/account_fields.js";
import { callOrSay } from "../ui/direct.js";
import { LightElement } from "../ui/light.js";

const PATH = "/api/push/subscriptions/";
const CHANNELS = ["in_app", "email", "web_push"];

export class SettingsNotes extends LightElement {
  static properties = { app: { attribute: false }, push: { state: true }, problem: { state: true }, devices: { state: true }, isBusy: { state: true }, told: { state: true } };

  constructor() {
    super();
    this.problem = this.told = "";
    this.devices = [];
  }

  firstUpdated() {
    void this.look();
  }

  async look() {
    this.push = await this.app.device.state();
    this.own = (await this.app.device.subscription())?.endpoint;
    const answer = await this.app.api.call("GET", PATH).catch(() => null);
    if (answer?.status === 200) this.devices = answer.body.results;
  }

  render() {
    const { t, user } = this.app;
    return html`
      <fieldset class="field"><legend>${t("channels")}</legend>
        ${CHANNELS.map((name) => html`<label class="switch"><input type="checkbox" .checked=${user.channels.includes(name)} ?disabled=${name === "email" && !user.email_verified && !user.channels.includes(name)} @change=${(event) => void this.setChannel(name, event.target.checked)}>${t(`channel_${name}`)}</label>`)}
        ${user.email_verified ? nothing : html`<p class="note">${t("email_unverified")}</p>`}</fieldset>
      <div class="field pair"><div><label for="quiet-from">${t("quiet_from")}</label><input id="quiet-from" type="time" .value=${user.quiet_from ?? ""} @change=${() => void this.setQuiet()}></div>
        <div><label for="quiet-until">${t("quiet_until")}</label><input id="quiet-until" type="time" .value=${user.quiet_until ?? ""} @change=${() => void this.setQuiet()}></div><p class="note">${t("quiet_note")}</p></div>
      ${this.problem ? html`<p class="why" role="alert" lang="en">${this.problem}</p>` : nothing}
      <div class="field"><h3>${t("this_browser")}</h3><p>${t(`push_state_${this.push ?? "off"}`)}</p>
        <p class="acts">${this.push === "off" || (this.push === "off_here" && Notification.permission === "default") ? html`<button type="button" class="primary" ?disabled=${this.isBusy} @click=${() => void this.turnOn()}>${t("push_turn_on")}</button>` : nothing}
          ${this.push === "on" ? html`<button type="button" class="plain-button" ?disabled=${this.isBusy} @click=${() => void this.turnOff()}>${t("push_turn_off")}</button>` : nothing}</p>
        <p role="status">${this.told}</p></div>
      ${this.devices.length ? html`<h3>${t("push_devices")}</h3><ul class="items">${this.devices.map((device) => this.device(device))}</ul>` : nothing}`;
  }

  device({ id, name, endpoint }) {
    const { t } = this.app;
    return html`<li><span><bdi>${name || t("push_unnamed")}</bdi>${endpoint === this.own ? html` <span class="count">${t("this_one")}</span>` : nothing}</span>
      <button type="button" class="act" @click=${() => void this.test(id)}>${t("push_test")}</button><button type="button" class="act" @click=${() => void this.takeAway(id, endpoint)}>${t("remove")}</button></li>`;
  }

  async setChannel(name, isOn) {
    const { channels } = this.app.user;
    await this.save({ channels: isOn ? [...channels, name] : channels.filter((each) => each !== name) });
  }

  /** Both ends or none. */
  async setQuiet() {
    const [from, until] = [...this.querySelectorAll("input[type=time]")].map((field) => /** @type {HTMLInputElement} */ (field).value || null);
    if (Boolean(from) === Boolean(until)) await this.save({ quiet_from: from, quiet_until: until });
  }

  async save(fields) {
    const problems = await changeAccount(this.app, fields);
    this.problem = Object.values(problems ?? {})[0] ?? "";
    this.requestUpdate();
  }

  async turnOn() {
    this.isBusy = true;
    this.told = await this.app.device.turnOn();
    await this.look();
    this.isBusy = false;
  }

  async turnOff() {
    this.isBusy = true;
    await this.app.device.turnOff();
    await this.look();
    this.isBusy = false;
  }

  async test(id) {
    const { t } = this.app;
    const answer = await callOrSay(this.app, "POST", `${PATH}${id}/test/`, { body: {} });
    if (answer?.status === 200) this.told = answer.body.sent ? t("push_tested") : t("push_failed", { reason: t(`reason_${answer.body.reason}`) });
    await this.look();
  }

  async takeAway(id, endpoint) {
    await callOrSay(this.app, "DELETE", `${PATH}${id}/`);
    if (endpoint === this.own) await this.app.device.forget();
    await this.look();
  }
}

customElements.define("settings-notes", SettingsNotes);
