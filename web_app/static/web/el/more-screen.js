// @ts-check
// The screens that are opened seldom: each is loaded when it is opened, or as soon as there is time.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { LightElement } from "../ui/light.js";
import "../locale/en-more.js";
import "../ui/more_icons.js";

const SCREENS = {
  notifications: { name: "notification-center", load: () => import("./notification-center.js"), show: (app) => html`<notification-center .app=${app}></notification-center>` },
  reminders: { name: "reminders-view", load: () => import("./reminders-view.js"), show: (app) => html`<reminders-view .app=${app}></reminders-view>` },
  trash: { name: "trash-view", load: () => import("./trash-view.js"), show: (app) => html`<trash-view .app=${app}></trash-view>` },
  activity: { name: "activity-view", load: () => import("./activity-view.js"), show: (app) => html`<activity-view .app=${app}></activity-view>` },
  settings: { name: "settings-view", load: () => import("./settings-view.js"), show: (app) => html`<settings-view .app=${app}></settings-view>` },
};

export class MoreScreen extends LightElement {
  static properties = { app: { attribute: false }, route: { attribute: false } };

  firstUpdated() {
    for (const { load } of Object.values(SCREENS)) void load().catch(() => undefined);
  }

  render() {
    const { name, load, show } = SCREENS[this.route.view];
    // What shows the state of this device needs what is begun after the list is there.
    if (customElements.get(name) && this.app.notifications) return show(this.app);
    void load().then(() => this.requestUpdate(), () => undefined);
    return nothing;
  }
}

customElements.define("more-screen", MoreScreen);
