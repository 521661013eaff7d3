// @ts-check
// How a task recurs: in the words of the server, and opened as a form for the usual rules or a line for any other. What
// it leads to, and what is wrong with it, the server says while it is changed.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { Reading } from "../quickadd/reading.js";
import { baseOf } from "../sync/bases.js";
import { TaskEditor } from "../ui/editors.js";
import { FromServer } from "../ui/from-server.js";
import { KINDS, isRuleText, partsOfRule, recurrenceOf, startOf } from "../ui/rules.js";
import { scopeFor } from "../ui/scopes.js";
import { slotText } from "../ui/slots.js";
import { changeFields } from "../ui/task-changes.js";
import "./rule-form.js";

const SHOWN = 5;

export class RuleField extends TaskEditor {
  static properties = { app: { attribute: false }, row: { attribute: false }, isOpen: { state: true }, parts: { state: true } };

  constructor() {
    super("rule");
    this.parts = partsOfRule(null);
    /** What due and rule were when the editor was opened. @type {Record<string, any>} */
    this.base = {};
    this.preview = new FromServer(this, (path) => ({ method: "POST", path, body: this.body }));
  }

  connectedCallback() {
    super.connectedCallback();
    this.reading = new Reading(this.app.api, this.app.store.zone);
    this.follow([[this.reading, "change"]]);
  }

  render() {
    const { t } = this.app;
    const { recurrence } = this.row;
    const text = recurrence ? recurrence.text || t("row_repeats") : "";
    return html`
      <button type="button" class=${text ? "value" : "value none"} aria-expanded=${this.isOpen} aria-controls="rule-editor" @click=${() => (this.isOpen ? this.close() : this.open())}>${text || t("add_rule")}</button>
      <div class="editor" id="rule-editor" role="group" aria-label=${t("rule")} ?hidden=${!this.isOpen} @keydown=${(event) => this.press(event)}>${this.isOpen ? this.editor() : nothing}</div>`;
  }

  editor() {
    const { t } = this.app;
    const { kind } = this.parts;
    return html`
      <div class="pair"><label for="rule-kind">${t("rule")}</label>
        <select id="rule-kind" @change=${(event) => this.set({ kind: event.target.value })}>${KINDS.map((each) => html`<option value=${each} ?selected=${each === kind}>${t(`rule_${each}`)}</option>`)}</select></div>
      ${kind === "own" ? this.line() : html`<rule-form .app=${this.app} .parts=${this.parts} @set=${({ detail }) => this.set(detail)}></rule-form>`}
      <div class="pair"><label for="rule-anchor">${t("rule_anchor")}</label>
        <select id="rule-anchor" @change=${(event) => this.set({ anchor: event.target.value })}>${["future", "due", "completion"].map((each) => html`<option value=${each} ?selected=${each === this.parts.anchor}>${t(`anchor_${each}`)}</option>`)}</select></div>
      ${this.outlook()}
      <div class="buttons">
        ${this.row.recurrence ? html`<button type="button" @click=${() => this.stop()}>${t("stop_recurring")}</button>` : nothing}
        <button type="button" @click=${() => this.close()}>${t("cancel")}</button>
        <button type="button" class="primary" ?disabled=${!this.recurrence() || this.isRefused} @click=${() => this.save()}>${t("save")}</button>
      </div>`;
  }

  line() {
    const { t } = this.app;
    return html`<input type="text" class="wide" dir="ltr" spellcheck="false" autocomplete="off" aria-label=${t("rule_line")} placeholder=${t("rule_line")} aria-describedby="rule-next" aria-invalid=${this.isRefused ? "true" : nothing} .value=${this.parts.line}
      @input=${(event) => this.type(event.target.value)} @keydown=${(event) => event.key === "Enter" && !event.isComposing && this.save()}>`;
  }

  /** The next dates of the rule as it stands here, or why there are none. */
  outlook() {
    const { t, place } = this.app;
    const recurrence = this.recurrence();
    this.isRefused = false;
    if (!recurrence) return html`<p class="read" id="rule-next" role="status">${this.parts.line.trim() ? t("no_rule_read") : t("rule_line_hint")}</p>`;
    this.body = { recurrence, ...startOf(this.row), n: SHOWN };
    const { state, body, problem } = this.preview.want("/api/recurrence/preview/", JSON.stringify(this.body));
    this.isRefused = state === "refused";
    if (state === "offline") return html`<p class="read" id="rule-next" role="status">${t("dates_online")}</p>`;
    if (state === "refused") return html`<p class="read why" id="rule-next" role="status" lang="en">${problem}</p>`;
    return html`<p class="read" id="rule-next" role="status">${body ? `${t("rule_next")} ${body.results.map((each) => slotText(each.local, place)).join(" · ")}` : nothing}</p>`;
  }

  /** What would be saved: of a line in everyday words what the server has read in it. */
  recurrence() {
    if (this.parts.kind !== "own" || isRuleText(this.parts.line)) return recurrenceOf(this.parts);
    const answer = this.reading?.current();
    return answer && !answer.title ? answer.fields.recurrence ?? null : null;
  }

  /** @param {any} [kept] what stood in it before, if it was not closed */
  open(kept) {
    Object.assign(this, { isOpen: true, parts: partsOfRule(this.row.recurrence), base: baseOf({ recurrence: null }, this.row), ...kept });
    if (kept) return this.read(this.parts.line);
    void this.updateComplete.then(() => this.querySelector("select")?.focus());
  }

  close() {
    this.isOpen = false;
    this.keep(null);
    this.querySelector("button")?.focus();
  }

  set(parts) {
    this.parts = { ...this.parts, ...parts };
    this.keep({ parts: this.parts, base: this.base });
  }

  type(line) {
    this.set({ line });
    this.read(line);
  }

  read(line) {
    this.reading?.type(isRuleText(line) ? "" : line);
  }

  save() {
    const recurrence = this.recurrence();
    if (!recurrence || this.isRefused || !this.isWhole()) return;
    const { app, row, base } = this;
    this.close();
    void scopeFor(app, row, "rule", (scope) => changeFields(app, row, { recurrence }, scope, base));
  }

  stop() {
    this.close();
    changeFields(this.app, this.row, { recurrence: null }, undefined);
  }
}

customElements.define("rule-field", RuleField);
