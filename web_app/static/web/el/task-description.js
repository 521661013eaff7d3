// @ts-check
// The description of a task: read with its links, edited as it was written.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { keptText } from "../ui/drafts.js";
import { LightElement } from "../ui/light.js";
import { linkParts } from "../ui/links.js";
import "./text-field.js";

const MOST = 10_000;

export class TaskDescription extends LightElement {
  static properties = { app: { attribute: false }, row: { attribute: false }, isEditing: { state: true } };

  constructor() {
    super();
    this.isEditing = false;
    this.addEventListener("focusout", ({ target }) => void (target instanceof HTMLTextAreaElement && this.rest()));
    this.addEventListener("done", () => { this.isEditing = false; });
  }

  willUpdate(changed) {
    if (!changed.has("row") || changed.get("row")?.key === this.row.key) return;
    this.isEditing = false;
    void this.recall();
  }

  /** A text that could not be saved is shown in its field again. */
  async recall() {
    const { row } = this;
    const kept = keptText(await this.app.disk.takeDraft(`description ${row.id}`), "description");
    if (kept && this.row === row && kept.text !== row.description) this.isEditing = true;
  }

  render() {
    const { t } = this.app;
    const { description } = this.row;
    if (this.isEditing) return html`<text-field .app=${this.app} .row=${this.row} name="description" most=${MOST} label=${t("description")} hint=${t("description_hint")}></text-field>`;
    if (!description) return html`<button type="button" class="value none" @click=${() => this.edit()}>${t("add_description")}</button>`;
    return html`
      <div class="written" dir="auto" @click=${(event) => this.click(event)}>${linkParts(description).map((part) => this.part(part))}</div>
      <button type="button" class="act" @click=${() => this.edit()}>${t("edit_description")}</button>`;
  }

  part({ text, href }) {
    if (!href) return text;
    const isOwn = href.startsWith(`${location.origin}/`);
    return html`<a href=${href} dir="ltr" rel="noopener noreferrer nofollow" target=${isOwn ? nothing : "_blank"}>${text}</a>`;
  }

  /** A click on the text edits it; one on a link, or one that ends a selection, does not. */
  click(event) {
    const isLink = event.target instanceof Element && event.target.closest("a");
    if (!isLink && getSelection()?.isCollapsed !== false) this.edit();
  }

  edit() {
    this.isEditing = true;
    void this.updateComplete.then(async () => {
      const editor = this.querySelector("text-field");
      await editor?.updateComplete;
      editor?.field.focus();
    });
  }

  /** Read again once it is saved: a text that is too long stays in the field. */
  async rest() {
    await Promise.resolve();
    const editor = this.querySelector("text-field");
    if (editor && editor.typed === null && !this.contains(document.activeElement)) this.isEditing = false;
  }
}

customElements.define("task-description", TaskDescription);
