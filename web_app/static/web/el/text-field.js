// @ts-check
// A text of a task, edited in place. What is typed is kept with each letter, and is a change as soon as the field is
// left, however it is left; a text that is too long stays in the field, and says by how much.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { cleanText } from "../quickadd/lines.js";
import { changeText } from "../ui/task-changes.js";
import { draftText, keptText } from "../ui/drafts.js";
import { LightElement } from "../ui/light.js";

export class TextField extends LightElement {
  static properties = { app: { attribute: false }, row: { attribute: false }, name: {}, label: {}, hint: {}, most: { type: Number }, isLine: { attribute: false }, typed: { state: true }, note: { state: true } };

  constructor() {
    super();
    /** @type {string | null} what was typed and is no change yet */
    this.typed = null;
    /** What the text was when typing began: a change is made on top of it. */
    this.base = "";
    this.note = "";
    this.isLine = false;
  }

  connectedCallback() {
    super.connectedCallback();
    void this.updateComplete.then(() => this.recall());
  }

  disconnectedCallback() {
    this.save();
    super.disconnectedCallback();
  }

  willUpdate(changed) {
    const before = changed.get("row");
    if (!before || before.id === this.row.id) return;
    if (before.key !== this.row.key) {
      this.save(before);
      this.typed = null;
      void this.recall();
    } else if (this.typed !== null) { // made here, it has got its id: the draft goes with it
      this.keep(null, before);
      this.keep(this.typed);
    }
  }

  /** A text of this task that could not be saved, or not yet. */
  async recall() {
    const { row } = this;
    const kept = keptText(await this.app.disk.takeDraft(this.draft(row)), this.name);
    if (!kept || this.row !== row || this.typed !== null || kept.text === row[this.name]) return;
    Object.assign(this, { typed: kept.text, base: kept.base ?? row[this.name] });
  }

  draft(row) {
    return `${this.name} ${row.id}`;
  }

  get field() { return /** @type {HTMLTextAreaElement} */ (this.querySelector("textarea")); }

  render() {
    const over = this.over();
    const id = `${this.name}-note`;
    const length = [...(this.typed ?? this.row[this.name])].length;
    return html`
      <textarea class=${this.name} rows="1" dir="auto" spellcheck="true" aria-label=${this.label} placeholder=${this.hint ?? nothing} aria-describedby=${id} aria-invalid=${over > 0 ? "true" : nothing}
        @input=${() => this.type()} @keydown=${(event) => this.press(event)} @blur=${() => this.save()}></textarea>
      <p class="limit" id=${id} data-near=${length > this.most * 0.8}>${over > 0 ? html`<span class="why">${this.app.t("too_long_by", { count: over, most: this.most })}</span>` : html`${this.note}<span class="count" aria-hidden="true">${length} / ${this.most}</span>`}</p>`;
  }

  /** What others changed is shown at once, but never over what is being typed. */
  updated() {
    const wanted = this.typed ?? this.row[this.name];
    if (this.field.value !== wanted) this.field.value = wanted;
  }

  over() {
    return this.typed === null ? 0 : [...this.text()].length - this.most;
  }

  /** What was typed, as it would be saved. */
  text() {
    return this.isLine ? (this.typed ?? "").replace(/\s+/g, " ").trim() : this.typed ?? "";
  }

  type() {
    const clean = cleanText(this.field.value);
    this.note = clean === this.field.value ? "" : this.app.t("text_cleaned");
    if (this.typed === null) this.base = this.row[this.name];
    this.typed = clean;
    this.keep(clean);
  }

  /** @param {string | null} text null: it is kept no longer */
  keep(text, row = this.row) {
    void this.app.disk.putDraft(this.draft(row), draftText(text, this.base, this.name));
  }

  press(event) {
    if (event.isComposing) return;
    const isSaving = event.key === "Enter" && (this.isLine || event.ctrlKey || event.metaKey);
    if (event.key !== "Escape" && !isSaving) return;
    event.preventDefault();
    event.stopPropagation();
    const isSaved = this.save();
    if (event.key === "Escape") this.dispatchEvent(new Event("leave", { bubbles: true }));
    else if (isSaved) this.dispatchEvent(new Event("done", { bubbles: true }));
    else this.app.announcer.say(this.app.t("too_long_by", { count: this.over(), most: this.most }));
  }

  /** Make it a change. Return false where it cannot be one: then it stays in the field, and is kept. */
  save(row = this.row) {
    if (this.typed === null) return true;
    if (this.over() > 0) return false;
    const [text, { base }] = [this.text(), this];
    this.typed = null;
    this.keep(null, row);
    if (text !== base && (text || !this.isLine)) changeText(this.app, row, { [this.name]: text }, { [this.name]: base });
    return true;
  }
}

customElements.define("text-field", TextField);
