// @ts-check
// The parts that were read from a line: each says what it means, can be kept as text, or read another way.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { shownChips } from "../quickadd/chips.js";
import { icon } from "../ui/icons.js";
import { LightElement } from "../ui/light.js";
import "../locale/en-sheets.js";
import "../ui/more_icons.js";

const ICONS = { due: "today", recurrence: "repeat", priority: "flag", tag: "tag", reminder: "bell", description: "all", verb: "done" };

export class ChipList extends LightElement {
  static properties = { app: { attribute: false }, chips: { attribute: false }, reading: { attribute: false } };

  render() {
    if (!this.chips.length) return nothing;
    return html`<ul class="chips" aria-label=${this.app.t("read_as")}>${repeat(shownChips(this.chips), ({ id }) => id, (chip) => this.chip(chip))}</ul>`;
  }

  chip(chip) {
    const { t } = this.app;
    return html`
      <li class="chip" data-kind=${chip.kind}>
        ${icon(ICONS[chip.kind])}<span>${chip.means}</span>
        ${chip.alternatives.length ? this.others(chip) : nothing}
        <button type="button" class="quiet" aria-label=${t("drop_chip", { means: chip.means })} @click=${() => this.drop(chip)}>${icon("close")}</button>
      </li>`;
  }

  others(chip) {
    const label = this.app.t("other_reading", { means: chip.means });
    return html`
      <span class="others">${icon("next")}<select aria-label=${label} @change=${(event) => this.choose(chip, event.target)}>
        <option value="-1" selected>${chip.means}</option>
        ${chip.alternatives.map((each, at) => html`<option value=${at}>${each.means}</option>`)}
      </select></span>`;
  }

  choose(chip, select) {
    const alternative = chip.alternatives[Number(select.value)];
    if (alternative) this.reading.choose(chip.id, alternative);
    this.toField();
  }

  drop(chip) {
    for (const part of chip.parts) this.reading.drop(part);
    this.toField();
  }

  toField() {
    this.closest("quick-add")?.querySelector("input")?.focus();
  }
}

customElements.define("chip-list", ChipList);
