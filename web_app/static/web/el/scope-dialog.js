// @ts-check
// For which occurrences of a series a change is: this one, this and those that come, or all.
import { html } from "../vendor/lit-element/lit-element.js";
import "../locale/en-task.js";
import { LightElement } from "../ui/light.js";

/** What may be asked for: a rule is never that of one occurrence alone. */
const CHOICES = { due: ["this", "future", "all"], text: ["future", "all"], rule: ["future", "all"], delete: ["this", "future", "all"] };

export class ScopeDialog extends LightElement {
  static properties = { app: { attribute: false } };

  firstUpdated() {
    this.querySelector("dialog")?.showModal();
  }

  render() {
    const { t, given } = this.app;
    return html`
      <dialog aria-labelledby="scope-title" aria-describedby="scope-text" @close=${() => this.app.close()}>
        <h2 id="scope-title">${t(`scope_${given.what}`)}</h2>
        <p id="scope-text"><bdi>${given.row.title}</bdi> · ${given.row.recurrence?.text || t("row_repeats")}</p>
        <div class="choices">
          ${CHOICES[given.what].map((scope) => html`<button type="button" class="choice" @click=${() => this.take(scope)}><span class="strong">${t(`scope_${scope}`)}</span><span>${t(`scope_${given.what}_${scope}`)}</span></button>`)}
        </div>
        <form method="dialog"><button>${t("cancel")}</button></form>
      </dialog>`;
  }

  take(scope) {
    const { act } = this.app.given;
    this.app.closeWith(() => act(scope === "this" ? undefined : scope));
  }
}

customElements.define("scope-dialog", ScopeDialog);
