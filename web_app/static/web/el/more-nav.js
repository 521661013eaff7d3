// @ts-check
// The way to the screens that are opened seldom, at the foot of the navigation.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { icon } from "../ui/icons.js";
import { LightElement } from "../ui/light.js";
import "../ui/more_icons.js";

const SCREENS = ["reminders", "trash", "activity", "settings"];

export class MoreNav extends LightElement {
  static properties = { app: { attribute: false }, route: { attribute: false } };

  render() {
    const { t } = this.app;
    const link = (view) => html`<li><a href="/app/${view}" data-list=${view} aria-current=${this.route.view === view ? "page" : nothing}>${icon(view)}<span><bdi>${t(view)}</bdi></span></a></li>`;
    return html`<ul>${SCREENS.map(link)}</ul>`;
  }
}

customElements.define("more-nav", MoreNav);
