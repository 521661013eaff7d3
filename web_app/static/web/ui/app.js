// @ts-check
// What all elements share: the store, the engine, the router, the words. Passed down as a property, never global.
import { rememberUser } from "../data/account.js";
import { nextMidnight } from "../time/days.js";
import { Actions } from "./actions.js";
import { Selection, focusRow, focusedKey, neighbourOf } from "./focus.js";
import { Announcer, Toasts } from "./messages.js";
import { Router } from "./router.js";

const MINUTE = 60_000;

export class App extends EventTarget {
  constructor({ store, engine, disk, api, user, shell, words }) {
    super();
    this.store = store;
    this.engine = engine;
    this.disk = disk;
    this.api = api;
    this.user = user;
    this.shell = shell;
    const { t, locale } = words;
    this.t = t;
    this.locale = locale;
    this.sheet = "";
    /** @type {any} what the sheet on the screen was opened for */
    this.given = {};
    this.selection = new Selection();
    this.isLoaded = false;
    this.hasNewVersion = false;
    this.router = new Router();
    this.toasts = new Toasts();
    this.announcer = new Announcer(t);
    this.actions = new Actions({ store, engine, toasts: this.toasts, announcer: this.announcer, t });
    /** @type {import("./commands.js").Command[]} */
    this.commands = [];
    this.readClock();
    this.router.addEventListener("change", () => this.showRoute());
    engine.addEventListener("notice", (/** @type {any} */ event) => this.notice(event.detail));
    engine.addEventListener("status", () => this.status());
    engine.addEventListener("remote", (/** @type {any} */ { detail }) => this.announcer.countChanges(detail));
  }

  /** Load the keys and what they do: the first list does not wait for them. */
  async listen() {
    const { Keys, commandsOf } = await import("./commands.js");
    this.commands = commandsOf(this);
    this.keys = new Keys(this.commands);
  }

  showRoute() {
    const { view, name } = this.router.list;
    if (view !== this.store.open.view || name !== this.store.open.name) this.selection.clear();
    this.store.show(view, name);
  }

  /** The moment that rows are described for: one object until a minute has passed, so that rows render only then. */
  readClock() {
    const { now, today, zone } = this.store.moment();
    this.place = { now, today, zone, locale: this.locale, t: this.t };
    const wait = Math.min(MINUTE - (now % MINUTE), nextMidnight(now, zone) - now);
    clearTimeout(this.clock);
    this.clock = setTimeout(() => { this.readClock(); this.showRoute(); }, wait + 5);
  }

  /** Show a sheet over the page. @param {string} sheet @param {any} [given] what it is for */
  async open(sheet, given = {}) {
    const opener = document.activeElement;
    await this.shell.load(sheet);
    if (!this.sheet) Object.assign(this, { opener, refocus: refocusOf(focusedKey()) });
    Object.assign(this, { sheet, given });
    this.changed();
  }

  /** The sheet is closed: back to where it was opened, or to the next row if that is gone; then what was chosen in it. */
  close() {
    this.sheet = "";
    this.changed();
    if (this.opener instanceof HTMLElement) this.opener.focus();
    const { chosen, refocus } = this;
    this.chosen = undefined;
    chosen?.();
    requestAnimationFrame(() => requestAnimationFrame(() => document.activeElement === document.body && refocus?.()));
  }

  /** Close the sheet on the screen. */
  dismiss() {
    const dialog = document.querySelector("dialog[open]");
    if (dialog instanceof HTMLDialogElement) dialog.close();
  }

  /** Close it, then do this. @param {(() => void) | undefined} chosen */
  closeWith(chosen) {
    this.chosen = chosen;
    this.dismiss();
  }

  /** The rows that an action is for: those that were picked, or the one that has the focus. @returns {any[]} */
  targets() {
    const keys = this.selection.keys.size ? [...this.selection.keys] : [focusedKey()];
    return keys.map((key) => this.store.shown.get(key)).filter(Boolean);
  }

  /** Ask what is to become of rows, by a page of the palette. @param {string} page */
  async choose(page, rows = this.targets()) {
    if (!rows.length && page !== "commands") return;
    this.keys?.hold();
    await this.open("command-palette", { page, rows }).catch(() => undefined);
    await this.shell.updateComplete;
    await this.shell.querySelector("command-palette")?.updateComplete;
    await this.keys?.release();
  }

  /** Open a task by itself: beside its list where there is room. @param {string | void} key of its row @param {string} [part] of it that is opened, too */
  openTask(key, part) {
    if (!key) return;
    this.isTaskAwaited = part ?? true;
    this.router.go(`/app/task/${this.store.shown.get(key)?.id ?? key}`);
    this.changed();
  }

  editRow(key) {
    const open = document.activeElement?.closest("task-detail");
    if (open) return void open.dispatchEvent(new Event("edit"));
    if (key !== focusedKey()) focusRow(key);
    document.querySelector(`[data-row="${CSS.escape(key)}"] task-row`)?.dispatchEvent(new Event("edit"));
  }

  /** Go to the list that has a task, and to its row. */
  showTask(row) {
    this.router.go(row.completed ? "/app/done" : "/app/all");
    requestAnimationFrame(() => requestAnimationFrame(() => focusRow(row.key)));
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  status() {
    if (this.engine.state === "signed_out" && this.lastState !== "signed_out") {
      this.announcer.interrupt(this.t("signed_out_title"));
      void this.open("session-sheet");
    }
    const { state, outbox } = this.engine;
    const isTold = state === "offline" || (state === "live" && this.lastState === "offline");
    if (isTold && state !== this.lastState) this.announcer.say(this.t(state, outbox.queue.counts()));
    if (state === "live" || state === "offline" || state === "signed_out") this.lastState = state;
  }

  /** @param {any} notice of the engine */
  notice({ kind, mutation, problem, notes }) {
    const { t, toasts } = this;
    const title = mutation && (this.store.confirmed.get(mutation.task)?.title ?? mutation.fields?.title ?? "");
    if (kind === "refused") toasts.show(problem.detail);
    if (kind === "restored") toasts.show(t("restored"));
    if (kind === "signed_out") location.assign("/sign-in");
    if (kind === "noted") {
      const theirs = Object.assign({}, ...notes.map((note) => note.theirs));
      const use = () => this.actions.change(this.store.shown.get(this.store.keyOf(mutation.task)), theirs);
      toasts.show(t("toast_theirs", { title }), { label: t("use_theirs"), run: use });
    }
  }

  /** Sign out; with changes that have not been sent, ask first. */
  signOut() {
    const { waiting, blocked } = this.engine.outbox.queue.counts();
    return waiting + blocked ? this.open("leave-sheet") : this.leave();
  }

  /** End the session, delete what this device keeps, and leave every tab. */
  async leave() {
    this.engine.outbox.stop();
    await this.device?.forget();
    await this.api.call("DELETE", "/api/auth/session/").catch(() => undefined);
    this.engine.tabs.tell({ type: "signed_out" });
    this.engine.tabs.close();
    await Promise.all([this.disk.destroy(), rememberUser(null)]);
    location.assign("/sign-in");
  }
}

/** Return a function that focuses a row wherever it is by then, or the one that was after it. @param {string} key */
function refocusOf(key) {
  const next = neighbourOf(key);
  return () => focusRow(key) || next();
}
