// @ts-check
// Done tasks that this device does not keep: asked for page by page, shown as long as the page is open, kept nowhere.
import { Unreachable } from "./api.js";

export class OlderTasks extends EventTarget {
  /** @param {string} path the first page; "" where there can be none */
  constructor({ api, store }, path) {
    super();
    this.api = api;
    this.store = store;
    this.next = path;
    this.tasks = [];
    this.state = path ? "waiting" : "end";
    /** Why the server refused, in its own words. */
    this.refusal = "";
  }

  /** Ask for the next page, unless it is asked for already or there is none. */
  async more() {
    if (this.state === "loading" || this.state === "end") return;
    this.become("loading");
    try {
      this.take(await this.api.call("GET", this.next));
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      this.become("offline");
    }
  }

  take({ status, body }) {
    if (status !== 200) this.refusal = body?.detail ?? "";
    if (status !== 200) return this.become("offline");
    const { results, next } = body;
    this.tasks.push(...results);
    this.show(results);
    this.refusal = "";
    this.next = next ? new URL(next).pathname + new URL(next).search : "";
    return this.become(this.next ? "waiting" : "end");
  }

  /** When everything was loaded anew, what came from here is gone from the lists: it comes back. */
  restore() {
    const [first] = this.tasks;
    if (first && !this.store.confirmed.has(first.id) && !this.store.gone.has(first.id)) this.show(this.tasks);
  }

  show(tasks) {
    for (const task of tasks) this.store.confirm(task);
  }

  become(state) {
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }
}
