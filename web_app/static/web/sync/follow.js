// @ts-check
// What the leading tab does to follow the server: load once, catch up, hold the socket, poll where there can be none.
import { LoadRefused, Unreachable } from "./api.js";
import { INCLUDED } from "./frames.js";
import { isUnsure } from "./queue.js";

const POLL_MS = 5000;
const LOST_SOCKETS = 3;
const MOST_REFUSED = 3;

export class Follower {
  constructor(engine) {
    this.engine = engine;
    /** @type {import("./socket.js").TaskSocket | null} */
    this.socket = null;
    /** @type {any} */
    this.timer = null;
    /** @type {any} */
    this.poll = null;
    this.lostSockets = 0;
    this.refused = 0;
    this.include = `&include=${INCLUDED.join(",")}`;
    /** @type {Promise<void> | null} */
    this.catchingUp = null;
  }

  /** Another tab leads now. */
  stop() {
    this.socket?.close();
    this.socket = null;
    clearTimeout(this.timer);
    clearInterval(this.poll);
    this.timer = this.poll = null;
  }

  /** This tab leads now: take over what the last one had no time for, bring everything up to date, then send what waits. */
  async lead() {
    const { disk, keeper, outbox, room, tabs } = this.engine;
    room.replay();
    for (const mutation of await disk.readQueue()) if (!outbox.queue.mutations.has(mutation.key) && !keeper.settled.has(mutation.key)) room.take(mutation);
    for (const mutation of outbox.queue.mutations.values()) if (mutation.state === "sent") mutation.state = "queued";
    if (this.engine.place.after !== null) await keeper.flush();
    tabs.tell({ type: "leads" });
    await this.catchUp();
  }

  /** Pull before push: what the history shows already is not sent again. */
  catchUp() {
    this.catchingUp ??= this.catchUpOnce().finally(() => { this.catchingUp = null; });
    return this.catchingUp;
  }

  async catchUpOnce() {
    const { engine } = this;
    try {
      if (!(await engine.recognise())) return;
      if (engine.place.after === null) await this.reload();
      else await this.pull();
      if (!engine.tabs.isLeader) return;
      engine.setLoaded();
      await later(engine.outbox.load());
      if (!engine.tabs.isLeader) return;
      engine.outbox.start();
      this.socket ??= await this.makeSocket();
      if (!engine.tabs.isLeader) return;
      if (this.socket.isReady) this.socketState("live");
      else this.socket.connect();
    } catch (error) {
      if (!engine.tabs.isLeader) return;
      if (error instanceof LoadRefused && error.status === 401) return engine.setState("signed_out");
      if (!(error instanceof Unreachable) && !(error instanceof LoadRefused)) throw error;
      engine.setState("offline");
      this.retry(error instanceof LoadRefused ? error.retryAfter : 0);
    }
  }

  /** What is not needed for showing a list comes after it. */
  async makeSocket() {
    const { TaskSocket } = await later(import("./socket.js"));
    return new TaskSocket(socketUrl(), this.handlers());
  }

  /** @param {number} [seconds] that the server asked for */
  retry(seconds = 0) {
    if (this.timer || !this.engine.tabs.isLeader) return;
    this.engine.outbox.stop();
    this.timer = setTimeout(() => { this.timer = null; void this.catchUp(); }, seconds * 1000 + 500 + Math.random() * 1500);
  }

  /** Load everything behind what is shown, and swap it in one step. @param {{isGap?: boolean}} [options] */
  async reload({ isGap = false } = {}) {
    const { engine } = this;
    const isFirst = engine.place.after === null;
    const { loadEverything } = await later(import("./bootstrap.js"));
    const { tasks, sequence, epoch } = await loadEverything(engine.api, isFirst ? (page) => page.forEach((task) => engine.store.confirm(task)) : undefined);
    if (!engine.tabs.isLeader) return; // it was handed over meanwhile
    engine.place = { after: sequence, epoch };
    if (isGap) for (const mutation of engine.outbox.queue.inOrder()) if (isUnsure(mutation, Date.now())) engine.outbox.block(mutation, { code: "maybe_saved" });
    engine.store.reset(tasks, engine.outbox.queue.inOrder());
    engine.room.tellReloaded(await engine.keeper.replace());
    await this.pull();
  }

  /** Apply what the history holds beyond our place, over HTTP. */
  async pull() {
    const { engine } = this;
    for (let more = true; more; ) {
      const { after, epoch } = engine.place;
      const answer = await engine.api.call("GET", `/api/changes/?after=${after}&limit=500&epoch=${epoch}${this.include}`);
      // A server of an older release does not know what is asked for: without it there is still everything else.
      if (answer.status === 400 && this.include) { this.include = ""; continue; }
      if (answer.status === 410) return void (await this.resync(answer.body.code));
      if (answer.status !== 200) throw new LoadRefused(answer);
      engine.apply(answer.body.results, answer.body.sequence, answer.body.epoch);
      more = answer.body.more;
    }
  }

  async resync(reason) {
    this.engine.setState("catching_up");
    await this.reload({ isGap: reason !== "reset" });
    if (reason === "reset") this.engine.notify("restored", {});
  }

  /** @returns {import("./socket.js").Handlers} */
  handlers() {
    const { engine } = this;
    return {
      userId: engine.userId,
      place: () => ({ after: engine.place.after ?? 0, epoch: engine.place.epoch }),
      onEvents: (frames) => engine.apply(frames, frames[frames.length - 1].sequence),
      onHead: ({ sequence, epoch }) => engine.apply([], sequence, epoch),
      onState: (state) => this.socketState(state),
      onResync: (reason) => this.resync(reason),
    };
  }

  socketState(state) {
    const { engine } = this;
    if (state === "live") { this.lostSockets = this.refused = 0; clearInterval(this.poll); this.poll = null; engine.outbox.start(); }
    // The session may only have another key, since its password was changed here.
    if (state === "signed_out") { engine.outbox.stop(); if ((this.refused += 1) < MOST_REFUSED) return void this.catchUp(); }
    if (state === "offline" && (this.lostSockets += 1) >= LOST_SOCKETS) this.poll ??= setInterval(() => void this.catchUp(), POLL_MS);
    if (state !== engine.state && !(state === "connecting" && engine.state === "offline")) engine.setState(state);
  }

  /** The network, or the person, is back. */
  hurry() {
    if (!this.engine.tabs.isLeader || this.engine.state === "live") return;
    clearTimeout(this.timer);
    this.timer = null;
    this.socket?.hurry();
    void this.catchUp();
  }
}

/** A module that cannot be loaded now is tried again, as everything that does not come. @template T @param {Promise<T>} module @returns {Promise<T>} */
function later(module) {
  return module.catch((error) => { throw new Unreachable(String(error)); });
}

/** @returns {string} */
function socketUrl() {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/tasks/`;
}
