// @ts-check
// The list on the screen: its sections with their headings, or what is said where there is nothing.
import { html, nothing } from "../vendor/lit/index.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { dayText, longDay } from "../time/format.js";
import { LightElement } from "../ui/light.js";
import "./task-row.js";

/** Rows that a section shows before "more" is asked for: what is in the page stays small. */
const MOST_ROWS = 300;

export class ListView extends LightElement {
  static properties = { app: { attribute: false }, route: { attribute: false }, more: { state: true } };

  constructor() {
    super();
    this.more = 1;
  }

  connectedCallback() {
    super.connectedCallback();
    this.follow([[this.app.store, "change"], [this.app.engine, "status"]]);
  }

  /** @param {Map<string, any>} changed */
  willUpdate(changed) {
    if (changed.has("route")) this.more = 1;
  }

  render() {
    const { sections } = this.app.store.open;
    const filled = sections.filter((/** @type {any} */ { list }) => list.rows.length);
    const isSingle = sections.length === 1;
    if (!this.app.isLoaded && !filled.length) return this.loading();
    const isEmpty = filled.every((/** @type {any} */ { folded }) => folded);
    return html`
      ${isEmpty ? this.empty() : nothing}
      ${repeat(filled, ({ id }) => id, (section) => this.section(section, isSingle))}`;
  }

  /** @param {any} section @param {boolean} isSingle */
  section({ id, list, folded }, isSingle) {
    const rows = list.rows.slice(0, MOST_ROWS * this.more);
    const body = html`
      <ul class="rows" aria-label=${isSingle ? nothing : this.heading(id)}>
        ${repeat(rows, ({ key }) => key, (row) => html`
          <li data-row=${row.key} class=${row.completed ? "is-done" : ""}><task-row .app=${this.app} .row=${row} .place=${this.app.place} section=${id}></task-row></li>`)}
      </ul>
      ${list.rows.length > rows.length ? html`<button type="button" class="more" @click=${() => { this.more += 1; }}>+ ${list.rows.length - rows.length}</button>` : nothing}`;
    if (isSingle) return html`<section data-section=${id}>${body}</section>`;
    if (folded) return html`<details class="section" data-section=${id}><summary><h2>${this.heading(id)}</h2><span class="count">${list.rows.length}</span></summary>${body}</details>`;
    return html`<section class="section" data-section=${id}><h2>${this.heading(id)}<span class="count">${list.rows.length}</span></h2>${body}</section>`;
  }

  /** @param {string} id @returns {string} */
  heading(id) {
    const { t, place } = this.app;
    if (!/^\d{4}-/.test(id)) return t(id);
    const near = dayText(id, place.today, place);
    const long = longDay(id, place.locale);
    return long.startsWith(near) ? long : `${near} · ${long}`;
  }

  loading() {
    return html`<div class="skeleton" role="status"><span class="unseen">${this.app.t("loading")}</span><i></i><i></i><i></i></div>`;
  }

  empty() {
    const { t, store } = this.app;
    if (!store.shown.size) void import("./first-run.js");
    if (!store.shown.size) return html`<first-run .app=${this.app}></first-run>`;
    const { view } = this.route;
    if (view === "today") return html`<div class="empty"><p class="strong">${t("all_done")}</p><p>${t("all_done_more")}</p></div>`;
    return html`<div class="empty"><p>${t("empty_list")}</p></div>`;
  }
}

customElements.define("list-view", ListView);
