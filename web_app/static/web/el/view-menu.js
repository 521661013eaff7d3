// @ts-check
// What can be done with a query: keep it as a view; with a view: keep its changes, rename it, move it, delete it.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { partsOfAddress } from "../store/queries.js";
import { icon } from "../ui/icons.js";
import { LightElement } from "../ui/light.js";
import { stateOf, viewsOf } from "../ui/saved_views.js";
import "../ui/more_icons.js";

export class ViewMenu extends LightElement {
  static properties = { app: { attribute: false }, view: { attribute: false }, address: {} };

  render() {
    const { app, view, address } = this;
    const { t } = app;
    if (!view) return address ? html`<div class="view-line">${this.button("view_save", () => void app.open("view-sheet", { address }), "bookmark")}</div>` : nothing;
    const places = viewsOf(app).list.length;
    const isChanged = stateOf(view) !== address;
    return html`<div class="view-line" role="group" aria-label=${t("view_more")}>
      ${isChanged ? html`${this.button("view_changes", () => this.keep(), "check")}${this.button("view_discard", () => app.router.restate(""), "undo")}` : nothing}
      ${this.button("view_rename", () => void app.open("view-sheet", { view }), "edit")}
      ${this.button("view_up", () => this.move(-1), "up", view.position === 0)}
      ${this.button("view_down", () => this.move(1), "down", view.position === places - 1)}
      ${this.button("view_delete", () => this.remove(), "trash")}</div>`;
  }

  /** @param {boolean} [isOff] it stays in the page, so that the focus does */
  button(word, act, drawing, isOff = false) {
    return html`<button type="button" class="tool" aria-disabled=${isOff ? "true" : nothing} @click=${() => isOff || void this.once(act)}>${icon(drawing)}<span>${this.app.t(word)}</span></button>`;
  }

  /** What is pressed twice, or held down, is done once. */
  async once(act) {
    if (this.isBusy) return;
    this.isBusy = true;
    await act();
    this.isBusy = false;
  }

  async keep() {
    const saved = await viewsOf(this.app).edit(this.view, partsOfAddress(this.address));
    if (!saved) return;
    this.app.router.restate("");
    this.say(this.app.t("view_saved", { name: saved.name }));
  }

  async move(by) {
    const moved = await viewsOf(this.app).edit(this.view, { position: this.view.position + by });
    if (moved) this.app.announcer.say(this.app.t("view_moved", { name: moved.name, place: moved.position + 1 }));
  }

  async remove() {
    if (await viewsOf(this.app).remove(this.view)) this.app.router.go("/app/all");
  }

  say(text) {
    this.app.announcer.say(text);
    this.app.toasts.show(text);
  }
}

customElements.define("view-menu", ViewMenu);
