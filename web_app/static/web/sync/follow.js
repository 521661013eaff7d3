// @ts-check
// What the leading tab does to follow the server: load once, catch up, hold the socket, poll where there can be none.
import { Unreachable } from "./api.js";
import { LoadRefused, loadEverything } from "./bootstrap.js";
import { TaskSocket } from "./socket.js";

/** @typedef {import("../store/fold.js").Mutation} Mutation */

const POLL_MS = 5000;
const UNSURE_AFTER_MS = 23 * 3_600_000;

export class Follower {
  /** @param {any} engine */
  constructor(engine) {
    this.engine = engine;
    /** @type {TaskSocket | null} */
    this.socket = null;
    /** @type {any} */
    this.timer = null;
    /** @type {any} */
    this.poll = null;
    this.lostSockets = 0;
  }

  /** Another tab leads now. */
  stop() {
    this.socket?.close();
    clearTimeout(this.timer);
    clearInterval(this.poll);
    this.timer = this.poll = null;
  }

  /** This tab leads now: bring everything up to date, then send what waits. */
  async lead() {
    for (const mutation of await this.engine.disk.readQueue()) if (!this.engine.outbox.queue.mutations.has(mutation.key)) this.engine.take(mutation);
    for (const mutation of this.engine.outbox.queue.mutations.values()) if (mutation.state === "sent") mutation.state = "queued";
    this.socket = new TaskSocket(socketUrl(), this.handlers());
    await this.catchUp();
  }

  /** Pull before push: what the history shows already is not sent again. */
  async catchUp() {
    try {
      if (this.engine.place.after === null) await this.reload();
      else await this.pull();
      this.engine.setLoaded();
      this.engine.outbox.start();
      this.socket?.connect();
    } catch (error) {
      if (error instanceof LoadRefused && error.status === 401) return this.engine.setState("signed_out");
      if (!(error instanceof Unreachable) && !(error instanceof LoadRefused)) throw error;
      this.engine.setState("offline");
      this.retry();
    }
    return undefined;
  }

  retry() {
    if (this.timer || !this.engine.tabs.isLeader) return;
    this.engine.outbox.stop();
    this.timer = setTimeout(() => { this.timer = null; void this.catchUp(); }, 500 + Math.random() * 1500);
  }

  /** Load everything behind what is shown, and swap it in one step. @param {{isGap?: boolean}} [options] */
  async reload({ isGap = false } = {}) {
    const isFirst = this.engine.place.after === null;
    const { tasks, sequence, epoch } = await loadEverything(this.engine.api, isFirst ? (page) => page.forEach((task) => this.engine.store.confirm(task)) : undefined);
    this.engine.place = { after: sequence, epoch };
    if (isGap) for (const mutation of this.engine.outbox.queue.mutations.values()) this.doubt(mutation);
    this.engine.store.reset(tasks, this.engine.outbox.queue.inOrder());
    await this.engine.disk.replaceTasks(this.engine.store.confirmed, { place: this.engine.place });
    this.engine.tabs.tell({ type: "reloaded" });
    await this.pull();
  }

  /** The history that would tell is gone, and the server has forgotten the key. @param {Mutation} mutation */
  doubt(mutation) {
    if (mutation.attempts && Date.now() - (mutation.first_sent_at ?? 0) > UNSURE_AFTER_MS) this.engine.outbox.block(mutation, { code: "maybe_saved" });
  }

  /** Apply what the history holds beyond our place, over HTTP. */
  async pull() {
    for (let more = true; more; ) {
      const answer = await this.engine.api.call("GET", `/api/changes/?after=${this.engine.place.after}&limit=500&epoch=${this.engine.place.epoch}`);
      if (answer.status === 410) return void (await this.resync(answer.body.code));
      if (answer.status !== 200) throw new LoadRefused(answer);
      this.engine.apply(answer.body.results, answer.body.sequence);
      more = answer.body.more;
    }
  }

  /** @param {string} reason */
  async resync(reason) {
    this.engine.setState("catching_up");
    await this.reload({ isGap: reason !== "reset" });
    if (reason === "reset") this.engine.notify("restored", {});
  }

  /** @returns {import("./socket.js").Handlers} */
  handlers() {
    return {
      place: () => ({ after: this.engine.place.after ?? 0, epoch: this.engine.place.epoch }),
      onEvents: (frames) => this.engine.apply(frames, frames[frames.length - 1].sequence),
      onHead: ({ sequence, epoch }) => { this.engine.place = { after: Math.max(sequence, this.engine.place.after ?? 0), epoch }; this.engine.flushSoon(); },
      onState: (state) => this.socketState(state),
      onResync: (reason) => this.resync(reason),
    };
  }

  /** @param {any} state */
  socketState(state) {
    if (state === "live") { this.lostSockets = 0; clearInterval(this.poll); this.poll = null; this.engine.outbox.start(); }
    if (state === "signed_out") this.engine.outbox.stop();
    if (state === "offline" && (this.lostSockets += 1) >= 3) this.poll ??= setInterval(() => void this.catchUp(), POLL_MS);
    if (!(state === "connecting" && this.engine.state === "offline")) this.engine.setState(state);
  }

  hurry() {
    if (!this.engine.tabs.isLeader || this.engine.state === "live" || this.engine.state === "signed_out") return;
    clearTimeout(this.timer);
    this.timer = null;
    this.socket?.hurry();
    void this.catchUp();
  }
}

/** @returns {string} */
function socketUrl() {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/tasks/`;
}
