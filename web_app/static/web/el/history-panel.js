// @ts-check
// What happened to a task: when, by whom, from what to what; and what can be taken back.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { FromServer } from "../ui/from-server.js";
import { HIDDEN, shownValue } from "../ui/history-words.js";
import { LightElement } from "../ui/light.js";
import { momentText } from "../ui/reminder-words.js";
import { undoVersion } from "../ui/task-changes.js";

const SHOWN = 20;
/** The trail follows a change by milliseconds; on a busy server by more. */
const LATE_MS = 300;
const MOST_TRIES = 8;
/** What the history says of other things than the task, and the list of reminders says already. */
const PASSED_OVER = new Set(["reminder.scheduled", "reminder.cancelled"]);

export class HistoryPanel extends LightElement {
  static properties = { app: { attribute: false }, task: { attribute: false }, row: { attribute: false }, count: { state: true } };

  constructor() {
    super();
    this.count = SHOWN;
    this.server = new FromServer(this);
    this.asked = { version: 0, tries: 0 };
  }

  willUpdate(changed) {
    if (changed.has("task")) this.count = SHOWN;
  }

  /** Ask again for a while when the newest change is not there yet. */
  updated() {
    const { body, state } = this.server.answer;
    const version = this.row?.version ?? 0;
    if (state !== "here" || body.results.some((entry) => entry.version >= version)) return;
    if (this.asked.version !== version) this.asked = { version, tries: 0 };
    this.asked.tries += 1;
    if (this.asked.tries <= MOST_TRIES) setTimeout(() => void (this.isConnected && this.server.ask()), LATE_MS * this.asked.tries);
  }

  render() {
    const { t } = this.app;
    const { state, body } = this.server.want(`/api/tasks/${this.task}/history/?limit=${this.count}`, this.row?.version);
    if (state === "offline" && !body) return html`<p class="state">${t("needs_network_back")}</p>`;
    if (!body) return nothing;
    const entries = body.results.filter(({ type }) => !PASSED_OVER.has(type));
    return html`<ol class="history">${entries.map((entry) => this.entry(entry, entries))}</ol>
      ${entries.length ? nothing : html`<p class="state">${t("no_history")}</p>`}
      ${body.next ? html`<button type="button" class="act" @click=${() => { this.count += SHOWN; }}>${t("earlier")}</button>` : nothing}`;
  }

  entry(entry, entries) {
    const { t, place } = this.app;
    const { type, actor, occurred_at: at, version } = entry;
    const isMine = actor.type === "user" || actor.type === "agent";
    const isUndone = entries.some(({ undoes, version: by }) => undoes === version && !entries.some((other) => other.undoes === by));
    const what = t(`history_${type.replace(".", "_")}`);
    return html`<li>
      <p><span class="strong">${entry.undoes ? t("history_undo") : what}</span><span class="count"><bdi>${t(`actor_${actor.type}`)}</bdi> · <time datetime=${at}>${momentText(at, place)}</time></span></p>
      ${this.changes(entry)}
      ${isMine && version && this.row ? isUndone ? html`<p class="count">${t("is_undone")}</p>` : html`<button type="button" class="act" aria-label=${t("undo_change", { what, when: momentText(at, place) })} @click=${() => undoVersion(this.app, this.row, version)}>${t("undo")}</button>` : nothing}</li>`;
  }

  /** The fields that were changed, from what to what. */
  changes({ type, before, after, changed_fields: fields }) {
    const { t, place } = this.app;
    if (type !== "task.updated" || !before) return nothing;
    const told = fields.filter((name) => !HIDDEN.has(name));
    if (!fields.length) return html`<p class="count">${t("what_comes")}</p>`;
    return html`<dl class="changes">${told.map((name) => html`<div><dt>${t(`field_${name}`)}</dt><dd><del><span class="unseen">${t("was")} </span><bdi>${shownValue(before[name], name, place)}</bdi></del> <ins><span class="unseen">${t("became")} </span><bdi>${shownValue(after?.[name], name, place)}</bdi></ins></dd></div>`)}</dl>`;
  }
}
customElements.define("history-panel", HistoryPanel);
