// @ts-check
// Reminders: those that come and those that are due, by time; what became of the others is a click away.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import "../locale/en-task.js";
import { Pages, callOrSay } from "../ui/direct.js";
import { LightElement } from "../ui/light.js";
import { lineOf, moreOf, pageStates } from "../ui/page_states.js";
import { momentText, reminderWords } from "../ui/reminder-words.js";

const STATES = ["pending", "fired", "cancelled"];

export class RemindersView extends LightElement {
  static properties = { app: { attribute: false }, status: { state: true } };

  constructor() {
    super();
    this.status = "pending";
    this.line = lineOf([]);
    this.dataset.line = "";
    this.addEventListener("keydown", (event) => this.press(event));
  }

  connectedCallback() {
    super.connectedCallback();
    void this.updateComplete.then(() => {
      if (!this.isConnected) return;
      const { app } = this;
      this.pages = new Pages(app, "");
      this.follow([[this.pages, "change"], [app, "change"]]);
      this.reload = () => void this.pages?.load(`/api/reminders/?status=${this.status}&limit=100`);
      // What fires, or is planned anew with its task, is asked for again.
      this.later = () => { clearTimeout(this.timer); this.timer = setTimeout(() => this.reload?.(), 400); };
      app.notifications.addEventListener("change", this.later);
      app.store.addEventListener("change", this.later);
      this.reload();
    });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.timer);
    const { app } = this;
    for (const source of [app.notifications, app.store]) if (this.later) source.removeEventListener("change", this.later);
  }

  render() {
    const { t } = this.app;
    const rows = (this.pages?.rows ?? []).map((row) => ({ ...row, key: `r${row.id}` }));
    this.line = lineOf(rows);
    return html`
      <p class="topline"><span class="tabs" role="group" aria-label=${t("reminders_which")}>${STATES.map((state) => html`<button type="button" aria-pressed=${state === this.status} @click=${() => this.choose(state)}>${t(`reminders_${state}`)}</button>`)}</span></p>
      ${this.pages ? pageStates(this.app, this.pages, { empty: t(`empty_reminders_${this.status}`) }) : nothing}
      <ul class="rows lines">${repeat(rows, ({ key }) => key, (row) => this.row(row))}</ul>
      ${moreOf(this.app, this.pages)}`;
  }

  row(row) {
    const { t, place } = this.app;
    const isDue = row.status === "pending" && Date.parse(row.fire_at) <= place.now;
    const state = isDue ? t("remind_being_sent") : row.status === "pending" ? "" : t(row.reason ? `reason_${row.reason}` : row.late ? "reminder_late" : "reminder_fired");
    return html`<li data-row=${row.key}><div class="body">
        <a class="title" href="/app/task/${row.task_id}"><bdi dir="auto">${row.title}</bdi></a>
        <p class="details"><time class=${isDue ? "over" : ""} datetime=${row.fire_at}>${momentText(row.fire_at, place)}</time>${row.offset ? html`<span>${reminderWords(row, this.app.store.shown.get(this.app.store.keyOf(row.task_id)) ?? {}, place)}</span>` : nothing}${state ? html`<span>${state}</span>` : nothing}</p>
      </div>
      <p class="acts">${row.status === "cancelled" ? nothing : html`<button type="button" class="act" @click=${() => this.snooze(row)}>${t("snooze")}</button>`}
        ${row.status === "pending" ? html`<button type="button" class="act" @click=${() => void this.deleteReminder(row)}>${t("reminder_delete")}</button>` : nothing}</p></li>`;
  }

  choose(state) {
    this.status = state;
    if (this.pages) this.pages.rows = [];
    this.reload?.();
  }

  snooze({ id, task_id, title }) {
    void this.app.choose("snooze", [{ reminder_id: id, task_id, title }]);
  }

  async deleteReminder({ id, title }) {
    const answer = await callOrSay(this.app, "DELETE", `/api/reminders/${id}/`, { headers: { "Idempotency-Key": crypto.randomUUID() } });
    if (!answer || (answer.status !== 204 && answer.status !== 404)) return;
    this.pages?.drop((row) => row.id === id);
    this.app.toasts.show(this.app.t("reminder_deleted", { title }));
  }

  press(event) {
    const row = this.line.rowOf(event.target instanceof Element ? event.target.closest("[data-row]")?.getAttribute("data-row") ?? "" : "");
    if (!row || !this.app.keys || this.app.keys.isOurs(event)) return;
    if (event.key === "s" && row.status !== "cancelled") this.snooze(row);
    else if ((event.key === "#" || event.key === "Delete") && row.status === "pending") void this.deleteReminder(row);
    else return;
    event.preventDefault();
  }
}

customElements.define("reminders-view", RemindersView);
