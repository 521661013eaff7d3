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

  item(mutation) {
    const { t, store } = this.app;
    const title = mutation.fields?.title ?? store.confirmed.get(mutation.task)?.title ?? "";
    const { code, detail, request_id: id } = mutation.last_error ?? {};
    const known = ["maybe_saved", "gone", "changed", "conflict"].includes(code);
    // The second click of two would meet the next change.
    const button = (act, label) => html`<button type="button" @click=${({ detail }) => { if (detail < 2) act(); }}>${t(label)}</button>`;
    const { engine } = this.app;
    const [act, label] = {
      conflict: [() => void this.app.open("conflict-sheet", { key: mutation.key }), "compare"],
      gone: [() => this.restore(mutation), "restore_apply"],
    }[code] ?? [() => engine.again(mutation.key), mutation.op === "delete" ? "delete_anyway" : "send_again"];
    return html`<li><p dir="auto">${title}${mutation.fields?.description ? html`<span class="theirs">${mutation.fields.description}</span>` : nothing}</p>
      ${mutation.state === "blocked" ? html`<p class="why">${known ? t(code) : html`<span lang="en">${detail} ${code === "server_error" ? id : nothing}</span>`}</p>
        ${code === "maybe_saved" && title ? button(() => this.showSimilar(title), "show_similar") : nothing}${button(act, label)}` : nothing}
      ${button(() => engine.forget(mutation.key), mutation.op === "delete" ? "keep_task" : "discard")}</li>`;
  }

  /** Go to the tasks with these words: it may be there. */
  showSimilar(title) {
    this.app.closeWith(() => this.app.router.go(`/app/search?q=${encodeURIComponent(title)}`));
  }

  /** The task comes back, and then all that waits for it, in its order. */
  restore({ task }) {
    const { engine, actions } = this.app;
    const mine = engine.outbox.queue.inOrder().filter((each) => each.task === task);
    const again = mine.filter(({ op }) => op !== "restore").map(({ op, fields, shown, args, base, scope, reminder }) => ({ op, task, fields, shown, args, base, scope, reminder }));
    for (const given of [{ op: "restore", task }, ...again]) void engine.act(actions.mutation(given));
    // The first holds back the others: it goes last.
    for (const { key } of mine.reverse()) engine.forget(key);
  }
}

customElements.define("outbox-sheet", OutboxSheet);
