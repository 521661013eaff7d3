// @ts-check
// What all elements share: the store, the engine, the router, the words. Passed down as a property, never global.
import { rememberUser } from "../data/account.js";
import { nextMidnight } from "../time/days.js";
import { Actions } from "./actions.js";
import { Announcer } from "./announce.js";
import { commandsOf } from "./commands.js";
import { language } from "./i18n.js";
import { Keys } from "./keys.js";
import { Router } from "./router.js";
import { Toasts } from "./toast.js";

const MINUTE = 60_000;

export class App extends EventTarget {
  /** @param {{store: any, engine: any, disk: any, api: any, user: any, shell: any}} parts */
  constructor({ store, engine, disk, api, user, shell }) {
    super();
    this.store = store;
    this.engine = engine;
    this.disk = disk;
    this.api = api;
    this.user = user;
    this.shell = shell;
    const { t, locale } = language();
    this.t = t;
    this.locale = locale;
    this.sheet = "";
    this.isLoaded = false;
    this.hasNewVersion = false;
    this.router = new Router();
    this.toasts = new Toasts();
    this.announcer = new Announcer(t);
    this.actions = new Actions({ store, engine, toasts: this.toasts, announcer: this.announcer, t });
    this.commands = commandsOf(this);
    this.keys = new Keys(this.commands);
    this.readClock();
    this.router.addEventListener("change", () => this.showRoute());
    engine.addEventListener("notice", (/** @type {any} */ event) => this.notice(event.detail));
    engine.addEventListener("status", () => this.status());
  }

  showRoute() {
    const { view, name } = this.router.route;
    this.store.show(view, name);
  }

  /** The moment that rows are described for: one object until a minute has passed, so that rows render only then. */
  readClock() {
    const { now, today, zone } = this.store.moment();
    this.place = { now, today, zone, locale: this.locale, t: this.t };
    const wait = Math.min(MINUTE - (now % MINUTE), nextMidnight(now, zone) - now);
    setTimeout(() => { this.readClock(); this.showRoute(); }, wait + 5);
  }

  /** @param {string} sheet */
  async open(sheet) {
    await this.shell.load(sheet);
    this.opener = document.activeElement;
    this.sheet = sheet;
    this.changed();
  }

  close() {
    this.sheet = "";
    this.changed();
    if (this.opener instanceof HTMLElement) this.opener.focus();
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
      const theirs = Object.assign({}, ...notes.map((/** @type {any} */ note) => note.theirs));
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
    await this.api.call("DELETE", "/api/auth/session/").catch(() => undefined);
    this.engine.tabs.tell({ type: "signed_out" });
    this.engine.tabs.close();
    await Promise.all([this.disk.destroy(), rememberUser(null)]);
    location.assign("/sign-in");
  }
}
