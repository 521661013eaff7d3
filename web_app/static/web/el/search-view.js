// @ts-check
// Search, and saved views: a query in the address, what narrows it, what this device finds at once, and below it what the
// server has.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { partsOfAddress, pathToOlder } from "../store/queries.js";
import { LightElement } from "../ui/light.js";
import { viewsOf } from "../ui/saved_views.js";
import "./filter-bar.js";
import "./list-view.js";
import "./older-tasks.js";
import "./view-menu.js";

export class SearchView extends LightElement {
  static properties = { app: { attribute: false }, route: { attribute: false }, open: { attribute: false } };

  connectedCallback() {
    super.connectedCallback();
    // The element may be there before its module: what it was given is known from its first update on.
    void this.updateComplete.then(() => this.isConnected && this.follow([[this.app.store, "change"], [viewsOf(this.app), "change"]], { byFrame: true }));
  }

  async firstUpdated() {
    const bar = /** @type {any} */ (this.querySelector("filter-bar"));
    await bar?.updateComplete;
    if (this.route.view === "search") bar?.querySelector("input")?.focus();
  }

  render() {
    const { app, route } = this;
    const { t } = app;
    const views = viewsOf(app);
    const view = route.view === "view" ? views.viewOf(route.name) : undefined;
    if (route.view === "view" && !view) return views.isKnown ? html`<p class="empty">${t("view_missing")}</p>` : nothing;
    const address = view ? views.addressOf(route.name) : route.name;
    const { query } = partsOfAddress(address);
    return html`
      <filter-bar .app=${app} .query=${address} @query=${({ detail }) => app.router.restate(detail)}></filter-bar>
      <view-menu .app=${app} .view=${view} .address=${address}></view-menu>
      <p class="unseen" role="status">${query ? t("found", { count: this.count() }) : nothing}</p>
      ${this.isAbout(query, "trashed") ? html`<p class="empty">${t("view_of_trash")}</p>` : nothing}
      ${query || view ? html`<list-view .app=${app} .route=${route} .open=${this.open}></list-view><older-tasks .app=${app} path=${pathToOlder(query, app.store.now())}></older-tasks>` : html`<div class="empty"><p>${t("search_hint")}</p></div>`}`;
  }

  count() {
    return this.app.store.open.sections.reduce((sum, { list }) => sum + list.rows.length, 0);
  }

  isAbout(query, name) {
    return new URLSearchParams(query).get(name) === "true";
  }
}

customElements.define("search-view", SearchView);
