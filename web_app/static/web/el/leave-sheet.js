// @ts-check
// Signing out with changes that have not been sent: nothing is thrown away without a word.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { LightElement } from "../ui/light.js";
import "../locale/en-sheets.js";

export class LeaveSheet extends LightElement {
  static properties = { app: { attribute: false }, isSending: { state: true }, refusal: { state: true } };

  connectedCallback() {
    super.connectedCallback();
    this.follow([[this.app.engine, "status"]]);
    this.app.engine.addEventListener("notice", this.onNotice);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.app.engine.removeEventListener("notice", this.onNotice);
  }

  /** A refused change is given up: who leaves hears of it first. */
  onNotice = ({ detail: { kind, problem } }) => {
    if (kind === "refused" && this.isSending) Object.assign(this, { isSending: false, refusal: problem.detail });
  };

  firstUpdated() {
    this.querySelector("dialog")?.showModal();
  }

  get count() {
    return this.app.engine.outbox.queue.mutations.size;
  }

  render() {
    const { t, engine } = this.app;
    const { waiting, blocked } = engine.outbox.queue.counts();
    const count = { waiting: this.count };
    const state = engine.state !== "live" ? t("needs_network_back") : blocked ? t("need_you", { blocked }) : nothing;
    return html`
      <dialog aria-labelledby="leave-title" @close=${() => this.app.close()}>
        <h2 id="leave-title">${t("sign_out")}</h2>
        <p>${this.count ? t("sign_out_waiting", count) : this.refusal ? nothing : t("outbox_empty")}</p>
        <p role="status">${this.isSending ? state : html`<span lang="en">${this.refusal}</span>`}</p>
        <form method="dialog">${this.isSending || !waiting ? nothing : html`<button type="button" @click=${() => this.send()}>${t("sign_out_send")}</button>`}
          <button type="button" @click=${() => this.app.leave()}>${this.count ? t("sign_out_discard", count) : t("sign_out")}</button><button class="primary">${t("sign_out_stay")}</button></form>
      </dialog>`;
  }

  /** Leave as soon as everything is sent. */
  send() {
    Object.assign(this, { isSending: true, refusal: undefined });
    this.app.engine.lookAgain();
  }

  updated() {
    if (!this.isSending || this.count) return;
    this.isSending = false;
    void this.app.leave();
  }
}

customElements.define("leave-sheet", LeaveSheet);
