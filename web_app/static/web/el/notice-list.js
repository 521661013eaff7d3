// @ts-check
// What a person should know about this device, above the list, until it is answered or put away.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { icon } from "../ui/icons.js";
import { LightElement } from "../ui/light.js";
import "../locale/en-sheets.js";

export class NoticeList extends LightElement {
  static properties = { app: { attribute: false }, shown: { attribute: false } };

  render() {
    const { t, notices } = this.app;
    return html`<ul class="notices" aria-label=${t("notices")}>${repeat(this.shown, ({ id }) => id, ({ id, text, actions }) => html`
      <li><p role="status">${text}</p><div>
        ${actions.map(({ label, run }) => html`<button type="button" class="act" @click=${run}>${label}</button>`)}
        ${actions.length ? nothing : html`<button type="button" class="quiet" aria-label=${t("dismiss")} @click=${() => notices.close(id)}>${icon("close")}</button>`}</div></li>`)}</ul>`;
  }
}

customElements.define("notice-list", NoticeList);
