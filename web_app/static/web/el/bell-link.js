// @ts-check
// The bell in the frame, with the number of notifications that nobody has read.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { icon } from "../ui/icons.js";
import { LightElement } from "../ui/light.js";
import "../locale/en-more.js";

const MOST_SHOWN = 99;

export class BellLink extends LightElement {
  static properties = { app: { attribute: false } };

  connectedCallback() {
    super.connectedCallback();
    void this.updateComplete.then(() => this.isConnected && this.listen());
  }

  /** The notifications are begun after the list is there. */
  listen() {
    const { app } = this;
    this.follow([[app, "change"], [app.router, "change"], ...(app.notifications ? [/** @type {[EventTarget, string]} */ ([app.notifications, "change"])] : [])]);
    if (!app.notifications) app.addEventListener("change", () => { this.unfollow?.(); this.listen(); }, { once: true });
  }

  render() {
    const { t, notifications, router } = this.app;
    const unread = notifications?.unread ?? 0;
    const isHere = router.route.view === "notifications";
    return html`<a class="quiet" href="/app/notifications" aria-current=${isHere ? "page" : nothing} aria-label=${unread ? t("bell_unread", { count: unread }) : t("notifications")}>
      ${icon("bell")}${unread ? html`<span class="number" aria-hidden="true">${unread > MOST_SHOWN ? `${MOST_SHOWN}+` : unread}</span>` : nothing}</a>`;
  }
}

customElements.define("bell-link", BellLink);
