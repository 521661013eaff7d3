// @ts-check
// What can be done to the rows that were picked, and how many they are.
import { html } from "../vendor/lit-element/lit-element.js";
import { icon } from "../ui/icons.js";
import { LightElement } from "../ui/light.js";
import "../locale/en-sheets.js";
import "../ui/more_icons.js";

/** Pages of the palette, with their drawing and their word. */
const PAGES = { due: ["today", "do_due"], priority: ["flag", "do_priority"], tags: ["tag", "do_tags"] };

export class BulkBar extends LightElement {
  static properties = { app: { attribute: false }, count: { type: Number } };

  render() {
    const { t, actions } = this.app;
    return html`
      <section class="bulk" aria-label=${t("selected", { count: this.count })}>
        <p role="status">${t("selected", { count: this.count })}</p>
        ${this.button("done", t("do_complete"), () => this.finish((rows) => actions.complete(rows)))}
        ${Object.entries(PAGES).map(([page, [drawing, word]]) => this.button(drawing, t(word), () => void this.app.choose(page)))}
        ${this.button("trash", t("keys_delete"), () => this.finish((rows) => actions.removeAll(rows)))}
        ${this.button("close", t("select_none"), () => this.finish(() => undefined))}
      </section>`;
  }

  button(drawing, word, run) {
    return html`<button type="button" class="tool" title=${word} @click=${run}>${icon(drawing)}<span>${word}</span></button>`;
  }

  finish(act) {
    act(this.app.targets());
    this.app.selection.clear();
  }
}

customElements.define("bulk-bar", BulkBar);
