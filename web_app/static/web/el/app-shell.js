// @ts-check
// The frame of the page: lists at the side, one list in the middle, messages at the bottom.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { longDay } from "../time/format.js";
import { icon } from "../ui/icons.js";
import { LightElement } from "../ui/light.js";
import "./list-view.js";
import "./quick-add.js";
import "./side-nav.js";
import "./sync-badge.js";

/** Sheets over the page, loaded when they are first opened. */
const SHEETS = {
  "keys-help": { load: () => import("./keys-help.js"), show: (app) => html`<keys-help .app=${app}></keys-help>` },
  "outbox-sheet": { load: () => import("./outbox-sheet.js"), show: (app) => html`<outbox-sheet .app=${app}></outbox-sheet>` },
  "leave-sheet": { load: () => import("./leave-sheet.js"), show: (app) => html`<leave-sheet .app=${app}></leave-sheet>` },
  "command-palette": { load: () => import("./command-palette.js"), show: (app) => html`<command-palette .app=${app}></command-palette>` },
  "conflict-sheet": { load: () => import("./conflict-sheet.js"), show: (app) => html`<conflict-sheet .app=${app}></conflict-sheet>` },
  "scope-dialog": { load: () => import("./scope-dialog.js"), show: (app) => html`<scope-dialog .app=${app}></scope-dialog>` },
  "tag-sheet": { load: () => import("./tag-sheet.js"), show: (app) => html`<tag-sheet .app=${app}></tag-sheet>` },
  "view-sheet": { load: () => import("./view-sheet.js"), show: (app) => html`<view-sheet .app=${app}></view-sheet>` },
  "session-sheet": { load: () => import("./session-sheet.js"), show: (app) => html`<session-sheet .app=${app}></session-sheet>` },
};

/** Parts of the page that its first list does not need. */
const PARTS = {
  "bell-link": () => import("./bell-link.js"),
  "more-nav": () => import("./more-nav.js"),
  "more-screen": () => import("./more-screen.js"),
  "bulk-bar": () => import("./bulk-bar.js"),
  "older-tasks": () => import("./older-tasks.js"),
  "notice-list": () => import("./notice-list.js"),
  "toast-list": () => import("./toast-list.js"),
};

/** The screen of one task. */
const loadTask = () => import("./task-detail.js");

/** Where a task has room beside its list. */
const WIDE = "(min-width: 56.25em)";

/** Screens that are opened seldom. */
const MORE = new Set(["notifications", "reminders", "trash", "activity", "settings"]);

export class AppShell extends LightElement {
  static properties = { app: { attribute: false }, isMenuOpen: { state: true }, failure: { attribute: false } };

  constructor() {
    super();
    this.isMenuOpen = false;
    this.wide = matchMedia(WIDE);
    // A date that is half written has no value: who took none for it would set it to that, and its other parts would go.
    for (const kind of ["input", "change"]) this.addEventListener(kind, (event) => /** @type {any} */ (event.target).validity?.badInput && event.stopPropagation(), true);
  }

  begin(app) {
    this.app = app;
    this.follow([[app, "change"], [app.router, "change"], [app.selection, "change"], [app.toasts, "change"], [this.wide, "change"]]);
    app.router.addEventListener("change", () => { this.isMenuOpen = false; });
    // What opens later is fetched when the list is here: without a network it must be here.
    const parts = [...Object.values(SHEETS).map(({ load }) => load), ...Object.values(PARTS), loadTask];
    /** @type {Promise<any>} */
    this.fetched = new Promise((resolve) => {
      const idle = window.requestIdleCallback ?? setTimeout;
      void app.engine.loaded.then(() => idle(() => resolve(Promise.allSettled(parts.map((load) => load())))));
    });
  }

  /** Until then the server's frame stands. */
  shouldUpdate() { return this.app ?? this.failure; }
  willUpdate() { if (!this.hasUpdated) this.replaceChildren(); }

  render() {
    if (this.failure) return html`<main class="plain"><h1>${this.failure.title}</h1><p>${this.failure.text}</p><p><a class="primary" href="">${this.failure.again}</a></p></main>`;
    const { t, router, sheet, selection } = this.app;
    const isTask = Boolean(router.open);
    const isBeside = isTask && this.wide.matches;
    return html`
      <a class="skip" href="#list">${t("skip")}</a>
      <side-nav class=${this.isMenuOpen ? "is-open" : ""} .app=${this.app} .route=${router.list}></side-nav>
      ${this.isMenuOpen ? html`<div class="scrim" @click=${() => { this.isMenuOpen = false; }}></div>` : nothing}
      <main class="column" id="list" tabindex="-1">${isTask && !isBeside ? this.task(router.route) : this.screen(router.list)}</main>
      ${isBeside ? html`<aside class="beside" aria-label=${t("open_task")}>${this.task(router.route)}</aside>` : nothing}
      ${selection.keys.size && this.has("bulk-bar") ? html`<bulk-bar .app=${this.app} count=${selection.keys.size}></bulk-bar>` : nothing}
      ${this.app.toasts.wasUsed && this.has("toast-list") ? html`<toast-list .app=${this.app}></toast-list>` : nothing}
      ${sheet ? SHEETS[sheet].show(this.app) : nothing}`;
  }

  task({ name }) {
    void loadTask().catch(() => undefined);
    return html`<task-detail .app=${this.app} task=${name} .isAlone=${!this.wide.matches}></task-detail>`;
  }

  screen(route) {
    const { t, place } = this.app;
    if (route.view === "missing") return html`${this.head(t("not_here"))}<p>${t("not_here_text")} <a href="/app/today">${t("today")}</a></p>`;
    if (MORE.has(route.view)) return html`${this.head(t(route.view))}${this.has("more-screen") ? html`<more-screen .app=${this.app} .route=${route}></more-screen>` : nothing}`;
    if (route.view === "tags") {
      void import("./tags-view.js");
      return html`${this.head(t("tags"))}<tags-view .app=${this.app}></tags-view>`;
    }
    if (route.view === "search" || route.view === "view") {
      void import("./search-view.js");
      return html`${this.head(this.title(route))}<search-view .app=${this.app} .route=${route} .open=${this.app.router.open}></search-view>`;
    }
    const today = route.view === "today" ? longDay(place.today, place.locale) : "";
    return html`${this.head(this.title(route), today)}
      ${route.view === "done" ? nothing : html`<quick-add .app=${this.app}></quick-add>`}
      <list-view .app=${this.app} .route=${route} .open=${this.app.router.open}></list-view>
      ${route.view === "done" && this.has("older-tasks") ? html`<older-tasks .app=${this.app}></older-tasks>` : nothing}`;
  }

  title({ view, name }) {
    const { t } = this.app;
    if (view === "tag") return `#${name}`;
    if (view === "view") return this.app.views?.viewOf(name)?.name ?? t("views");
    return view === "priority" ? t("priority_list", { name: t(name) }) : t(view);
  }

  head(title, subtitle = "") {
    if (!this.app.router.open) document.title = `${title} – Todo`;
    const { t, notices } = this.app;
    const toggle = () => { this.isMenuOpen = !this.isMenuOpen; };
    return html`<header class="head">
      <button type="button" class="quiet menu" aria-label=${t("menu")} aria-expanded=${this.isMenuOpen} @click=${toggle}>${icon("menu")}</button>
      <h1><bdi>${title}</bdi></h1><p>${subtitle}</p><sync-badge .app=${this.app}></sync-badge><bell-link .app=${this.app}></bell-link></header>
      ${notices?.shown.length && this.has("notice-list") ? html`<notice-list .app=${this.app} .shown=${notices.shown}></notice-list>` : nothing}`;
  }

  /** Whether a part that is seldom shown is loaded; if not, it is loaded now, and shown then. @param {string} name */
  has(name) {
    const isHere = Boolean(customElements.get(name));
    if (!isHere) void PARTS[name]().then(() => this.requestUpdate(), () => undefined);
    return isHere;
  }

  /** Load a sheet before it is shown. @param {string} name */
  async load(name) {
    await SHEETS[name].load();
  }
}

customElements.define("app-shell", AppShell);
