// @ts-check
// What the tabs of one user say to each other. The leading one says what it has applied, and from where on; a tab that
// has missed something notices, keeps what it hears from then on, and begins again from the disk, or from all tasks
// where there is none. Until it has, it does not call itself live.

export class Room {
  constructor(engine) {
    this.engine = engine;
    /** @type {any[] | null} what was said while this tab is not up to date */
    this.heard = [];
    /** @type {string} how the leading tab and the server stand */
    this.leaderState = "connecting";
  }

  /** Read what is kept, part by part the first time, in one step later, and then take in what was said meanwhile. */
  async readDisk() {
    const { disk, store } = this.engine;
    this.heard ??= [];
    /** @type {any[]} */
    const tasks = [];
    const isFirst = this.engine.place.after === null;
    const { place } = await disk.readTasks((part) => (isFirst ? store.load(part) : tasks.push(...part)));
    if (place && isFirst) store.finishLoading();
    if (place) this.startAt(place, isFirst ? null : tasks);
    else this.replay();
  }

  /** @param {{after: number | null, epoch: string}} place @param {any[] | null} tasks null: they are in the store already */
  startAt(place, tasks) {
    const { engine } = this;
    engine.place = place;
    if (tasks) engine.store.reset(tasks, engine.outbox.queue.inOrder());
    engine.keeper.begin();
    engine.setLoaded();
    this.replay();
  }

  /** Take in what was said while this tab was not up to date. */
  replay() {
    const waiting = this.heard ?? [];
    this.heard = null;
    for (const message of waiting) this.hear(message);
    this.showState();
  }

  /** @param {any} message of another tab */
  hear(message) {
    const { engine } = this;
    if (message.type === "signed_out") return engine.notify("signed_out", {});
    if (message.type === "reloaded" && this.heard !== null) return this.reread(message);
    if (message.type === "all" && this.heard !== null) return message.to === engine.tabs.id ? this.startAt(message.place, message.tasks) : undefined;
    if (message.type === "leads" && this.heard !== null) return this.greet();
    if (this.heard) return void this.heard.push(message);
    switch (message.type) {
      case "frames": return this.follow(message);
      case "mutation": return this.take(message.mutation);
      case "sent": return this.note(message.mutations);
      case "forgotten": return message.given.forEach((each) => this.drop(each));
      case "confirmed": engine.settle(message.mutation, message.body, message.version, message.removes); return engine.refresh();
      case "reloaded": return this.reread(message);
      case "state": return this.hearState(message);
      case "leads": return this.greet();
      case "hello": return engine.tabs.isLeader ? void this.welcome(message) : undefined;
      default: return undefined;
    }
  }

  /** @param {any} message frames that follow `from` */
  follow(message) {
    const { engine } = this;
    if (engine.tabs.isLeader) return undefined;
    if (!this.isNext(message)) return this.fallBehind(message);
    engine.applyFrames(message.frames);
    if (message.place.after > /** @type {number} */ (engine.place.after)) engine.place = message.place;
    return undefined;
  }

  /** Whether nothing is missing between us and what begins there. @param {{from: number | null, place: {after: number | null, epoch: string}}} message */
  isNext({ from, place }) {
    const { after, epoch } = this.engine.place;
    return after !== null && (from ?? 0) <= after && (!epoch || epoch === place.epoch);
  }

  /** Something was said that this tab has not heard: from here on it keeps everything, until it has begun again. */
  fallBehind(message) {
    this.heard = [message];
    this.showState();
    this.greet();
  }

  reread(message) {
    if (this.engine.tabs.isLeader) return undefined;
    this.heard ??= [];
    if (this.engine.disk.database && !message.isDiskLess) return void this.readDisk();
    return this.greet();
  }

  /** Say how far this tab is; the leading one answers. */
  greet() {
    const { place, disk, tabs, isSignedIn } = this.engine;
    if (!tabs.isLeader) tabs.tell({ type: "hello", from: tabs.id, after: place.after, epoch: place.epoch, isBehind: this.heard !== null, hasDisk: Boolean(disk.database), isSignedIn });
  }

  /** A tab that is behind gets what it has not seen, by the disk if there is one. */
  async welcome({ from, after, epoch, isBehind, hasDisk, isSignedIn }) {
    const { engine } = this;
    const { place } = engine;
    if (place.after !== null && (isBehind || after !== place.after || epoch !== place.epoch)) {
      const isKept = await engine.keeper.flush();
      if (isKept && hasDisk) engine.tabs.tell({ type: "reloaded" });
      else engine.tabs.tell({ type: "all", to: from, tasks: [...engine.store.confirmed.values()], place: engine.place });
    }
    this.tellState();
    if (isSignedIn && engine.state === "signed_out") void engine.follower.catchUp();
  }

  /** Everything was loaded anew: no other tab has it. @param {boolean} isKept whether it is on the disk */
  tellReloaded(isKept) {
    this.engine.tabs.tell({ type: "reloaded", isDiskLess: !isKept });
  }

  tellState() {
    const { tabs, state, isBusy, place } = this.engine;
    tabs.tell({ type: "state", state, isBusy, from: place.after, place });
  }

  hearState(message) {
    if (this.engine.tabs.isLeader) return;
    this.leaderState = message.state;
    this.engine.isBusy = message.isBusy;
    if (message.place.after !== null && !this.isNext(message)) this.fallBehind(message);
    else this.showState();
  }

  /** A tab that follows is live when the leading one is and nothing is missing here. */
  showState() {
    const { engine } = this;
    if (engine.tabs.isLeader) return;
    engine.state = this.heard && this.leaderState === "live" ? "catching_up" : this.leaderState;
    engine.refresh();
  }

  /** A change of another tab, or of before a restart. @param {import("../store/fold.js").Mutation} mutation */
  take(mutation) {
    const { store, outbox, tabs } = this.engine;
    const known = outbox.queue.mutations.get(mutation.key);
    if (known && known.state !== "blocked" && known.attempts > mutation.attempts) return; // we know more of it
    if (known) store.settle(mutation.key);
    store.add(mutation);
    outbox.queue.put(mutation);
    this.engine.refresh();
    if (tabs.isLeader) outbox.wake();
  }

  /** @param {any[]} mutations that may have been sent */
  note(mutations) {
    for (const { key, ...progress } of mutations) {
      const known = this.engine.outbox.queue.mutations.get(key);
      if (known) Object.assign(known, progress, { state: "sent" });
    }
  }

  /** @param {{key: string, task: number | string}} given a change that its person has given up in another tab */
  drop({ key, task }) {
    const { outbox, store, tabs, versions } = this.engine;
    const known = outbox.queue.mutations.get(key);
    // It was taken back there at the moment when this tab sent it: what is sent can only be undone.
    const isSent = known ? known.state === "sent" : versions.has(key);
    if (tabs.isLeader && isSent) return void this.engine.act(undoOf(key, known?.task ?? store.idOf(task), versions.get(key)));
    outbox.queue.remove(key);
    store.settle(key);
    return this.engine.refresh();
  }
}

/** @param {string} key @param {number | string} task @param {number} [version] that the change made, if it is known @returns {import("../store/fold.js").Mutation} */
function undoOf(key, task, version) {
  return { seq: 0, key: crypto.randomUUID(), op: "undo", task, args: { of: key, version }, made_at: Date.now(), state: "queued", attempts: 0 };
}
