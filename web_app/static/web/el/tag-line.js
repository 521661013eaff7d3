// @ts-check
// One tag in the list of all: its colour, its name, its tasks, and what can be done with it.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { icon } from "../ui/icons.js";
import { LightElement } from "../ui/light.js";
import { COLORS, tagsOf } from "../ui/tags.js";
import "../ui/more_icons.js";

export class TagLine extends LightElement {
  static properties = { app: { attribute: false }, tag: { attribute: false }, isEditing: { state: true }, problem: { state: true } };

  constructor() {
    super();
    this.isEditing = false;
    this.problem = "";
    this.addEventListener("keydown", (event) => this.closeByKey(event));
    this.addEventListener("focusout", ({ relatedTarget }) => { if (!this.menu()?.contains(/** @type {Node} */ (relatedTarget))) this.menu()?.removeAttribute("open"); });
  }

  render() {
    const { tag, app } = this;
    const { t, store } = app;
    const counts = t("tag_counts", { open: store.counts.tags.get(tag.name) ?? 0, all: tag.task_count });
    return html`
      ${this.colors()}
      ${this.isEditing ? this.field() : html`<a class="name" href="/app/tag/${encodeURIComponent(tag.name)}"><bdi>${tag.name}</bdi></a>`}
      <span class="count">${counts}</span>
      <span class="acts">${this.button("view_rename", "edit", () => this.edit())}${this.button("tag_merge", "merge", () => void app.open("tag-sheet", { tag, act: "merge" }))}${this.button("tag_delete", "trash", () => void app.open("tag-sheet", { tag, act: "delete" }))}</span>
      ${this.problem ? html`<p class="why" role="alert" lang="en" id=${`why-${tag.id}`}>${this.problem}</p>` : nothing}`;
  }

  button(word, drawing, act) {
    const label = this.app.t(`${word}_of`, { name: this.tag.name });
    return html`<button type="button" class="quiet" aria-label=${label} title=${this.app.t(word)} @click=${act}>${icon(drawing)}</button>`;
  }

  colors() {
    const { t } = this.app;
    const { name, color, id } = this.tag;
    const choice = (value, word) => html`<label class="option"><input type="radio" name=${`color-${id}`} .checked=${color === value} @change=${() => void tagsOf(this.app).edit(this.tag, { color: value })}><i class="swatch" data-color=${word}></i><span>${t(`color_${word}`)}</span></label>`;
    return html`<details class="drop"><summary class="quiet" aria-label=${t("tag_color_of", { name })} title=${t("tag_color")}><i class="swatch" data-tag=${name}></i></summary>
      <div class="dropped" role="radiogroup" aria-label=${t("tag_color_of", { name })}>${choice("", "none")}${Object.entries(COLORS).map(([word, value]) => choice(value, word))}</div></details>`;
  }

  menu() {
    return this.querySelector("details");
  }

  field() {
    return html`<input class="name edit" type="text" maxlength="50" dir="auto" .value=${this.tag.name} aria-label=${this.app.t("view_rename_of", { name: this.tag.name })} aria-invalid=${this.problem ? "true" : nothing} aria-describedby=${`why-${this.tag.id}`}
      @keydown=${(event) => this.press(event)} @blur=${() => void this.save()}>`;
  }

  edit() {
    this.isEditing = true;
    void this.updateComplete.then(() => this.input()?.select());
  }

  input() {
    return this.querySelector("input.edit");
  }

  press(event) {
    if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") this.end();
    else void this.save();
  }

  /** Leaving the field keeps the name that was typed; one that is refused stays in it. */
  async save() {
    const name = this.input()?.value.trim().replace(/^#/, "") ?? "";
    if (!this.isEditing || this.isSaving) return;
    if (!name || name === this.tag.name) return this.end();
    this.isSaving = true;
    this.problem = "";
    const isSaved = await tagsOf(this.app).edit(this.tag, { name }, (text) => { this.problem = text; });
    this.isSaving = false;
    if (isSaved) this.end();
  }

  end() {
    const hadFocus = this.contains(document.activeElement);
    this.isEditing = false;
    this.problem = "";
    if (hadFocus) void this.updateComplete.then(() => this.querySelector("button")?.focus());
  }

  closeByKey(event) {
    const menu = this.menu();
    if (event.key !== "Escape" || !menu?.open) return;
    event.preventDefault();
    menu.removeAttribute("open");
    menu.querySelector("summary")?.focus();
  }
}

customElements.define("tag-line", TagLine);
