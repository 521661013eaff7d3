// @ts-check
// Reminders that come while the page is open: a message in the tab that is looked at; if none is, one notification of the
// browser, however many tabs there are. Where this browser gets push messages, its worker shows it. What is read anywhere
// is shown no longer.

/** What happened longer ago is no news: a device that was away catches up in silence. */
const NEWS_MS = 120_000;
/** A tab that is looked at says so within this time. */
const ANSWER_MS = 250;

export class BrowserNotes {
  constructor(app) {
    this.app = app;
    /** @type {Set<number>} numbers of those that a tab has shown */
    this.shown = new Set();
    this.channel = new BroadcastChannel(`todo:${app.user.id}:notes`);
    this.channel.onmessage = ({ data }) => this.shown.add(data);
    app.engine.addEventListener("notice", (/** @type {CustomEvent} */ { detail }) => detail.kind === "notification" && void this.show(detail.notification));
    app.notifications.addEventListener("change", () => { this.readSent(); void this.closeRead(); });
    app.engine.addEventListener("status", () => this.readSent());
    /** @type {Map<string, number>} what was chosen in notifications that wait with it */
    this.chosen = new Map();
    navigator.serviceWorker?.addEventListener("message", ({ data }) => this.hear(data));
  }

  async show({ id, title, body, task_id: task, reminder_id: reminder, created_at: created, read_at: read }) {
    if (read || this.shown.has(id) || this.app.store.now() - Date.parse(created) > NEWS_MS) return;
    if (document.hasFocus()) return this.say(id, title, task);
    await new Promise((resolve) => { setTimeout(resolve, ANSWER_MS); });
    if (this.shown.has(id) || !this.app.engine.tabs.isLeader || Notification.permission !== "granted") return;
    if (await this.app.device.subscription()) return;
    const { t } = this.app;
    const actions = [{ action: "done", title: t("do_complete") }, { action: "snooze", title: t("snooze_10") }];
    const registration = await navigator.serviceWorker?.getRegistration();
    await registration?.showNotification(title, /** @type {any} */ ({ body, tag: `n${id}`, data: { id, task, reminder, user: this.app.user.id }, actions }));
  }

  say(id, title, task) {
    const { t, toasts, announcer } = this.app;
    this.shown.add(id);
    this.channel.postMessage(id);
    const text = t("toast_reminder", { title });
    announcer.interrupt(text);
    const open = () => { this.app.notifications.read([id]); this.app.openTask(String(task)); };
    toasts.show(text, { label: t("show"), run: open });
  }

  /** What the worker was asked to do, in a tab that can. */
  hear({ type, path, id, mutation }) {
    const { engine, notifications, router, user } = this.app;
    if (mutation?.user && mutation.user !== user.id) return; // who was here before had it shown
    if (type === "act") engine.room.hear({ type: "mutation", mutation });
    if (type !== "open") return;
    if (id) notifications.read([id]);
    router.go(path);
  }

  /** Read those whose change is sent, or given up. */
  readSent() {
    const { mutations } = this.app.engine.outbox.queue;
    for (const { key, notification } of mutations.values()) if (notification) this.chosen.set(key, notification);
    const sent = [...this.chosen].filter(([key]) => !mutations.has(key));
    if (sent.length) this.app.notifications.read(sent.map(([, id]) => id));
  }

  /** Take back what the browser shows of those that were read, in this tab or elsewhere. */
  async closeRead() {
    if (!("Notification" in window) || Notification.permission !== "granted") return;
    const registration = await navigator.serviceWorker?.getRegistration();
    const shown = (await registration?.getNotifications?.()) ?? [];
    const unread = new Set(this.app.notifications.rows.filter((row) => !row.read_at).map((row) => `n${row.id}`));
    const known = new Set(this.app.notifications.rows.map(({ id }) => `n${id}`));
    for (const note of shown) if (known.has(note.tag) && !unread.has(note.tag)) note.close();
  }
}
