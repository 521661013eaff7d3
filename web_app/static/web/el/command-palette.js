// @ts-check
// Everything that can be done, by typing: commands, screens, tasks; and what the picked rows can be given.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { Reading } from "../quickadd/reading.js";
import { choicesOf } from "../ui/choices.js";
import { icon } from "../ui/icons.js";
import { LightElement } from "../ui/light.js";
import { snooze } from "../ui/snoozing.js";
import "../locale/en-sheets.js";
import "../ui/more_icons.js";

const MOST_SHOWN = 60;

export class CommandPalette extends LightElement {
  static properties = { app: { attribute: false }, page: { state: true }, query: { state: true }, at: { state: true } };

  constructor() {
    super();
    this.query = "";
    this.at = 0;
  }

  connectedCallback() {
    super.connectedCallback();
    const { page, rows } = this.app.given;
    this.page = page;
    this.rows = rows;
    this.reading = new Reading(this.app.api, this.app.store.zone);
    this.follow([[this.reading, "change"]]);
  }

  firstUpdated() {
    this.querySelector("dialog")?.showModal();
  }

  updated() {
    this.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }

  render() {
    const { t } = this.app;
    const choices = this.choices();
    const chosen = Math.min(this.at, choices.length - 1);
    const title = this.rows.length > 1 ? t("selected", { count: this.rows.length }) : this.rows[0]?.title;
    return html`
      <dialog class="palette" aria-label=${t(`palette_${this.page}`)} @close=${() => this.app.close()} @click=${(event) => this.leave(event)}>
        ${title && this.page !== "commands" ? html`<p class="about"><bdi>${title}</bdi></p>` : nothing}
        <input type="text" role="combobox" aria-expanded="true" aria-controls="choices" aria-autocomplete="list" autocomplete="off" spellcheck="false" dir="auto"
          aria-label=${t(`palette_${this.page}`)} aria-activedescendant=${choices.length ? `choice-${chosen}` : nothing} placeholder=${t(`palette_${this.page}_hint`)}
          .value=${this.query} @input=${(event) => this.type(event.target.value)} @keydown=${(event) => this.press(event, choices, chosen)}>
        <ul id="choices" role="listbox" aria-label=${t(`palette_${this.page}`)}>${repeat(choices, ({ id }) => id, (choice, at) => this.choice(choice, at, at === chosen))}</ul>
        <p class="unseen" role="status">${choices.length ? nothing : t("empty_search")}</p>
        ${choices.length ? nothing : html`<p class="none" aria-hidden="true">${t("empty_search")}</p>`}
      </dialog>`;
  }

  choices() {
    const found = choicesOf(this.app, { page: this.page, rows: this.rows, query: this.query });
    return [...this.readDay(), ...found].slice(0, MOST_SHOWN);
  }

  /** A day may be typed as in a line that adds a task; the server reads it. */
  readDay() {
    const answer = ["due", "move", "snooze"].includes(this.page) ? this.reading.current() : null;
    const { due_on, due_at } = answer?.fields ?? {};
    const chip = answer?.chips.find(({ kind }) => kind === "due");
    if (!chip || answer?.title || !(due_on || due_at)) return [];
    if (this.page === "snooze") return due_at ? [{ id: "read", icon: "clock", label: chip.means, run: () => void snooze(this.app, this.rows[0], { until: due_at }) }] : [];
    const fields = due_on ? { due_on } : { due_at };
    return [{ id: "read", icon: "today", label: chip.means, run: () => this.app.actions.changeAll(this.rows, () => fields) }];
  }

  choice(choice, at, isChosen) {
    return html`<li role="option" id=${`choice-${at}`} aria-selected=${isChosen} @click=${() => this.take(choice)} @pointermove=${() => { this.at = at; }}>
      ${icon(choice.icon)}<span><bdi>${choice.label}</bdi></span>${choice.isOn ? html`<span class="on">${icon("check")}<span class="unseen">${this.app.t("is_on")}</span></span>` : nothing}
      ${choice.page ? html`<span class="next">${icon("next")}</span>` : nothing}${choice.hint ? html`<kbd>${choice.hint}</kbd>` : nothing}</li>`;
  }

  type(query) {
    this.query = query;
    this.at = 0;
    this.reading?.type(query);
  }

  press(event, choices, chosen) {
    const quick = this.query ? undefined : choices.find(({ key }) => key === event.key);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key] ?? 0;
    if (event.isComposing || !(quick || step || event.key === "Enter" || (event.key === "Backspace" && !this.query))) return;
    event.preventDefault();
    if (step && choices.length) this.at = (chosen + step + choices.length) % choices.length;
    else if (event.key === "Backspace") this.back();
    else this.take(quick ?? choices[chosen]);
  }

  take(choice) {
    if (!choice?.page && !choice?.run) return;
    if (choice.page) return this.turn(choice.page);
    this.app.closeWith(choice.run);
  }

  turn(page) {
    Object.assign(this, { page, at: 0, query: "" });
    this.querySelector("input")?.focus();
  }

  /** Back to where this page was chosen. */
  back() {
    if (this.page !== this.app.given.page) this.turn(this.app.given.page);
  }

  /** A click beside the palette closes it. */
  leave(event) {
    if (event.target instanceof HTMLDialogElement) this.app.dismiss();
  }
}

customElements.define("command-palette", CommandPalette);
