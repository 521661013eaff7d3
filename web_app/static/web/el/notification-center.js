// @ts-check
// The last notifications: what they were about, on which ways they came and why; read, snoozed, their task completed.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { icon } from "../ui/icons.js";
import { LightElement } from "../ui/light.js";
import { lineOf } from "../ui/page_states.js";
import { momentText } from "../ui/reminder-words.js";
import "./why-line.js";

export class NotificationCenter extends LightElement {
  static properties = { app: { attribute: false }, isFailed: { state: true } };

  constructor() {
    super();
    this.line = lineOf([]);
    this.dataset.line = "";
    this.addEventListener("keydown", (event) => this.press(event));
  }

  connectedCallback() {
    super.connectedCallback();
    void this.updateComplete.then(() => {
      if (!this.isConnected) return;
      const { app } = this;
      this.follow([[app.notifications, "change"], [app.store, "change"], [app, "change"]], { byFrame: true });
      if (!app.notifications.isLoaded) void app.notifications.load().then((isHere) => { this.isFailed = !isHere; });
    });
  }

  render() {
    const { t, notifications } = this.app;
    const rows = notifications.rows.map((row) => ({ ...row, key: `n${row.id}` }));
    this.line = lineOf(rows);
    return html`
      ${rows.length ? html`<p class="topline"><span class="note" role="status">${t("unread_count", { count: notifications.unread })}</span>
        <button type="button" class="act" ?disabled=${!notifications.unread} @click=${() => this.readAll()}>${t("read_all")}</button></p>` : nothing}
      ${this.isFailed ? html`<p class="note">${t(rows.length ? "kept_only" : "needs_network")}</p>` : nothing}
      ${rows.length || !notifications.isLoaded ? nothing : html`<div class="empty"><p>${t("empty_notifications")}</p><p><a class="example" href="/app/settings">${t("notes_allow")}</a></p></div>`}
      <ul class="rows lines">${repeat(rows, ({ key }) => key, (row) => this.row(row))}</ul>`;
  }

  row(row) {
    const { t, store, place } = this.app;
    const task = row.task_id && store.shown.get(store.keyOf(row.task_id));
    const complete = task && !task.completed ? html`<button type="button" class="act" @click=${() => this.complete(row, task)}>${t("do_complete")}</button>` : nothing;
    const snoozing = row.reminder_id && task && !task.completed ? html`<button type="button" class="act" @click=${() => this.snooze(row)}>${t("snooze")}</button>` : nothing;
    return html`<li data-row=${row.key} class=${row.read_at ? "" : "is-unread"}>
      <span class="dot">${row.read_at ? nothing : html`<span class="unseen">${t("unread")}</span>`}</span>
      <div class="body">
        <a class="title" href=${row.task_id ? `/app/task/${row.task_id}` : "/app/notifications"} @click=${() => this.app.notifications.read([row.id])}><bdi dir="auto">${row.title}</bdi></a>
        <p class="details"><span lang="en"><bdi>${row.body}</bdi></span><time datetime=${row.created_at}>${momentText(row.created_at, place)}</time></p>
        <p class="acts">${complete}${snoozing}${row.read_at ? nothing : html`<button type="button" class="act" @click=${() => this.app.notifications.read([row.id])}>${t("mark_read")}</button>`}</p>
        <why-line .app=${this.app} .notification=${row}></why-line>
      </div>${task?.completed ? html`<span class="mark">${icon("done")}${t("done")}</span>` : nothing}</li>`;
  }

  readAll() {
    this.app.notifications.readAll();
    this.app.announcer.say(this.app.t("all_read"));
  }

  complete(row, task) {
    this.app.notifications.read([row.id]);
    this.app.actions.complete([task]);
  }

  snooze(row) {
    void this.app.choose("snooze", [row]);
  }

  /** Keys of this list: s snooze, c complete, r read. */
  press(event) {
    const row = this.line.rowOf(event.target instanceof Element ? event.target.closest("[data-row]")?.getAttribute("data-row") ?? "" : "");
    if (!row || !this.app.keys || this.app.keys.isOurs(event)) return;
    const { store } = this.app;
    const task = row.task_id && store.shown.get(store.keyOf(row.task_id));
    const isOpen = task && !task.completed;
    if (event.key === "s" && isOpen && row.reminder_id) this.snooze(row);
    else if (event.key === "c" && isOpen) this.complete(row, task);
    else if (event.key === "r") this.app.notifications.read([row.id]);
    else return;
    event.preventDefault();
  }
}

customElements.define("notification-center", NotificationCenter);
