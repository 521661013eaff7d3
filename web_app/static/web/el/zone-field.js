// @ts-check
// The zone that a time is in: a combobox with a list, by the ARIA Authoring Practices; or the time goes with its person.
// "choose" comes with `{time_zone}` or `{floating: true}`.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { plain } from "../store/search.js";
import { timeText } from "../time/format.js";
import { isZone } from "../time/zones.js";
import { LightElement } from "../ui/light.js";

const MOST_SHOWN = 40;

export class ZoneField extends LightElement {
  static properties = { app: { attribute: false }, zone: {}, isFloating: { attribute: false }, query: { state: true }, at: { state: true }, isOpen: { state: true } };

  constructor() {
    super();
    this.zone = "";
    this.isFloating = false;
    /** @type {string | null} what is typed, null while nothing is */
    this.query = null;
    this.at = -1;
    this.isOpen = false;
    this.addEventListener("focusout", (event) => { if (!this.contains(/** @type {Node | null} */ (event.relatedTarget))) this.shut(); });
  }

  render() {
    const { t } = this.app;
    const names = this.isOpen ? this.names() : [];
    const text = this.query ?? (this.isFloating ? t("floating") : this.zone.replaceAll("_", " "));
    return html`
      <label for="zone-input">${t("zone")}</label>
      <div class="combo">
        <input id="zone-input" type="text" role="combobox" aria-expanded=${this.isOpen} aria-controls="zone-list" aria-autocomplete="list" autocomplete="off" spellcheck="false" dir="ltr"
          aria-activedescendant=${this.isOpen && this.at >= 0 ? `zone-${this.at}` : nothing} .value=${text} @focus=${(event) => event.target.select()} @click=${() => this.show()}
          @input=${(event) => this.type(event.target.value)} @keydown=${(event) => this.press(event, names)}>
        <ul id="zone-list" role="listbox" aria-label=${t("zone")} ?hidden=${!this.isOpen}>
          ${names.map((name, at) => html`<li id=${`zone-${at}`} role="option" aria-selected=${at === this.at} @pointerdown=${(event) => event.preventDefault()} @click=${() => this.take(name)}>
            <span>${name ? name.replaceAll("_", " ") : t("floating_long")}</span>${name ? html`<span class="count">${timeText(this.app.store.now(), { zone: name, locale: this.app.locale })}</span>` : nothing}</li>`)}
        </ul>
      </div>
      <p class="unseen" role="status">${this.isOpen ? t("zones_found", { count: names.length }) : nothing}</p>`;
  }

  /** What the list offers: the own zone and going with its person first; "" is that. */
  names() {
    const { user } = this.app;
    const words = plain((this.query ?? "").trim()).replaceAll("_", " ");
    const all = [user.time_zone, Intl.DateTimeFormat().resolvedOptions().timeZone, this.zone, "UTC", ...Intl.supportedValuesOf("timeZone")].filter((name) => name && isZone(name));
    const found = [...new Set(all)].filter((name) => plain(name).replaceAll("_", " ").includes(words));
    const floats = plain(this.app.t("floating_long")).includes(words);
    return [...found.slice(0, 1), ...(floats ? [""] : []), ...found.slice(1)].slice(0, MOST_SHOWN);
  }

  show() {
    this.isOpen = true;
    this.at = -1;
  }

  shut() {
    Object.assign(this, { isOpen: false, query: null, at: -1 });
  }

  type(query) {
    this.show();
    this.query = query;
    if (query.trim()) this.at = 0;
  }

  press(event, names) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key] ?? 0;
    const isOurs = step || (this.isOpen && ["Enter", "Escape"].includes(event.key));
    if (event.isComposing || event.altKey || !isOurs) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") return this.shut();
    if (event.key === "Enter") return this.take(names[this.at]);
    if (!this.isOpen) return this.show();
    this.at = names.length ? (this.at + step + names.length + (this.at < 0 && step < 0 ? 1 : 0)) % names.length : -1;
    void this.updateComplete.then(() => this.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }));
  }

  take(name) {
    this.shut();
    if (name !== undefined) this.dispatchEvent(new CustomEvent("choose", { detail: name ? { time_zone: name } : { floating: true } }));
  }
}

customElements.define("zone-field", ZoneField);
