// @ts-check
// The keys, from the same table that the keyboard reads, and the switch for those of a single letter.
import { html } from "../vendor/lit-element/lit-element.js";
import { SINGLE_KEYS } from "../ui/later.js";
import { LightElement } from "../ui/light.js";
import { remember } from "../ui/remembered.js";
import "../locale/en-sheets.js";

export class KeysHelp extends LightElement {
  static properties = { app: { attribute: false } };

  firstUpdated() {
    this.querySelector("dialog")?.showModal();
  }

  render() {
    const { t, keys } = this.app;
    return html`
      <dialog class="wide" aria-labelledby="keys-title" @close=${() => this.app.close()}>
        <h2 id="keys-title">${t("keys")}</h2>
        <div class="keys">${this.groups().map(({ title, commands }) => html`<section><h3>${t(title)}</h3><dl>${commands.map((command) => this.line(command))}</dl></section>`)}</div>
        <label class="switch"><input type="checkbox" .checked=${keys.isOn} @change=${(event) => this.turn(event.target.checked)}>${t("keys_single")}</label>
        <form method="dialog"><button class="primary">${t("close")}</button></form>
      </dialog>`;
  }

  line({ shown, label }) {
    return html`<div><dt>${this.app.t(label)}</dt><dd>${shown.map((key) => html`<kbd>${key}</kbd>`)}</dd></div>`;
  }

  groups() {
    const groups = [];
    for (const command of this.app.commands) {
      if (command.group) groups.push({ title: command.group, commands: [] });
      if (command.shown.length) groups.at(-1)?.commands.push(command);
    }
    return groups;
  }

  turn(isOn) {
    this.app.keys.isOn = isOn;
    void remember(SINGLE_KEYS, isOn ? "on" : "off");
  }
}

customElements.define("keys-help", KeysHelp);
