// @ts-check
// Several pasted lines: one task each, or one line.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { cleanText } from "../quickadd/lines.js";
import { LightElement } from "../ui/light.js";
import "../locale/en-sheets.js";

export class PasteQuestion extends LightElement {
  static properties = { app: { attribute: false }, lines: { attribute: false } };

  render() {
    const { t } = this.app;
    const count = this.lines.length;
    if (!count) return nothing;
    return html`<p class="note" role="status">${t("add_many_question", { count })}
      <button type="button" class="primary" @click=${() => this.answer("many")}>${t("add_many", { count })}</button>
      <button type="button" @click=${() => this.answer("one")}>${t("add_as_one")}</button></p>`;
  }

  answer(choice) {
    if (choice === "many") for (const line of this.lines) this.app.actions.add(cleanText(line), null, { without: [] });
    this.dispatchEvent(new CustomEvent("answer", { detail: choice === "many" ? "" : this.lines.join(" ") }));
  }
}

customElements.define("paste-question", PasteQuestion);
