// @ts-check
// Keeps this device and the server the same: loads, follows, sends. Every tab has one; only the leading one is at work.
import { askSession } from "../data/account.js";
import { valuesOf } from "../store/undo.js";
import { Unreachable } from "./api.js";
import { Follower } from "./follow.js";
import { isConfirmedBy, readFrame } from "./frames.js";
import { Keeper } from "./keeper.js";
import { Tabs } from "./leader.js";
import { baseOfChange } from "./bases.js";
import { Outbox } from "./outbox.js";
import { absorb } from "./queue.js";
import { Room } from "./room.js";

/** @typedef {import("../store/fold.js").Mutation} Mutation */
/** @typedef {"connecting" | "catching_up" | "live" | "offline" | "signed_out"} State */

export class Engine extends EventTarget {
  constructor({ store, disk, api, userId, isSignedIn = false }) {
    super();
    this.store = store;
    this.disk = disk;
    this.api = api;
    this.userId = userId;
    /** Whether the server said so when this tab began: another one may think otherwise. */
    this.isSignedIn = isSignedIn;
    /** @type {{after: number | null, epoch: string}} how far the history has been applied */
    this.place = { after: null, epoch: "" };
    /** @type {State} */
    this.state = "connecting";
    /** Whether the server put off the last change that it answered. */
    this.isBusy = false;
    /** @type {Map<string, number>} the versions that my confirmed changes made, for undo */
    this.versions = new Map();
    /** How many messages this tab did not understand, as a newer server may send them. */
    this.unknown = 0;
    this.keeper = new Keeper(this);
    this.outbox = new Outbox(api, this.effects());
    this.tabs = new Tabs(userId, { onMessage: (message) => this.room.hear(message), onResign: () => this.resign() });
    this.room = new Room(this);
    this.follower = new Follower(this);
    /** Settled when it is known what there is: from the disk, or from the server. @type {Promise<void>} */
    this.loaded = new Promise((resolve) => { this.setLoaded = resolve; });
  }

  /** @returns {import("./outbox.js").Effects} */
  effects() {
    return {
      server: (task) => this.store.confirmed.get(task),
      sending: (mutations) => this.keepProgress(mutations),
      confirmed: (mutation, body) => this.confirmed(mutation, body),
      busy: (isBusy) => { if (isBusy !== this.isBusy) { this.isBusy = isBusy; this.setState(this.state); } },
      dropped: (mutation, problem) => { this.forget(mutation.key); this.notify("refused", { mutation, problem }); },
      blocked: (mutation) => this.blocked(mutation),
      fetched: (task) => this.keep(task),
      pull: () => this.follower.pull(),
      unreachable: () => { this.isBusy = false; this.setState("offline"); this.follower.retry(); },
      signedOut: () => this.setState("signed_out"),
      renewToken: () => this.recognise().catch(() => false),
    };
  }

  /** Read what the first paint needs, and go on in the background. Resolves when something can be shown. */
  async start() {
    this.disk.addEventListener("trouble", (event) => this.notify("disk", /** @type {CustomEvent} */ (event).detail));
    this.api.addEventListener("skew", () => this.notify("skew", { seconds: this.api.clock.skew }));
    await this.disk.open();
    const { queue, meta } = await this.disk.readFirst();
    for (const mutation of queue) this.outbox.queue.put(mutation);
    this.store.reset(meta.first_window ?? [], this.outbox.queue.inOrder(), meta.adopted);
    this.refresh();
    void this.begin();
  }

  /** Read all that is kept, and wait for the lead. */
  async begin() {
    await this.room.readDisk();
    this.tabs.stand(() => void this.follower.lead());
    addEventListener("online", () => this.follower.hurry());
    addEventListener("pagehide", () => void this.keeper.flush());
    document.addEventListener("visibilitychange", () => (document.hidden ? void this.keeper.flush() : this.lookAgain()));
    this.room.greet();
    this.tabs.ask();
  }

  /** The person is back. */
  lookAgain() {
    this.tabs.ask();
    this.follower.hurry();
  }

  /** Take in frames of the history, in order; other tabs get them too. @param {number} sequence @param {string} [epoch] */
  apply(frames, sequence, epoch = this.place.epoch) {
    const from = this.place.after;
    this.applyFrames(frames);
    this.place = { after: Math.max(sequence, from ?? 0), epoch };
    if (frames.length || from !== this.place.after) this.tabs.tell({ type: "frames", frames, from, place: this.place });
    this.keeper.soon();
  }

  /** Take in frames, and say which tasks others changed by them. */
  applyFrames(frames) {
    const tasks = frames.filter((frame) => this.applyFrame(frame)).map(({ task_id: id }) => id);
    if (tasks.length) this.dispatchEvent(new CustomEvent("remote", { detail: tasks }));
  }

  /** Return whether it changed a task, and was not made here. @returns {boolean} */
  applyFrame(frame) {
    const { keep, remove, confirms, notification, other } = readFrame(frame);
    const mutation = confirms ? this.outbox.queue.mutations.get(confirms) : undefined;
    const isMine = Boolean(mutation) || this.versions.has(confirms ?? "");
    const before = this.store.confirmed.get(frame.task_id);
    if (mutation && isConfirmedBy(frame, mutation)) this.confirmed(mutation, keep ?? null, frame.version);
    else if (keep) this.keep(keep);
    if (remove) this.removeTask(remove.id, remove.version);
    if (other) this.notify(other.operation, other);
    if (!keep && !remove && !other && !notification) this.unknown += 1;
    if (notification) this.notify("notification", { notification });
    return !isMine && this.store.confirmed.get(frame.task_id) !== before;
  }

  keep(task) {
    if (this.store.confirm(task)) this.keeper.ids.add(Number(task.id));
  }

  removeTask(id, version) {
    if (this.store.remove(id, version)) this.keeper.ids.add(id);
  }

  /** A change of mine is on the server. @param {Mutation} mutation @param {any} body the task as it is now, or its id alone where it is gone @param {number} [version] */
  confirmed(mutation, body, version = body?.version) {
    const removes = !body && ["delete", "skip", "undo"].includes(mutation.op);
    this.settle(mutation, body, version, removes);
    if (!this.tabs.isLeader) return;
    // Not by the answer alone: the history may be faster.
    if (mutation.notes?.length) this.notify("noted", { mutation, notes: mutation.notes });
    this.tabs.tell({ type: "confirmed", mutation, body, version, removes });
    this.keeper.now();
    this.refresh();
  }

  /** What every tab does about a confirmed change. @param {Mutation} mutation @param {number | undefined} version @param {boolean} removes */
  settle(mutation, body, version, removes) {
    const { task: local, key } = mutation;
    this.isBusy = false;
    const task = body && "title" in body ? body : null;
    if (version) this.versions.set(key, version);
    if (removes) this.removeTask(Number(local), version);
    if (task && typeof local === "number") this.keep(task);
    const changed = this.outbox.queue.rebase(mutation, version ?? 0);
    this.outbox.queue.remove(key);
    this.keeper.settled.add(key);
    this.store.settle(key);
    if (body?.id && typeof local === "string") {
      changed.push(...this.outbox.queue.adopt(local, Number(body.id)));
      this.store.adopt(local, Number(body.id), task);
      this.keeper.ids.add(Number(body.id));
    }
    if (changed.length && this.tabs.isLeader) void this.disk.putMutations(changed);
  }

  /** Make a change: shown now, kept before it is sent, sent by the leading tab. @param {Mutation} mutation */
  async act(mutation) {
    // Only the leading tab knows what has been sent, and may put another change into one that has not.
    const merged = this.tabs.isLeader ? absorb(this.store.pending.get(mutation.task) ?? [], mutation) : null;
    if (merged) this.store.settle(merged.key);
    const made = merged ?? { ...mutation, ...baseOfChange(mutation, this.store), seq: this.outbox.queue.nextSeq(mutation.seq) };
    this.store.add(made);
    this.outbox.queue.put(made);
    this.refresh();
    await this.disk.putMutations([made]);
    this.tabs.tell({ type: "mutation", mutation: made });
    if (this.tabs.isLeader) this.outbox.wake();
    if (this.state !== "live") void navigator.storage?.persist?.().catch(() => undefined); // what waits here must not be evicted
    return made;
  }

  /** Take back a change that has not been sent. Return whether there was one. @param {string} key @returns {boolean} */
  withdraw(key) {
    const mutation = this.outbox.queue.mutations.get(key);
    if (!mutation || (mutation.attempts && mutation.state !== "blocked")) return false;
    this.forget(key);
    return true;
  }

  /** Give a change up; with the making of a task goes what was to be done to it, with a change its undoing. @param {string} key */
  forget(key) {
    const given = this.outbox.queue.mutations.get(key);
    const isMaking = given?.op === "create" || given?.op === "quick";
    const others = this.outbox.queue.inOrder().filter((each) => (isMaking && each.task === given?.task) || (each.op === "undo" && each.args.of === key));
    const all = [...new Set([...(given ? [given] : []), ...others])];
    for (const each of all) {
      this.outbox.queue.remove(each.key);
      this.store.settle(each.key);
    }
    void this.disk.deleteMutations(all.map((each) => each.key));
    this.tabs.tell({ type: "forgotten", given: all.map((each) => ({ key: each.key, task: each.task })) });
    this.refresh();
    this.outbox.wake();
  }

  /** A person has seen why a change was refused and sends it on top of what is there now. @param {string} key */
  async again(key) {
    const mutation = this.outbox.queue.mutations.get(key);
    if (!mutation) return;
    const server = this.store.confirmed.get(/** @type {number} */ (mutation.task));
    const base = mutation.base && server ? valuesOf(server, Object.keys(mutation.base)) : mutation.base;
    Object.assign(mutation, { state: "queued", attempts: 0, way: undefined, met: undefined, last_error: undefined, base, base_version: server?.version });
    await this.disk.putMutations([mutation]);
    this.store.refold(mutation.task);
    this.tabs.tell({ type: "mutation", mutation });
    this.refresh();
    this.outbox.wake();
  }

  /** Before changes are sent, it is on the disk and in all tabs that they may have been. @param {Mutation[]} mutations */
  async keepProgress(mutations) {
    this.tabs.tell({ type: "sent", mutations: mutations.map(({ key, attempts, first_sent_at, way, notes }) => ({ key, attempts, first_sent_at, way, notes })) });
    await this.disk.putMutations(mutations);
  }

  blocked(mutation) {
    if (!this.tabs.isLeader) return; // another tab leads by now, and hears the same of the server
    void this.disk.putMutations([mutation]);
    this.store.refold(mutation.task);
    this.tabs.tell({ type: "mutation", mutation });
    this.refresh();
  }

  /** Ask who is signed in in this browser; nothing is read or sent in the name of anybody else. Rejects with Unreachable. @returns {Promise<boolean>} whether it is our user */
  async recognise() {
    const session = await askSession().catch((error) => { throw new Unreachable(String(error)); });
    if (session.user?.id !== this.userId) return this.setState("signed_out"), false;
    this.api.csrf = session.csrf_token;
    return true;
  }

  /** Another tab wants the lead: stop, and write what it will not know of. */
  async resign() {
    this.outbox.stop();
    this.follower.stop();
    await this.keeper.flush({ isLast: true });
  }

  setState(state) {
    this.state = state;
    if (this.tabs.isLeader) this.room.tellState();
    this.refresh();
  }

  refresh() { this.dispatchEvent(new Event("status")); }

  notify(kind, detail) {
    this.dispatchEvent(new CustomEvent("notice", { detail: { kind, ...detail } }));
  }
}
