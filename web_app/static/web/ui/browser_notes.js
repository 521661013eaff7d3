// @ts-check
// Reminders that come while the page is open: a message in the tab that is looked at; if none is, one notification of the
// browser, however many tabs there are.
import "../locale/en-sheets.js";

/** What happened longer ago is no news: a device that was away catches up in silence. */
const NEWS_MS = 120_000;
/** A tab that is looked at says so within this time. */
const ANSWER_MS = 250;

export class BrowserNotes {
  /** @param {any} app */
  constructor(app) {
    this.app = app;
    /** @type {Set<number>} numbers of those that a tab has shown */
    this.shown = new Set();
    this.channel = new BroadcastChannel(`todo:${app.user.id}:notes`);
    this.channel.onmessage = ({ data }) => this.shown.add(data);
    app.engine.addEventListener("notice", (/** @type {CustomEvent} */ { detail }) => detail.kind === "notification" && void this.show(detail.notification));
  }

  /** @param {{id: number, title: string, body: string, task_id: number, created_at: string, read_at: string | null}} notification */
  async show({ id, title, body, task_id: task, created_at: created, read_at: read }) {
    if (read || this.shown.has(id) || this.app.store.now() - Date.parse(created) > NEWS_MS) return;
    if (document.hasFocus()) return this.say(id, title, task);
    await new Promise((resolve) => { setTimeout(resolve, ANSWER_MS); });
    if (this.shown.has(id) || !this.app.engine.tabs.isLeader || Notification.permission !== "granted") return;
    const registration = await navigator.serviceWorker?.getRegistration();
    await registration?.showNotification(title, { body, tag: `n${id}`, data: { task } });
  }

  /** @param {number} id @param {string} title @param {number} task */
  say(id, title, task) {
    const { t, toasts, announcer, store } = this.app;
    this.shown.add(id);
    this.channel.postMessage(id);
    const text = t("toast_reminder", { title });
    announcer.interrupt(text);
    const open = () => { const row = store.shown.get(store.keyOf(task)); if (row) this.app.showTask(row); };
    toasts.show(text, { label: t("show"), run: open });
  }
}

/** Ask whether this browser may show reminders; only ever after somebody asked for it. @param {any} app */
export async function allowNotes({ toasts, t }) {
  const answer = "Notification" in window ? await Notification.requestPermission() : "denied";
  toasts.show(t(answer === "granted" ? "notes_on" : "notes_off"));
}
