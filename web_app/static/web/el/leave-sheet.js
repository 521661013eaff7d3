// @ts-check
// Signing out with changes that have not been sent: nothing is thrown away without a word.
import { html } from "../vendor/lit-element/lit-element.js";
import { LightElement } from "../ui/light.js";
import "../locale/en-sheets.js";

export class LeaveSheet extends LightElement {
  static properties = { app: { attribute: false } };

  firstUpdated() {
    this.querySelector("dialog")?.showModal();
  }

  render() {
    const { t, engine } = this.app;
    const { waiting, blocked } = engine.outbox.queue.counts();
    const count = { waiting: waiting + blocked };
    return html`
      <dialog aria-labelledby="leave-title" @close=${() => this.app.close()}>
        <h2 id="leave-title">${t("sign_out")}</h2>
        <p>${t("sign_out_waiting", count)}</p>
        <form method="dialog"><button type="button" @click=${() => this.app.leave()}>${t("sign_out_discard", count)}</button><button class="primary">${t("sign_out_stay")}</button></form>
      </dialog>`;
  }
}

customElements.define("leave-sheet", LeaveSheet);
