// @ts-check
// Merging or deleting a tag cannot be undone: how many tasks it is about, and then.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { LightElement } from "../ui/light.js";
import { tagsOf } from "../ui/tags.js";

export class TagSheet extends LightElement {
  static properties = { app: { attribute: false }, problem: { state: true }, isBusy: { state: true } };

  constructor() {
    super();
    this.problem = "";
    this.isBusy = false;
  }

  firstUpdated() {
    this.querySelector("dialog")?.showModal();
  }

  render() {
    const { t, given: { tag, act } } = this.app;
    const values = { name: tag.name, count: tag.task_count };
    return html`
      <dialog aria-labelledby="tag-title" @close=${() => this.app.close()}>
        <h2 id="tag-title">${t(`tag_${act}_of`, values)}</h2>
        <p>${t(`tag_${act}_text`, values)}</p>
        <form class="one-field" @submit=${(event) => this.submit(event)}>
          ${act === "merge" ? this.target() : nothing}
          <p class="why" role="alert" lang="en">${this.problem}</p>
          <div class="buttons"><button type="button" @click=${() => this.app.dismiss()}>${t("cancel")}</button><button class="primary" ?disabled=${this.isBusy || (act === "merge" && !this.others().length)}>${t(`tag_${act}`)}</button></div>
        </form>
      </dialog>`;
  }

  others() {
    return tagsOf(this.app).list.filter(({ id }) => id !== this.app.given.tag.id);
  }

  target() {
    return html`<label for="tag-into">${this.app.t("tag_into")}</label><select id="tag-into">${this.others().map(({ id, name }) => html`<option value=${id}>${name}</option>`)}</select>`;
  }

  async submit(event) {
    event.preventDefault();
    const { tag, act } = this.app.given;
    const refused = (text) => { this.problem = text; };
    this.isBusy = true;
    const into = Number(this.querySelector("select")?.value);
    const tags = tagsOf(this.app);
    const isDone = act === "merge" ? await tags.merge(tag, into, refused) : await tags.remove(tag, refused);
    this.isBusy = false;
    if (!isDone) return;
    const text = this.app.t(`tag_${act}_begun`, { name: tag.name });
    this.app.announcer.say(text);
    this.app.toasts.show(text);
    this.app.dismiss();
  }
}

customElements.define("tag-sheet", TagSheet);
