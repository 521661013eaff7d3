// @ts-check
// A question before what cannot be taken back; "no" is what Esc and Enter on the first button say.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { LightElement } from "../ui/light.js";

/** @typedef {{title: string, text: string, yes: string, run: () => void}} Question */

export class QuestionDialog extends LightElement {
  static properties = { app: { attribute: false }, question: { attribute: false } };

  firstUpdated() {
    this.opener = document.activeElement;
    this.querySelector("dialog")?.showModal();
  }

  render() {
    const { title, text, yes } = /** @type {Question} */ (this.question);
    return html`<dialog aria-labelledby="question-title" @close=${() => this.leave()}>
      <h2 id="question-title">${title}</h2><p>${text || nothing}</p>
      <form method="dialog"><button>${this.app.t("no_keep")}</button><button type="button" class="danger" @click=${() => this.agree()}>${yes}</button></form></dialog>`;
  }

  agree() {
    this.isAgreed = true;
    this.querySelector("dialog")?.close();
  }

  leave() {
    if (this.opener instanceof HTMLElement && this.opener.isConnected) this.opener.focus();
    this.dispatchEvent(new Event("done"));
    if (this.isAgreed) this.question.run();
  }
}

customElements.define("question-dialog", QuestionDialog);
