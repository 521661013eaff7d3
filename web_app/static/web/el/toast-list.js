// @ts-check
// The short messages at the bottom of the page.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { icon } from "../ui/icons.js";
import { LightElement } from "../ui/light.js";
import "../locale/en-sheets.js";

export class ToastList extends LightElement {
  static properties = { app: { attribute: false } };

  connectedCallback() {
    super.connectedCallback();
    this.follow([[this.app.toasts, "change"]]);
  }

  render() {
    const { toasts } = this.app;
    const hold = (is) => () => { toasts.isHeld = is; };
    return html`<section aria-label=${this.app.t("messages")}><ul class="toasts" @pointerenter=${hold(true)} @pointerleave=${hold(false)} @focusin=${hold(true)} @focusout=${hold(false)}>
      ${repeat(toasts.shown, ({ id }) => id, (toast) => this.toast(toast))}</ul></section>`;
  }

  toast({ id, text, action }) {
    const { toasts, t } = this.app;
    const act = () => { toasts.close(id); action?.run(); };
    return html`<li><span dir="auto">${text}</span>
      ${action ? html`<button type="button" class="act" @click=${act}>${action.label}</button>` : nothing}
      <button type="button" class="quiet" aria-label=${t("dismiss")} @click=${() => toasts.close(id)}>${icon("close")}</button></li>`;
  }
}

customElements.define("toast-list", ToastList);
