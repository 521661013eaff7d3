// @ts-check
// The last notifications, as this device keeps them: read without a network, and marked as read there too.
import { call } from "./direct.js";

const MOST = 200;
const KEPT = "notifications";
const UNSENT = "notifications read";
/** A tab may not notice that the network was away. */
const AGAIN_MS = 10_000;
const RELAXED = { durability: "relaxed" };

/** @typedef {{id: number, title: string, body: string, task_id: number | null, reminder_id: number | null, created_at: string, read_at: string | null, deliveries?: any[]}} Notice */

/** "change" whenever there is another one, or one was read. */
export class Notifications extends EventTarget {
  constructor(app) {
    super();
    this.app = app;
    /** @type {Notice[]} newest first */
    this.rows = [];
    /** @type {Set<number>} read here, and the server does not know yet */
    this.unsent = new Set();
    this.isLoaded = false;
    this.channel = new BroadcastChannel(`todo:${app.user.id}:read`);
    this.channel.onmessage = ({ data }) => this.mark(data);
    app.engine.addEventListener("notice", (/** @type {CustomEvent} */ { detail }) => this.hear(detail));
    app.engine.addEventListener("status", () => void this.followState());
    addEventListener("online", () => void this.send());
    this.begun = this.begin();
  }

  async begin() {
    const { disk } = this.app;
    const [rows, unsent] = await disk.read([[], []], (database) => Promise.all([database.get("meta", KEPT), database.get("meta", UNSENT)]));
    this.unsent = new Set([...(unsent ?? []), ...this.unsent]);
    this.merge(rows ?? []);
    await this.followState();
  }

  /** The network is back: what was read here is sent, what came elsewhere is asked for. */
  async followState() {
    const { state } = this.app.engine;
    const isBack = state === "live" && this.lastState !== "live";
    this.lastState = state;
    if (!isBack) return;
    await this.send();
    await this.load();
  }

  /** Ask the server for the last ones. */
  async load() {
    const answer = await call(this.app, "GET", `/api/notifications/?limit=${MOST}`);
    if (answer?.status !== 200) return false;
    this.isLoaded = true;
    this.merge(answer.body.results, []);
    return true;
  }

  /** What was read stays read: an answer may be older than a frame. @param {Notice[]} [others] that stay as well */
  merge(rows, others = this.rows) {
    const reads = new Map(this.rows.map(({ id, read_at: at }) => [id, at]));
    const all = new Map(others.map((row) => [row.id, row]));
    for (const row of rows) all.set(row.id, { ...row, read_at: row.read_at ?? reads.get(row.id) ?? (this.unsent.has(row.id) ? row.created_at : null) });
    this.rows = [...all.values()].sort((one, other) => other.id - one.id).slice(0, MOST);
    this.changed();
  }

  /** One has come, or some were read on another device. */
  hear({ kind, notification, notification_ids: ids, read_through: last }) {
    if (kind === "notification") this.merge([notification]);
    else if (kind === "read") this.mark(last ? this.rows.filter(({ id }) => id <= last).map(({ id }) => id) : ids);
  }

  get unread() {
    return this.rows.filter(({ read_at: read }) => !read).length;
  }

  /** Read some, here and in every tab; the server hears of it when it can. */
  read(ids) {
    const fresh = this.rows.filter(({ id, read_at: read }) => !read && ids.includes(id)).map(({ id }) => id);
    if (!fresh.length) return;
    this.mark(fresh);
    this.channel.postMessage(fresh);
    for (const id of fresh) this.unsent.add(id);
    this.keep();
    void this.send();
  }

  readAll() {
    this.read(this.rows.map(({ id }) => id));
  }

  /** What a reminder has notified of is read when it is snoozed. */
  readReminder(reminder) {
    this.read(this.rows.filter(({ reminder_id: id }) => id === reminder).map(({ id }) => id));
  }

  mark(ids) {
    const at = new Date(this.app.store.now()).toISOString();
    this.rows = this.rows.map((row) => (ids.includes(row.id) && !row.read_at ? { ...row, read_at: at } : row));
    this.changed();
  }

  /** Send what was read here, each at most once at a time; what does not arrive is sent another time. */
  send() {
    clearTimeout(this.timer);
    this.sending ??= this.sendAll().finally(() => {
      this.sending = null;
      if (this.unsent.size) this.timer = setTimeout(() => void this.send(), AGAIN_MS);
    });
    return this.sending;
  }

  async sendAll() {
    while (this.unsent.size) {
      const ids = [...this.unsent];
      const isAll = ids.length > 3 && this.unread === 0;
      for (const path of isAll ? ["read/"] : ids.map((id) => `${id}/read/`)) {
        const answer = await call(this.app, "POST", `/api/notifications/${path}`, { body: {} });
        // One that is gone has been read as far as anybody cares.
        if (!answer || (answer.status !== 200 && answer.status !== 404)) return;
      }
      for (const id of ids) this.unsent.delete(id);
      this.keep();
    }
  }

  changed() {
    this.keep();
    this.dispatchEvent(new Event("change"));
  }

  keep() {
    void this.app.disk.write(["meta"], RELAXED, (store) => {
      store("meta").put(this.rows, KEPT);
      store("meta").put([...this.unsent], UNSENT);
    });
  }
}
