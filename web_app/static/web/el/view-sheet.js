// @ts-check
// The name of a saved view: of a new one, or another name.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { LightElement } from "../ui/light.js";
import { viewsOf } from "../ui/saved_views.js";

const MOST = 100;
/** How the name that was being written is kept. */
const DRAFT = "view name";

export class ViewSheet extends LightElement {
  static properties = { app: { attribute: false }, problem: { state: true }, isSaving: { state: true } };

  constructor() {
    super();
    this.problem = "";
    this.isSaving = false;
  }

  async firstUpdated() {
    this.querySelector("dialog")?.showModal();
    this.field().select();
    const draft = this.app.given.view ? "" : await this.app.disk.takeDraft(DRAFT);
    if (draft && !this.field().value) this.field().value = draft;
  }

  render() {
    const { t, given } = this.app;
    return html`
      <dialog aria-labelledby="view-title" @close=${() => this.app.close()}>
        <h2 id="view-title">${t(given.view ? "view_rename" : "view_save")}</h2>
        <form class="one-field" @submit=${(event) => this.submit(event)}>
          <label for="view-name">${t("view_name")}</label>
          <input id="view-name" type="text" maxlength=${MOST} dir="auto" autocomplete="off" .value=${given.view?.name ?? ""} aria-invalid=${this.problem ? "true" : nothing} aria-describedby="view-problem"
            @input=${() => this.type()}>
          <p class="why" id="view-problem" role="alert">${this.problem}</p>
          <div class="buttons"><button type="button" @click=${() => this.app.dismiss()}>${t("cancel")}</button><button class="primary" ?disabled=${this.isSaving}>${t("save")}</button></div>
        </form>
      </dialog>`;
  }

  field() {
    return /** @type {HTMLInputElement} */ (this.querySelector("input"));
  }

  type() {
    this.problem = "";
    if (!this.app.given.view) void this.app.disk.putDraft(DRAFT, this.field().value);
  }

  async submit(event) {
    event.preventDefault();
    const { t, given, router, toasts, announcer } = this.app;
    const name = this.field().value.trim();
    if (this.isSaving) return undefined;
    if (!name) { this.problem = t("view_untitled"); return this.field().focus(); }
    this.isSaving = true;
    const views = viewsOf(this.app);
    const saved = given.view ? await views.edit(given.view, { name }) : await views.create(name, given.address);
    this.isSaving = false;
    if (!saved) return undefined;
    if (!given.view) void this.app.disk.putDraft(DRAFT, "");
    const text = t("view_saved", { name });
    announcer.say(text);
    toasts.show(text);
    return this.app.closeWith(given.view ? undefined : () => { router.go(`/app/view/${saved.id}`); document.querySelector("main")?.focus(); });
  }
}

customElements.define("view-sheet", ViewSheet);
