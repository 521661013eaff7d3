// @ts-check
// Why a task is due then, what comes next, and why it will remind or did not: in the sentences of the server.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { FromServer } from "../ui/from-server.js";
import { LightElement } from "../ui/light.js";
import { momentText, reminderWords } from "../ui/reminder-words.js";

const LEDGER = 10;

export class ExplainPanel extends LightElement {
  static properties = { app: { attribute: false }, row: { attribute: false }, isWhole: { state: true } };

  constructor() {
    super();
    this.isWhole = false;
    this.server = new FromServer(this);
  }

  render() {
    const { t, place } = this.app;
    const { row } = this;
    const { state, body } = this.server.want(`/api/tasks/${row.id}/explain/`, row.version);
    if (state === "offline" && !body) return html`<p class="state">${t("needs_network_back")}</p>`;
    if (!body) return nothing;
    const { due, next, reminders, ledger } = body;
    return html`
      ${due.why.length ? html`<h4>${t("why_due")}</h4>${sentences(due.why)}` : nothing}
      ${next.why ? html`<h4>${t("why_next")}</h4>${sentences([next.why])}` : nothing}
      ${reminders.map((reminder) => html`<h4>${t("why_reminder", { words: reminderWords(reminder, row, place) })}${reminder.removed ? html` <span class="count">${t("reason_removed")}</span>` : nothing}</h4>${sentences(reminder.why)}`)}
      ${ledger.length ? this.ledger(ledger) : nothing}
      ${due.why.length + reminders.length ? nothing : html`<p class="state">${t("why_nothing")}</p>`}`;
  }

  /** What happened to its reminders, the last first. */
  ledger(entries) {
    const { t, place } = this.app;
    const shown = entries.toReversed().slice(0, this.isWhole ? undefined : LEDGER);
    return html`<h4>${t("why_ledger")}</h4>
      <ul class="slots">${shown.map(({ at, why }) => html`<li><span lang="en">${why}</span><time class="count" datetime=${at}>${momentText(at, place)}</time></li>`)}</ul>
      ${shown.length < entries.length ? html`<button type="button" class="act" @click=${() => { this.isWhole = true; }}>${t("show_all", { count: entries.length })}</button>` : nothing}`;
  }
}

const sentences = (all) => html`<ul class="sentences" lang="en">${all.map((each) => html`<li>${each}</li>`)}</ul>`;

customElements.define("explain-panel", ExplainPanel);
