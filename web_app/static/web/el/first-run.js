// @ts-check
// What a new person reads: three sentences, and an example to try.
import { html } from "../vendor/lit-element/lit-element.js";
import { LightElement } from "../ui/light.js";
import "../locale/en-sheets.js";

const EXAMPLE = "Call mum tomorrow 6pm";

export class FirstRun extends LightElement {
  static properties = { app: { attribute: false } };

  render() {
    const { t } = this.app;
    return html`
      <div class="empty welcome">
        <p class="strong">${t("first_run_title")}</p>
        <p>${t("first_run_1")}</p>
        <p>${t("first_run_2")}</p>
        <button type="button" class="example" @click=${() => this.use()}>${t("first_run_3")}</button>
      </div>`;
  }

  use() {
    document.querySelector("quick-add")?.dispatchEvent(new CustomEvent("fill", { detail: EXAMPLE }));
  }
}

customElements.define("first-run", FirstRun);
