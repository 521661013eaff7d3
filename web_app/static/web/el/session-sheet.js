// @ts-check
// The session has ended elsewhere: nothing is lost, and signing in again sends what waits.
import { html } from "../vendor/lit-element/lit-element.js";
import { LightElement } from "../ui/light.js";
import "../locale/en-sheets.js";

export class SessionSheet extends LightElement {
  static properties = { app: { attribute: false } };

  firstUpdated() {
    this.querySelector("dialog")?.showModal();
  }

  render() {
    const { t, engine } = this.app;
    const { waiting } = engine.outbox.queue.counts();
    const back = `/sign-in?next=${encodeURIComponent(location.pathname)}`;
    return html`
      <dialog aria-labelledby="session-title" @close=${() => this.app.close()}>
        <h2 id="session-title">${t("signed_out_title")}</h2>
        <p>${t("signed_out_text", { waiting })}</p>
        <form method="dialog"><button>${t("close")}</button><a class="primary" href=${back}>${t("sign_in")}</a></form>
      </dialog>`;
  }
}

customElements.define("session-sheet", SessionSheet);
