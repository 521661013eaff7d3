// @ts-check
// A short list of the server's that is kept whole: on this device, in every tab. It is changed by direct calls, which need a
// network; what an answer refuses is said.
import { call, problemText } from "../ui/direct.js";

/** Frames that come together are one question. */
const GATHER_MS = 100;

/** A server that is busy for so many seconds is asked again, so often. */
const MOST_WAIT = 10;
const MOST_TRIES = 4;

export class KeptList extends EventTarget {
  constructor(app, { name, path, mostPages = 1 }) {
    super();
    this.app = app;
    this.name = name;
    this.path = path;
    this.mostPages = mostPages;
    this.list = [];
    /** Whether the list is known: as it was kept, or as the server has it. */
    this.isKnown = false;
    this.channel = new BroadcastChannel(`todo:${app.user.id}:${name}`);
    this.channel.onmessage = ({ data }) => this.set(data);
    app.engine.addEventListener("status", () => this.look());
    /** @type {Promise<void>} settled when the list is here, or cannot be had */
    this.ready = this.begin();
  }

  async begin() {
    const { disk } = this.app;
    const kept = await disk.read(null, (database) => database.get("meta", this.name));
    if (kept && !this.isKnown) this.set(kept);
    await this.refresh();
  }

  /** Another device has changed it: the leading tab asks, and tells the others. @param {string} operation of frames */
  listen(operation) {
    this.app.engine.addEventListener("notice", (/** @type {CustomEvent} */ { detail }) => {
      if (detail.kind !== operation || !this.app.engine.tabs.isLeader || this.asked) return;
      this.asked = setTimeout(() => { this.asked = undefined; void this.refresh(); }, GATHER_MS);
    });
  }

  /** After a time without a network the list may be another one. */
  look() {
    const isLive = this.app.engine.state === "live";
    if (isLive && this.wasAway) void this.refresh();
    this.wasAway = !isLive;
  }

  /** Ask the server. Where it cannot be reached, what is known stays. */
  async refresh() {
    const found = [];
    let path = `${this.path}?limit=200`;
    for (let pages = 0; path && pages < this.mostPages; pages += 1) {
      const answer = await this.app.api.call("GET", path).catch(() => null);
      if (answer?.status !== 200) return;
      found.push(...answer.body.results);
      path = answer.body.next ? new URL(answer.body.next).pathname + new URL(answer.body.next).search : "";
    }
    this.put(found);
  }

  /** Take a list as it is now, here, on the disk and in the other tabs. */
  put(list) {
    this.set(list);
    void this.app.disk.write(["meta"], { durability: "relaxed" }, (store) => void store("meta").put(list, this.name));
    this.channel.postMessage(list);
  }

  set(list) {
    this.list = list;
    this.isKnown = true;
    this.dispatchEvent(new Event("change"));
  }

  /**
   * Change something on the server. Return its answer, or null where there was none or it refused: that is said.
   * @param {{headers?: Record<string, string>, refused?: (text: string) => void}} [options] `refused`: who says why instead @returns {Promise<any>}
   */
  async change(method, path, body, { headers = {}, refused } = {}) {
    const { toasts, announcer } = this.app;
    const say = (text) => {
      if (refused) refused(text);
      else { toasts.show(text); announcer.say(text); }
      return null;
    };
    const sent = { body, headers: method === "POST" ? { "Idempotency-Key": crypto.randomUUID(), ...headers } : headers };
    let answer = await call(this.app, method, path, sent);
    for (let tries = 1; (answer?.status === 503 || answer?.status === 429) && answer.retryAfter <= MOST_WAIT && tries < MOST_TRIES; tries += 1) {
      const wait = 1000 * Math.max(1, answer.retryAfter);
      await new Promise((resolve) => { setTimeout(resolve, wait); });
      answer = await call(this.app, method, path, sent);
    }
    if (answer && answer.status < 300) return answer;
    if (answer?.status === 404 || answer?.status === 412) void this.refresh();
    return say(problemText(this.app, answer));
  }
}
