// @ts-check
// The end of a list of done tasks: what is older is on the server, and comes when one gets here.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { pathToOlder } from "../store/queries.js";
import { OlderTasks } from "../sync/older.js";
import { LightElement } from "../ui/light.js";
import "../locale/en-lists.js";

/** How far below what is seen the next page is asked for, and how long somebody types before a search is. */
const AHEAD = "400px";
const PAUSE_MS = 300;

export class OlderList extends LightElement {
  static properties = { app: { attribute: false }, path: {} };

  constructor() {
    super();
    /** @type {string | undefined} the first page; without it all that is done */
    this.path = undefined;
    this.isNear = false;
    this.watch = new IntersectionObserver((seen) => { this.isNear = seen.some(({ isIntersecting }) => isIntersecting); this.go(); }, { rootMargin: AHEAD });
  }

  connectedCallback() {
    super.connectedCallback();
    this.watch.observe(this);
    void this.updateComplete.then(() => this.isConnected && this.app.store.addEventListener("change", this.restore));
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.watch.disconnect();
    clearTimeout(this.timer);
    this.app?.store.removeEventListener("change", this.restore);
  }

  restore = () => this.older?.restore();

  willUpdate(changed) {
    if (!changed.has("path") && this.older) return;
    this.older = new OlderTasks(this.app, this.path ?? pathToOlder("", this.app.store.now()));
    this.unfollow?.();
    this.follow([[this.older, "change"]]);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.go(), PAUSE_MS);
  }

  /** The end of the list is still seen after a page has come: then it was too short. */
  updated() {
    if (this.older?.tasks.length) this.go();
  }

  go() {
    if (this.isNear && this.older?.state === "waiting") void this.older.more();
  }

  render() {
    const { t } = this.app;
    const { state, tasks, refusal } = this.older ?? { state: "end", tasks: [], refusal: "" };
    const again = html`<button type="button" class="act" @click=${() => this.older?.more()}>${t(state === "waiting" ? "older_show" : "try_again")}</button>`;
    return html`<div class="older" role="status">
      ${state === "loading" ? t("older_loading") : nothing}
      ${state === "offline" ? html`${refusal ? html`<span lang="en">${refusal}</span>` : t("older_offline")}` : nothing}
      ${state === "end" && tasks.length ? t("older_end") : nothing}</div>${state === "waiting" || state === "offline" ? again : nothing}`;
  }
}

customElements.define("older-tasks", OlderList);
