// @ts-check
// Search over what this device holds, while you type.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { matcherOf } from "../store/search.js";
import { Line, focusedKey } from "../ui/focus.js";
import { LightElement } from "../ui/light.js";
import "./task-row.js";
import "../locale/en-sheets.js";

const MOST_HITS = 100;

export class SearchView extends LightElement {
  static properties = { app: { attribute: false }, query: { state: true }, current: { state: true } };

  constructor() {
    super();
    this.current = "";
    this.line = new Line([]);
    this.addEventListener("focusin", () => { this.current = focusedKey() || this.current; });
    this.query = new URLSearchParams(location.search).get("q") ?? "";
  }

  connectedCallback() {
    super.connectedCallback();
    // The element may be there before its module: what it was given is known from its first update on.
    void this.updateComplete.then(() => this.isConnected && this.follow([[this.app.store, "change"], [this.app.selection, "change"]], { byFrame: true }));
  }

  firstUpdated() {
    this.querySelector("input")?.focus();
  }

  render() {
    const { t } = this.app;
    const hits = this.hits();
    this.line = new Line([{ id: "hits", list: { rows: hits, numberOf: (key) => hits.findIndex((hit) => hit.key === key) } }]);
    const current = hits.some(({ key }) => key === this.current) ? this.current : hits[0]?.key;
    const { keys } = this.app.selection;
    return html`
      <input type="search" class="search" aria-label=${t("search")} placeholder=${t("search")} .value=${this.query} @input=${(/** @type {any} */ event) => this.type(event.target.value)}>
      <p class="unseen" role="status">${this.query ? t("found", { count: hits.length }) : nothing}</p>
      ${hits.length ? nothing : html`<div class="empty"><p>${t(this.query ? "empty_search" : "search_hint")}</p></div>`}
      <ul class="rows">${repeat(hits, ({ key }) => key, (row) => html`
        <li data-row=${row.key} class=${`${row.completed ? "is-done" : ""} ${keys.has(row.key) ? "is-selected" : ""}`}>
          <task-row .app=${this.app} .row=${row} .place=${this.app.place} .isCurrent=${row.key === current} .isSelected=${keys.has(row.key)}></task-row></li>`)}</ul>`;
  }

  /** Every row is in the page. @param {string} key */
  reveal(key) {
    this.current = key;
  }

  /** @param {string} query */
  type(query) {
    this.query = query;
    history.replaceState(history.state, "", query ? `?q=${encodeURIComponent(query)}` : location.pathname);
  }

  hits() {
    const matches = matcherOf(this.query);
    if (!matches) return [];
    const found = [];
    for (const row of this.app.store.shown.values()) if (matches(row)) found.push(row);
    return found.sort((one, other) => Number(one.completed) - Number(other.completed) || (other.created_at < one.created_at ? -1 : 1)).slice(0, MOST_HITS);
  }
}

customElements.define("search-view", SearchView);
