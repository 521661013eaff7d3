// @ts-check
// What narrows a search or a saved view: words, status, priorities, tags, days; and how what is found is grouped and sorted.
// Each is a control of its own; together they are a query, which it says with the event "query".
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { addDays } from "../time/days.js";
import { valuesIn, withValues } from "../store/queries.js";
import { DUES, dueWords, isTagless, sortsOf, spanOf, tagWords } from "../ui/filter_words.js";
import { icon } from "../ui/icons.js";
import { moveFocus } from "../ui/focus.js";
import { LightElement } from "../ui/light.js";
import "../locale/en-lists.js";
import "../ui/more_icons.js";

const PRIORITIES = ["urgent", "high", "medium", "low"];
const STATUSES = { "": "status_any", pending: "status_pending", completed: "status_completed" };
const GROUPS = ["none", "due", "priority", "tag", "created"];
/** What narrows, and can be cleared. */
const FILTERS = ["status", "completed", "priority", "priority_not", "tag", "tag_not", "tag_mode", "due", "due_on", "due_after", "due_before"];

export class FilterBar extends LightElement {
  static properties = { app: { attribute: false }, query: {} };

  constructor() {
    super();
    this.query = "";
    this.addEventListener("keydown", (event) => this.press(event));
    this.addEventListener("focusout", ({ relatedTarget }) => this.closeMenus(relatedTarget));
    this.outside = ({ target }) => this.closeMenus(target);
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("pointerdown", this.outside);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("pointerdown", this.outside);
  }

  render() {
    const { t } = this.app;
    const words = this.one("search") || this.one("q");
    const isNarrow = FILTERS.some((name) => new URLSearchParams(this.query).has(name));
    return html`
      <input type="search" class="search" aria-label=${t("search")} placeholder=${t("search")} autocomplete="off" dir="auto" .value=${words} @input=${({ target }) => this.say("search", [], "q", target.value ? [target.value] : [])}>
      <div class="filters" role="group" aria-label=${t("filters")}>
        ${this.choice("status", t("filter_status"), Object.entries(STATUSES).map(([value, word]) => [value, t(word)]))}
        ${this.menu("due", dueWords(this.query, this.app), this.dueMenu())}
        ${this.menu("priority", this.values("priority").map((name) => t(name)), PRIORITIES.map((name) => this.box("priority", name, t(name))))}
        ${this.menu("tag", tagWords(this.query, this.app), this.tagMenu())}
        ${isNarrow ? html`<button type="button" class="act" @click=${() => this.clear()}>${t("filter_clear")}</button>` : nothing}
        <span class="gap"></span>
        ${this.choice("group", t("filter_group"), GROUPS.map((value) => [value === "none" ? "" : value, t(`group_${value}`)]))}
        ${this.choice("sort", t("filter_sort"), sortsOf(this.one("sort"), t))}
      </div>`;
  }

  one(name) {
    return new URLSearchParams(this.query).get(name) ?? "";
  }

  values(name) {
    return valuesIn(new URLSearchParams(this.query), name).filter(Boolean);
  }

  /** Say the query with other values. @param {...any} pairs names, each with its values */
  say(...pairs) {
    let query = this.query;
    for (let at = 0; at < pairs.length; at += 2) query = withValues(query, pairs[at], pairs[at + 1]);
    this.dispatchEvent(new CustomEvent("query", { detail: query }));
  }

  /** One of a few. */
  choice(name, label, options) {
    const value = this.one(name);
    return html`<span class=${value ? "pill is-set" : "pill"}><select data-filter=${name} aria-label=${label} @change=${({ target }) => this.say(name, target.value ? [target.value] : [])}>
      ${options.map(([each, word]) => html`<option value=${each} ?selected=${each === value} .selected=${each === value}>${word}</option>`)}</select>${icon("next")}</span>`;
  }

  /** Several of them, behind a button that says which. */
  menu(name, chosen, body) {
    const { t } = this.app;
    const label = t(`filter_${name}`);
    return html`<details class="drop" data-filter=${name} name="filter"><summary class=${chosen.length ? "pill is-set" : "pill"}><span>${chosen.length ? t("filter_is", { name: label, values: chosen.join(", ") }) : label}</span>${icon("next")}</summary>
      <div class="dropped" role="group" aria-label=${label}>${body}</div></details>`;
  }

  box(name, value, word) {
    const chosen = this.values(name);
    const isOn = chosen.includes(value);
    const others = chosen.filter((each) => each !== value);
    return html`<label class="option"><input type="checkbox" .checked=${isOn} @change=${() => this.say(name, isOn ? others : [...chosen, value])}><span><bdi>${word}</bdi></span></label>`;
  }

  dueMenu() {
    const { t } = this.app;
    const [from, to] = spanOf(this.query);
    const day = (word, value, act) => html`<label class="option day"><span>${t(word)}</span><input type="date" .value=${value} @change=${({ target }) => act(target.value)}></label>`;
    return html`${Object.entries(DUES).map(([name, word]) => this.box("due", name, t(word)))}
      ${day("due_from", from, (value) => this.say("due_after", value ? [value] : []))}${day("due_to", to, (value) => this.say("due_before", value ? [addDays(value, 1)] : []))}`;
  }

  tagMenu() {
    const { t, store } = this.app;
    const chosen = this.values("tag");
    const names = [...new Set([...store.counts.tags.keys(), ...chosen])].sort((one, other) => one.localeCompare(other));
    if (!names.length) return html`<p class="option">${t("no_tags_yet")}</p>`;
    const none = isTagless(this.query);
    return html`<label class="option"><input type="checkbox" .checked=${none} @change=${() => this.say("tag", none ? [] : [""], "tag_mode", [])}><span>${t("no_tag")}</span></label>
      ${names.map((name) => this.box("tag", name, name))}
      ${chosen.length > 1 ? this.choice("tag_mode", t("filter_tag"), [["", t("tags_all")], ["any", t("tags_any")]]) : nothing}`;
  }

  clear() {
    this.say(...FILTERS.flatMap((name) => [name, []]));
    this.querySelector("input")?.focus();
  }

  /** Enter and the arrow down lead to what was found; Escape closes an open menu, and nothing else. */
  press(event) {
    const isLeaving = event.key === "ArrowDown" || event.key === "Enter";
    if (isLeaving && !event.isComposing && event.target instanceof HTMLInputElement && event.target.type === "search") {
      event.preventDefault();
      return moveFocus(1);
    }
    const open = this.querySelector("details[open]");
    if (event.key !== "Escape" || !open) return;
    event.preventDefault();
    open.removeAttribute("open");
    open.querySelector("summary")?.focus();
  }

  /** @param {EventTarget | null} target where the focus or the pointer is now */
  closeMenus(target) {
    for (const open of this.querySelectorAll("details[open]")) if (target instanceof Node && !open.contains(target)) open.removeAttribute("open");
  }
}

customElements.define("filter-bar", FilterBar);
