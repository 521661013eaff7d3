// @ts-check
// One field was changed here and elsewhere: both texts, and nothing is sent until a person has chosen.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { LightElement } from "../ui/light.js";
import "../locale/en-sheets.js";

const MOST = 10_000;

export class ConflictSheet extends LightElement {
  static properties = { app: { attribute: false }, text: { state: true } };

  connectedCallback() {
    super.connectedCallback();
    const { engine, given, disk } = this.app;
    this.mutation = engine.outbox.queue.mutations.get(given.key);
    this.text = this.mutation?.fields.description ?? "";
    void disk.takeDraft(this.draft()).then((kept) => { if (kept) this.text = kept; });
  }

  draft() {
    return `conflict ${this.app.given.key}`;
  }

  firstUpdated() {
    this.querySelector("dialog")?.showModal();
  }

  render() {
    const { t, store } = this.app;
    if (!this.mutation) return nothing;
    const task = store.confirmed.get(this.mutation.task);
    const over = this.text.length - MOST;
    return html`
      <dialog class="wide" aria-labelledby="conflict-title" @close=${() => this.app.close()}>
        <h2 id="conflict-title">${t("conflict_title")}</h2>
        <p><bdi>${task?.title ?? ""}</bdi></p>
        <div class="sides">
          <div><h3 id="conflict-theirs">${t("conflict_theirs")}</h3><p class="theirs" dir="auto" tabindex="0" role="group" aria-labelledby="conflict-theirs">${task?.description || t("conflict_empty")}</p></div>
          <div><label for="conflict-mine">${t("conflict_mine")}</label>
            <textarea id="conflict-mine" dir="auto" rows="8" .value=${this.text} aria-describedby="conflict-note" @input=${(event) => this.type(event.target.value)}></textarea></div>
        </div>
        <p id="conflict-note" class="why">${over > 0 ? t("too_long_text", { count: over }) : ""}</p>
        <form method="dialog">
          <button>${t("conflict_later")}</button>
          <button type="button" @click=${() => this.keepTheirs()}>${t("use_theirs")}</button>
          <button type="button" class="primary" ?disabled=${over > 0} @click=${() => this.useMine()}>${t("conflict_use_mine")}</button>
        </form>
      </dialog>`;
  }

  type(text) {
    this.text = text;
    void this.app.disk.putDraft(this.draft(), text);
  }

  /** What else I changed of the task is still sent. */
  keepTheirs() {
    const { description, ...fields } = this.mutation.fields;
    this.decide((engine, key) => {
      if (!Object.keys(fields).length) return engine.forget(key);
      this.mutation.fields = fields;
      return engine.again(key);
    });
  }

  /** The text as it stands here goes on top of theirs. */
  useMine() {
    this.decide((engine, key) => {
      this.mutation.fields = { ...this.mutation.fields, description: this.text };
      return engine.again(key);
    });
  }

  decide(act) {
    void act(this.app.engine, this.mutation.key);
    void this.app.disk.putDraft(this.draft(), "");
    this.app.dismiss();
  }
}

customElements.define("conflict-sheet", ConflictSheet);
