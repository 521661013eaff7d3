// @ts-check
// Keeps this device and the server the same: loads, follows, sends. Every tab has one; only the leading one is at work.
import { askSession } from "../data/account.js";
import { Follower } from "./follow.js";
import { isConfirmedBy, readFrame } from "./frames.js";
import { Tabs, greet, hearState, welcome } from "./leader.js";
import { Outbox } from "./outbox.js";
import { absorb } from "./queue.js";
import { valuesOf } from "../store/undo.js";

/** @typedef {import("../store/fold.js").Mutation} Mutation */

const FLUSH_MS = 200;

export class Engine extends EventTarget {
  /** @param {{store: import("../store/store.js").Store, disk: import("../data/db.js").Disk, api: import("./api.js").Api, userId: string}} parts */
  constructor({ store, disk, api, userId }) {
    super();
    this.store = store;
    this.disk = disk;
    this.api = api;
    /** @type {{after: number | null, epoch: string}} how far the history has been applied */
    this.place = { after: null, epoch: "" };
    /** @type {"connecting" | "catching_up" | "live" | "offline" | "signed_out"} */
    this.state = "connecting";
    /** @type {Map<string, number>} the versions that my confirmed changes made, for undo */
    this.versions = new Map();
    /** @type {Set<number>} tasks whose chunks have to be written */
    this.dirty = new Set();
    this.outbox = new Outbox(api, this.effects());
    this.tabs = new Tabs(userId, (message) => this.hear(message));
    /** @type {any[] | null} what other tabs said while this one read the disk */
    this.heard = [];
    this.follower = new Follower(this);
    /** Settled when it is known what there is: from the disk, or from the server. @type {Promise<void>} */
    this.loaded = new Promise((resolve) => { this.setLoaded = resolve; });
  }

  /** @returns {import("./outbox.js").Effects} */
  effects() {
    return {
      server: (task) => this.store.confirmed.get(task),
      save: (mutation) => this.disk.putMutation(mutation),
      confirmed: (mutation, task) => this.confirmed(mutation, task),
      dropped: (mutation, problem) => { this.forget(mutation.key); this.notify("refused", { mutation, problem }); },
      changed: (mutation) => { this.store.refold(mutation.task); this.tabs.tell({ type: "mutation", mutation }); this.refresh(); },
      fetched: (task) => this.keep(task),
      noted: (mutation, notes) => this.notify("noted", { mutation, notes }),
      unreachable: () => { this.setState("offline"); this.follower.retry(); },
      signedOut: () => this.setState("signed_out"),
      renewToken: () => this.renewToken(),
    };
  }

  /** Read the disk, show it, and wait for the lead. Resolves when something can be shown. */
  async start() {
    await this.disk.open();
    await this.readDisk();
    this.tabs.stand(() => void this.follower.lead());
    addEventListener("online", () => this.follower.hurry());
    document.addEventListener("visibilitychange", () => { this.tabs.ask(); if (!document.hidden) this.follower.hurry(); });
    greet(this);
    this.tabs.ask();
  }

  async readDisk() {
    const { tasks, queue, meta } = await this.disk.read();
    if (meta.place) this.place = meta.place;
    for (const mutation of queue) this.outbox.queue.put(mutation);
    this.store.reset(tasks, this.outbox.queue.inOrder());
    const waiting = this.heard ?? [];
    this.heard = null;
    for (const message of waiting) this.hear(message);
    if (this.place.after !== null) this.setLoaded();
    this.refresh();
  }

  /** Take in frames of the history, in order; other tabs get them too. @param {any[]} frames @param {number} sequence */
  apply(frames, sequence) {
    for (const frame of frames) this.applyFrame(frame);
    this.place = { ...this.place, after: Math.max(sequence, this.place.after ?? 0) };
    if (frames.length) this.tabs.tell({ type: "frames", frames, place: this.place });
    this.flushSoon();
  }

  /** @param {any} frame */
  applyFrame(frame) {
    const { keep, remove, confirms, notification } = readFrame(frame);
    const mutation = confirms ? this.outbox.queue.mutations.get(confirms) : undefined;
    if (mutation && isConfirmedBy(frame, mutation)) this.confirmed(mutation, keep ?? null, frame.version);
    else if (keep) this.keep(keep);
    if (remove) { this.store.remove(remove.id, remove.version); this.dirty.add(remove.id); }
    if (notification) this.notify("notification", notification);
  }

  /** @param {any} task */
  keep(task) {
    if (this.store.confirm(task)) this.dirty.add(Number(task.id));
  }

  /** A change of mine is on the server. @param {Mutation} mutation @param {any} task as it is now @param {number} [version] */
  confirmed(mutation, task, version = task?.version) {
    const removes = !task && (mutation.op === "delete" || mutation.op === "undo");
    this.settle(mutation, task, version, removes);
    if (!this.tabs.isLeader) return void this.outbox.queue.remove(mutation.key);
    for (const each of this.outbox.queue.rebase(mutation, version ?? 0)) void this.disk.putMutation(each);
    this.outbox.queue.remove(mutation.key);
    void this.flush(); // the disk never has neither the change nor what it made
    void this.disk.deleteMutation(mutation.key);
    this.tabs.tell({ type: "confirmed", mutation, task, version, removes });
    this.flushSoon();
    return this.refresh();
  }

  /** What every tab does about a confirmed change. @param {Mutation} mutation @param {any} task @param {number | undefined} version @param {boolean} removes */
  settle(mutation, task, version, removes) {
    const local = mutation.task;
    if (version) this.versions.set(mutation.key, version);
    if (removes) this.store.remove(Number(local));
    if (task && typeof local === "number") this.keep(task);
    this.store.settle(mutation.key);
    if (task && typeof local === "string") {
      this.outbox.queue.adopt(local, Number(task.id)).forEach((each) => this.tabs.isLeader && void this.disk.putMutation(each));
      this.store.adopt(local, task);
    }
    if (task) this.dirty.add(Number(task.id));
  }

  /** Make a change: shown now, kept before it is sent, sent by the leading tab. @param {Mutation} mutation */
  async act(mutation) {
    const merged = absorb(this.store.pending.get(mutation.task) ?? [], mutation);
    if (merged) this.store.settle(merged.key);
    const made = merged ?? mutation;
    this.store.add(made);
    this.outbox.queue.put(made);
    this.refresh();
    await this.disk.putMutation(made);
    this.tabs.tell({ type: "mutation", mutation: made });
    if (this.tabs.isLeader) this.outbox.wake();
    return made;
  }

  /** Take back a change that has not been sent. Return whether there was one. @param {string} key @returns {boolean} */
  withdraw(key) {
    const mutation = this.outbox.queue.mutations.get(key);
    if (!mutation || (mutation.attempts && mutation.state !== "blocked")) return false;
    this.forget(key);
    return true;
  }

  /** Give a change up; with the making of a task goes what was to be done to it. @param {string} key */
  forget(key) {
    const given = this.outbox.queue.mutations.get(key);
    const isMaking = given?.op === "create" || given?.op === "quick";
    const others = isMaking ? this.outbox.queue.inOrder().filter(({ task }) => task === given.task) : [];
    for (const each of new Set([key, ...others.map((other) => other.key)])) {
      this.outbox.queue.remove(each);
      this.store.settle(each);
      void this.disk.deleteMutation(each);
      this.tabs.tell({ type: "forgotten", key: each });
    }
    this.refresh();
    this.outbox.wake();
  }

  /** A person has seen why a change was refused and sends it on top of what is there now. @param {string} key */
  async again(key) {
    const mutation = this.outbox.queue.mutations.get(key);
    if (!mutation) return;
    const server = this.store.confirmed.get(/** @type {number} */ (mutation.task));
    const base = mutation.base && server ? valuesOf(server, Object.keys(mutation.base)) : mutation.base;
    Object.assign(mutation, { state: "queued", attempts: 0, last_error: undefined, base, base_version: server?.version });
    await this.disk.putMutation(mutation);
    this.store.refold(mutation.task);
    this.tabs.tell({ type: "mutation", mutation });
    this.refresh();
    this.outbox.wake();
  }

  /** A change of another tab, or of before a restart. @param {Mutation} mutation */
  take(mutation) {
    if (this.store.pending.get(mutation.task)?.some(({ key }) => key === mutation.key)) this.store.settle(mutation.key);
    this.store.add(mutation);
    this.outbox.queue.put(mutation);
    this.refresh();
    if (this.tabs.isLeader) this.outbox.wake();
  }

  /** @param {any} message of another tab */
  hear(message) {
    if (this.heard) return void this.heard.push(message);
    switch (message.type) {
      case "mutation": return this.take(message.mutation);
      case "forgotten": this.outbox.queue.remove(message.key); this.store.settle(message.key); return this.refresh();
      case "frames": for (const frame of message.frames) this.applyFrame(frame); this.place = message.place; return undefined;
      case "confirmed": this.outbox.queue.remove(message.mutation.key); this.settle(message.mutation, message.task, message.version, message.removes); return this.refresh();
      case "reloaded": this.heard = []; return void this.readDisk();
      case "state": return hearState(this, message);
      case "hello": return this.tabs.isLeader ? void welcome(this, message) : undefined;
      case "resigned": this.outbox.stop(); return this.follower.stop();
      case "signed_out": return this.notify("signed_out", {});
      default: return undefined;
    }
  }

  /** @returns {Promise<boolean>} */
  async renewToken() {
    const session = await askSession().catch(() => null);
    if (!session?.user || session.csrf_token === this.api.csrf) return false;
    this.api.csrf = session.csrf_token;
    return true;
  }

  /** @param {any} state */
  setState(state) {
    this.state = state;
    this.tabs.tell({ type: "state", state, after: this.place.after });
    this.refresh();
  }

  refresh() {
    this.dispatchEvent(new Event("status"));
  }

  /** @param {string} kind @param {any} detail */
  notify(kind, detail) {
    this.dispatchEvent(new CustomEvent("notice", { detail: { kind, ...detail } }));
  }

  flushSoon() {
    if (!this.tabs.isLeader) return void this.dirty.clear();
    this.flushing ??= setTimeout(() => { this.flushing = null; void this.flush(); }, FLUSH_MS);
  }

  /** Write changed tasks and how far we are, in one transaction. */
  async flush() {
    const ids = [...this.dirty];
    this.dirty.clear();
    await this.disk.writeTasks(ids, this.store.confirmed, { place: this.place });
  }
}
