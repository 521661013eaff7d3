// @ts-check
// The list on the screen: its sections with their headings, or what is said where there is nothing.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { Line, focusedKey, keysBetween } from "../ui/focus.js";
import { addition, bringToToday, headingOf } from "../ui/headings.js";
import { LightElement } from "../ui/light.js";
import "./task-row.js";

/** Lists in which nobody adds. */
const WITHOUT_ADDING = new Set(["done", "overdue", "search", "view"]);
/** Rows that a section shows until the window over long lists is loaded. */
const MOST_BEFORE = 300;
/** @type {any} what stands in for the window until then */
const WHOLE = {
  isOn: false, leftOut: 0, begin: () => undefined,
  rowsOf: (id, { rows }) => rows.slice(0, MOST_BEFORE).map((row, number) => ({ row, number })),
};

export class ListView extends LightElement {
  static properties = { app: { attribute: false }, route: { attribute: false }, open: {}, current: { state: true } };

  constructor() {
    super();
    this.current = "";
    /** The rows that can be reached, in reading order, in the page or not. */
    this.line = new Line([]);
    /** @type {Set<string>} sections that are folded and were opened */
    this.opened = new Set();
    this.window = WHOLE;
    void import("../ui/windowing.js").then(({ Windowing }) => { this.window = new Windowing(this); this.requestUpdate(); }, () => undefined);
    // The row from which Shift picks is the one before the click, which takes the focus.
    this.addEventListener("pointerdown", () => { this.from = this.current; }, true);
    this.addEventListener("click", (event) => this.pick(event), true);
    this.addEventListener("focusin", (event) => { this.current = focusedKey() || this.current; });
  }

  connectedCallback() {
    super.connectedCallback();
    this.follow([[this.app.store, "change"], [this.app.engine, "status"], [this.app.selection, "change"]], { byFrame: true });
  }

  render() {
    const { sections } = this.app.store.open;
    const filled = sections.filter(({ id, list }) => list.rows.length || this.isDay(id));
    const isSingle = sections.length === 1;
    this.line = new Line(filled.filter((section) => !this.isClosed(section)));
    this.window.begin(filled, this.line.length);
    if (!this.app.isLoaded && !filled.length) return this.loading();
    const current = this.line.numberOf(this.current) >= 0 ? this.current : this.line.keyAt(0);
    const isEmpty = filled.every(({ folded, list }) => folded || !list.rows.length);
    return html`
      ${isEmpty ? this.empty() : nothing}
      ${this.window.isOn ? this.sample() : nothing}
      ${repeat(filled, ({ id }) => id, (section) => this.section(section, { isSingle, current }))}
      ${this.window.leftOut ? html`<p class="left-out">${this.app.t("not_printed", { count: this.window.leftOut })}</p>` : nothing}`;
  }

  /** Days that are to come are there without tasks, too: tasks are added there, and dropped. @param {string} id */
  isDay(id) {
    return this.route.view === "upcoming" && /^\d/.test(id) && this.app.store.shown.size;
  }

  isClosed({ id, folded }) {
    return folded && !this.opened.has(id);
  }

  /** @param {{isSingle: boolean, current: string}} options `current` is the row that Tab reaches */
  section(section, { isSingle, current }) {
    const { id, list, folded } = section;
    const rows = this.window.rowsOf(id, list, { current, isClosed: this.isClosed(section) });
    const count = list.rows.length;
    const body = html`
      <ul class=${this.window.isOn ? "rows is-windowed" : "rows"} aria-label=${isSingle ? nothing : headingOf(id, this.app)}>
        ${repeat(rows, ({ row }) => row.key, ({ row, number }) => this.row(row, { id, number, count, current }))}
      </ul>`;
    if (isSingle) return html`<section data-section=${id}>${body}</section>`;
    if (folded) return html`<details class="section" data-section=${id} ?open=${!this.isClosed(section)} @toggle=${(event) => this.fold(id, event.target.open)}><summary><h2>${headingOf(id, this.app)}</h2><span class="count">${count}</span></summary>${body}</details>`;
    return html`<section class=${count ? "section" : "section is-empty"} data-section=${id}><div class="title-line"><h2>${headingOf(id, this.app)}</h2><span class="count">${count || nothing}</span>${id === "overdue" ? bringToToday(list.rows, this.app) : nothing}${this.isDay(id) ? addition(id, this.app) : nothing}</div>${body}</section>`;
  }

  /** @param {{id: string, number: number, count: number, current: string}} place in its section */
  row(row, { id, number, count, current }) {
    const [isSelected, isOn] = [this.app.selection.keys.has(row.key), this.window.isOn];
    return html`
      <li data-row=${row.key} class=${`${row.completed ? "is-done" : ""} ${isSelected ? "is-selected" : ""}`} aria-current=${String(row.id) === this.open ? "true" : nothing} aria-setsize=${isOn ? count : nothing} aria-posinset=${isOn ? number + 1 : nothing}>
        <task-row .app=${this.app} .row=${row} .place=${this.app.place} .isCurrent=${row.key === current} .isSelected=${isSelected} .isAway=${Boolean(row.sync) && this.app.engine.state !== "live"} section=${id}></task-row></li>`;
  }

  /** A row that nobody sees, by which it is known how high one is with this text size and these spaces. */
  sample() {
    const { place, t } = this.app;
    const row = { key: "", title: t("title_of"), priority: "high", tags: [], due_on: place.today };
    return html`<ul class="rows is-windowed sample" aria-hidden="true"><li><task-row .app=${this.app} .row=${row} .place=${place} .isCurrent=${false}></task-row></li></ul>`;
  }

  fold(id, isOpen) {
    if (isOpen) this.opened.add(id);
    else this.opened.delete(id);
    this.requestUpdate();
  }

  /** Have a row in the page. @param {string} key */
  reveal(key) {
    this.current = key;
    if (this.isUpdatePending) this.performUpdate();
  }

  /** A click with Shift or Ctrl picks rows, and does nothing else. @param {MouseEvent} event */
  pick(event) {
    const key = event.target instanceof Element ? event.target.closest("[data-row]")?.getAttribute("data-row") : null;
    if (!key || !(event.shiftKey || event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    const between = event.shiftKey ? keysBetween(this.from ?? this.current, key) : [];
    if (between.length) this.app.selection.add(between);
    else this.app.selection.toggle(key);
  }

  loading() {
    return html`<div class="skeleton" role="status"><span class="unseen">${this.app.t("loading")}</span><i></i><i></i><i></i></div>`;
  }

  empty() {
    const { t, store } = this.app;
    const { view } = this.route;
    const canAdd = !WITHOUT_ADDING.has(view);
    if (!store.shown.size && canAdd) return void import("./first-run.js"), html`<first-run .app=${this.app}></first-run>`;
    if (view === "today") return html`<div class="empty"><p class="strong">${t("all_done")}</p><p>${t("all_done_more")}</p></div>`;
    const words = t(`empty_${view}`, { name: this.route.name });
    const start = () => /** @type {HTMLElement | null} */ (document.querySelector("quick-add input"))?.focus();
    return html`<div class="empty"><p>${words}</p>${canAdd ? html`<button type="button" class="example" @click=${start}>${t("add")}</button>` : nothing}</div>`;
  }
}

customElements.define("list-view", ListView);
