// @ts-check
// The keys, from the same table that the keyboard reads.
import { html } from "../vendor/lit/index.js";
import { LightElement } from "../ui/light.js";

export class KeysHelp extends LightElement {
  static properties = { app: { attribute: false } };

  firstUpdated() {
    this.querySelector("dialog")?.showModal();
  }

  render() {
    const { t, commands } = this.app;
    const shown = commands.filter((/** @type {any} */ command) => command.shown.length);
    return html`
      <dialog aria-labelledby="keys-title" @close=${() => this.app.close()}>
        <h2 id="keys-title">${t("keys")}</h2>
        <dl class="keys">${shown.map((/** @type {any} */ { shown: keys, label }) => html`<div><dt>${t(label)}</dt><dd>${keys.map((/** @type {string} */ key) => html`<kbd>${key}</kbd>`)}</dd></div>`)}</dl>
        <form method="dialog"><button class="primary">${t("close")}</button></form>
      </dialog>`;
  }
}

customElements.define("keys-help", KeysHelp);
