// @ts-check
// The changes that wait on this device; what the server refused stays here with its text until a person decides.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { LightElement } from "../ui/light.js";
import "../locale/en-sheets.js";

export class OutboxSheet extends LightElement {
  static properties = { app: { attribute: false } };

  connectedCallback() {
    super.connectedCallback();
    this.follow([[this.app.engine, "status"]]);
  }

  firstUpdated() {
    this.querySelector("dialog")?.showModal();
  }

  render() {
    const { t, engine } = this.app;
    const waiting = engine.outbox.queue.inOrder();
    return html`
      <dialog aria-labelledby="outbox-title" @close=${() => this.app.close()}>
        <h2 id="outbox-title">${t("outbox")}</h2>
        ${waiting.length ? html`<ul class="outbox">${waiting.map((mutation) => this.item(mutation))}</ul>` : html`<p>${t("outbox_empty")}</p>`}
        <form method="dialog">${this.app.hasNewVersion ? html`<button type="button" @click=${() => this.app.takeNewVersion()}>${t("reload")}</button>` : nothing}<button class="primary">${t("close")}</button></form>
      </dialog>`;
  }

  /** @param {import("../store/fold.js").Mutation} mutation */
  item(mutation) {
    const { t, store } = this.app;
    const title = mutation.fields?.title ?? store.confirmed.get(mutation.task)?.title ?? "";
    const { code, detail } = mutation.last_error ?? {};
    const known = ["maybe_saved", "gone", "changed", "conflict"].includes(code);
    const compare = html`<button type="button" @click=${() => void this.app.open("conflict-sheet", { key: mutation.key })}>${t("compare")}</button>`;
    return html`<li><p dir="auto">${title}${mutation.fields?.description ? html`<span class="theirs">${mutation.fields.description}</span>` : nothing}</p>
      ${mutation.state === "blocked" ? html`<p class="why">${known ? t(code) : html`<span lang="en">${detail}</span>`}</p>
        ${code === "conflict" ? compare : html`<button type="button" @click=${() => this.app.engine.again(mutation.key)}>${t(mutation.op === "delete" ? "delete_anyway" : "send_again")}</button>`}` : nothing}
      <button type="button" @click=${() => this.app.engine.forget(mutation.key)}>${t(mutation.op === "delete" ? "keep_task" : "discard")}</button></li>`;
  }
}

customElements.define("outbox-sheet", OutboxSheet);
