// @ts-check
// The audit trail of the account: who changed what, and when, newest first; and the proof that nobody has changed it since.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { Pages } from "../ui/direct.js";
import { HIDDEN, shownValue } from "../ui/history-words.js";
import { LightElement } from "../ui/light.js";
import { moreOf, pageStates } from "../ui/page_states.js";
import { momentText } from "../ui/reminder-words.js";
import "./trail-proof.js";

const TYPES = [
  "task.created", "task.updated", "task.completed", "task.deleted", "reminder.scheduled", "reminder.due", "reminder.cancelled", "notification.created", "notification.read",
  "preferences.updated", "tag.changed", "view.changed",
  "account.signed_in", "account.signin_failures", "account.sign_ins_ended", "account.password_changed", "account.email_changed", "account.renamed", "account.second_factor_changed",
  "account.rights_changed", "account.refresh_reused", "token.created", "token.revoked",
];
const CHANGED = new Set(["task.updated", "preferences.updated", "tag.changed", "view.changed"]);

export class ActivityView extends LightElement {
  static properties = { app: { attribute: false }, type: { state: true }, since: { state: true } };

  constructor() {
    super();
    this.type = "";
    this.since = "";
  }

  connectedCallback() {
    super.connectedCallback();
    void this.updateComplete.then(() => {
      if (!this.isConnected) return;
      this.pages = new Pages(this.app, "");
      this.follow([[this.pages, "change"], [this.app, "change"]]);
      this.load();
    });
  }

  load() {
    const asked = new URLSearchParams({ limit: "50", ...(this.type ? { type: this.type } : {}), ...(this.since ? { since: this.since } : {}) });
    void this.pages?.load(`/api/audit/?${asked}`);
  }

  render() {
    const { t } = this.app;
    const rows = this.pages?.rows ?? [];
    return html`
      <trail-proof .app=${this.app}></trail-proof>
      <div class="topline picks"><label>${t("activity_type")} <select @change=${(event) => { this.type = event.target.value; this.load(); }}>
          <option value="">${t("activity_all")}</option>${TYPES.map((type) => html`<option value=${type}>${t(`audit_${type}`)}</option>`)}</select></label>
        <label>${t("activity_since")} <input type="date" @change=${(event) => { this.since = event.target.value; this.load(); }}></label></div>
      ${this.pages ? pageStates(this.app, this.pages, { empty: t("empty_activity") }) : nothing}
      <ol class="trail">${repeat(rows, ({ position }) => position, (row) => this.row(row))}</ol>
      ${moreOf(this.app, this.pages)}`;
  }

  row(row) {
    const { t, place, user, store } = this.app;
    const { title = store.shown.get(store.keyOf(row.task_id))?.title } = { ...row.before, ...row.after };
    const actor = row.actor.type === "user" ? (row.actor.id === user.id ? t("by_you") : t("by_operator")) : t(`by_${row.actor.type}`);
    return html`<li>
      <p class="what"><strong>${t(`audit_${row.type}`)}</strong>${title ? html` <a href="/app/task/${row.task_id}"><bdi dir="auto">${title}</bdi></a>` : nothing}</p>
      <p class="details"><time datetime=${row.occurred_at}>${momentText(row.occurred_at, place)}</time><span>${actor}</span><span class="number">${t("entry_number", { position: row.position })}</span></p>
      ${this.changes(row)}</li>`;
  }

  changes({ type, changed_fields: fields, before, after }) {
    const { t, place } = this.app;
    const shown = CHANGED.has(type) ? fields.filter((name) => !HIDDEN.has(name)) : [];
    if (!shown.length) return nothing;
    return html`<dl class="changes">${shown.map((name) => html`<div><dt lang="en">${name.replaceAll("_", " ")}</dt><dd><bdi dir="auto">${shownValue(before?.[name], name, place)}</bdi><span class="arrow" aria-label=${t("became")}>→</span><bdi dir="auto">${shownValue(after?.[name], name, place)}</bdi></dd></div>`)}</dl>`;
  }
}

customElements.define("activity-view", ActivityView);
