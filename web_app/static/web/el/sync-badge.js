// @ts-check
// How this device and the server stand, in words; it opens the list of what waits.
import { html } from "../vendor/lit-element/lit-element.js";
import { LightElement } from "../ui/light.js";

export class SyncBadge extends LightElement {
  static properties = { app: { attribute: false } };

  connectedCallback() {
    super.connectedCallback();
    this.follow([[this.app.engine, "status"]]);
  }

  render() {
    const { kind, text } = this.state();
    return html`<button type="button" class="badge" data-state=${kind} @click=${() => this.app.open("outbox-sheet")}><i aria-hidden="true"></i><span>${text}</span></button>`;
  }

  state() {
    const { engine, t, hasNewVersion } = this.app;
    const { waiting, blocked } = engine.outbox.queue.counts();
    if (blocked) return { kind: "blocked", text: t("need_you", { blocked }) };
    if (engine.state === "signed_out") return { kind: "signed_out", text: t("signed_out", { waiting }) };
    if (engine.state === "offline") return { kind: "offline", text: t("offline", { waiting }) };
    if (engine.isBusy && waiting) return { kind: "offline", text: t("busy") };
    if (hasNewVersion) return { kind: "new", text: t("new_version") };
    return { kind: engine.state, text: t(engine.state) };
  }
}

customElements.define("sync-badge", SyncBadge);
