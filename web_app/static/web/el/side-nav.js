// @ts-check
// The way to every list, with the number of tasks that wait there.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { icon } from "../ui/icons.js";
import { LightElement } from "../ui/light.js";

const LISTS = ["today", "overdue", "upcoming", "inbox", "all", "done"];
const PRIORITIES = ["urgent", "high", "medium", "low"];
const MOST_TAGS = 30;

export class SideNav extends LightElement {
  static properties = { app: { attribute: false }, route: { attribute: false } };

  connectedCallback() {
    super.connectedCallback();
    this.follow([[this.app.store, "change"], [this.app, "change"]], { byFrame: true });
  }

  render() {
    const { t, store, place, user, views } = this.app;
    const numbers = { today: store.counts.dueBy(place.today), inbox: store.counts.inbox, overdue: store.counts.overdue(place) };
    const lists = LISTS.filter((view) => view !== "overdue" || numbers.overdue || this.route.view === view);
    const tags = [...store.counts.tags.keys()].sort((one, other) => one.localeCompare(other)).slice(0, MOST_TAGS);
    return html`
      <nav aria-label=${t("navigation")}>
        ${this.search()}
        <ul>${lists.map((view) => this.link(`/app/${view}`, view, t(view), numbers[view]))}</ul>
        ${views?.list.length ? html`<h2 class="small">${t("views")}</h2><ul>${views.list.map(({ id, name }) => this.link(`/app/view/${id}`, "bookmark", name))}</ul>` : nothing}
        <h2 class="small">${t("priorities")}</h2><ul>${PRIORITIES.map((name) => this.link(`/app/priority/${name}`, "flag", t(name), store.counts.priorities.get(name)))}</ul>
        ${tags.length ? html`<h2 class="small"><a href="/app/tags">${t("tags")}</a></h2><ul>${tags.map((tag) => this.link(`/app/tag/${encodeURIComponent(tag)}`, "tag", tag, store.counts.tags.get(tag)))}</ul>` : nothing}
      <more-nav .app=${this.app} .route=${this.route}></more-nav>
      <div class="foot">
        <span class="user"><bdi>${user.username}</bdi></span>
        <button type="button" class="quiet" aria-label=${t("keys")} @click=${() => this.app.open("keys-help")}>${icon("keys")}</button>
        <button type="button" class="quiet" aria-label=${t("sign_out")} @click=${() => this.app.signOut()}>${icon("leave")}</button>
      </div></nav>`;
  }

  search() {
    const { t } = this.app;
    return html`<button type="button" class="find" @click=${() => void this.app.choose("commands")}>${icon("search")}<span>${t("find")}</span><kbd aria-hidden="true">Ctrl K</kbd></button>`;
  }

  link(path, name, text, count = 0) {
    const isHere = this.route.path === path || (name === "today" && this.route.path === "/");
    return html`<li><a href=${path} data-list=${name} data-tag=${name === "tag" ? text : nothing} aria-current=${isHere ? "page" : nothing}>${icon(name)}<span><bdi>${text}</bdi></span>${count ? html`<span class="count">${count}</span>` : nothing}</a></li>`;
  }
}

customElements.define("side-nav", SideNav);
