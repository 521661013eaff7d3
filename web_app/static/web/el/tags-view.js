// @ts-check
// All tags: how many tasks have them, their colours, other names, merging and deleting; and how far that is with many tasks.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { plain } from "../store/search.js";
import { LightElement } from "../ui/light.js";
import { tagsOf } from "../ui/tags.js";
import "./tag-line.js";

/** From so many on there is a field to find one. */
const MANY = 12;

export class TagsView extends LightElement {
  static properties = { app: { attribute: false }, query: { state: true }, problem: { state: true } };

  constructor() {
    super();
    this.query = "";
    this.problem = "";
  }

  connectedCallback() {
    super.connectedCallback();
    void this.updateComplete.then(() => this.isConnected && this.begin());
  }

  begin() {
    const tags = tagsOf(this.app);
    this.follow([[tags, "change"], [this.app.store, "change"]], { byFrame: true });
    if (tags.isKnown) void tags.refresh(); // counts and colours as they are now
  }

  render() {
    const tags = tagsOf(this.app);
    const { t } = this.app;
    const shown = tags.list.filter(({ name }) => plain(name).includes(plain(this.query.trim())));
    return html`
      ${this.addition()}
      ${repeat(tags.jobs.values(), ({ id }) => id, (job) => html`<p class="job" role="status">${t(`tag_${job.kind}_runs`, job)}<progress max=${job.total} value=${job.done} aria-label=${t(`tag_${job.kind}_runs`, job)}></progress></p>`)}
      ${tags.list.length >= MANY ? html`<input type="search" class="search" aria-label=${t("tags_find")} placeholder=${t("tags_find")} .value=${this.query} @input=${({ target }) => { this.query = target.value; }}>` : nothing}
      ${tags.isKnown && !shown.length ? html`<p class="empty">${t(this.query ? "empty_search" : "tags_none")}</p>` : nothing}
      <ul class="tags">${repeat(shown, ({ id }) => id, (tag) => html`<li data-id=${tag.id}><tag-line .app=${this.app} .tag=${tag}></tag-line></li>`)}</ul>`;
  }

  addition() {
    const { t } = this.app;
    return html`<form class="addition" @submit=${(event) => this.add(event)}>
      <input type="text" name="name" maxlength="50" dir="auto" autocomplete="off" aria-label=${t("tag_new")} placeholder=${t("tag_new")} aria-describedby="tag-problem" aria-invalid=${this.problem ? "true" : nothing} @input=${() => { this.problem = ""; }}>
      <button class="primary">${t("add_button")}</button><p class="why" id="tag-problem" role="alert" lang="en">${this.problem}</p></form>`;
  }

  async add(event) {
    event.preventDefault();
    const field = /** @type {HTMLInputElement} */ (this.querySelector("[name=name]"));
    const name = field.value.trim().replace(/^#/, "");
    if (!name) { this.problem = this.app.t("view_untitled"); return field.focus(); }
    if (await tagsOf(this.app).create(name, (text) => { this.problem = text; })) field.value = "";
    return field.focus();
  }
}

customElements.define("tags-view", TagsView);
