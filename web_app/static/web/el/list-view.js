// @ts-check
// The list on the screen: its sections with their headings, or what is said where there is nothing.
import { html, nothing } from "../vendor/lit/index.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { dayText, longDay } from "../time/format.js";
import { focusedKey, keysShown } from "../ui/focus.js";
import { LightElement } from "../ui/light.js";
import "./task-row.js";

/** Rows that a section shows before "more" is asked for: what is in the page stays small. */
const MOST_ROWS = 300;

export class ListView extends LightElement {
  static properties = { app: { attribute: false }, route: { attribute: false }, more: { state: true }, current: { state: true } };

  constructor() {
    super();
    this.more = 1;
    this.current = "";
    this.addEventListener("click", (event) => this.pick(event), true);
    this.addEventListener("focusin", (event) => { this.current = focusedKey() || this.current; });
  }

  connectedCallback() {
    super.connectedCallback();
    this.follow([[this.app.store, "change"], [this.app.engine, "status"], [this.app.selection, "change"]]);
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
    const isHere = filled.some((/** @type {any} */ { list }) => list.known.has(this.current));
    const current = isHere ? this.current : filled[0]?.list.rows[0].key;
    const isEmpty = filled.every((/** @type {any} */ { folded }) => folded);
    return html`
      ${isEmpty ? this.empty() : nothing}
      ${repeat(filled, ({ id }) => id, (section) => this.section(section, { isSingle, current }))}`;
  }

  /** @param {any} section @param {{isSingle: boolean, current: string}} options `current` is the row that Tab reaches */
  section({ id, list, folded }, { isSingle, current }) {
    const { keys } = this.app.selection;
    const rows = list.rows.slice(0, MOST_ROWS * this.more);
    const body = html`
      <ul class="rows" aria-label=${isSingle ? nothing : this.heading(id)}>
        ${repeat(rows, ({ key }) => key, (row) => html`
          <li data-row=${row.key} class=${`${row.completed ? "is-done" : ""} ${keys.has(row.key) ? "is-selected" : ""}`}>
            <task-row .app=${this.app} .row=${row} .place=${this.app.place} .isCurrent=${row.key === current} .isSelected=${keys.has(row.key)} section=${id}></task-row></li>`)}
      </ul>
      ${list.rows.length > rows.length ? html`<button type="button" class="more" @click=${() => { this.more += 1; }}>${this.app.t("show_more", { count: list.rows.length - rows.length })}</button>` : nothing}`;
    if (isSingle) return html`<section data-section=${id}>${body}</section>`;
    if (folded) return html`<details class="section" data-section=${id}><summary><h2>${this.heading(id)}</h2><span class="count">${list.rows.length}</span></summary>${body}</details>`;
    return html`<section class="section" data-section=${id}><div class="title-line"><h2>${this.heading(id)}</h2><span class="count">${list.rows.length}</span>${id === "overdue" ? this.bringToToday(list.rows) : nothing}</div>${body}</section>`;
  }

  /** @param {any[]} rows */
  bringToToday(rows) {
    const { t, actions, place } = this.app;
    const move = async () => {
      const { movedToToday } = await import("../ui/moving.js");
      actions.changeAll(rows, (row) => movedToToday(row, place));
    };
    return html`<button type="button" class="act" @click=${move}>${t("all_to_today")}</button>`;
  }

  /** A click with Shift or Ctrl picks rows, and does nothing else. @param {MouseEvent} event */
  pick(event) {
    const key = event.target instanceof Element ? event.target.closest("[data-row]")?.getAttribute("data-row") : null;
    if (!key || !(event.shiftKey || event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    const keys = keysShown();
    const [from, to] = [keys.indexOf(this.current), keys.indexOf(key)].sort((one, other) => one - other);
    if (event.shiftKey && from >= 0) this.app.selection.add(keys.slice(from, to + 1));
    else this.app.selection.toggle(key);
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
    const words = t(`empty_${view}`, { name: this.route.name });
    const start = () => { const field = document.querySelector("quick-add input"); if (field instanceof HTMLElement) field.focus(); };
    return html`<div class="empty"><p>${words}</p>${view === "done" || view === "overdue" ? nothing : html`<button type="button" class="example" @click=${start}>${t("add")}</button>`}</div>`;
  }
}

customElements.define("list-view", ListView);
