// @ts-check
// What only the server knows, for an element that shows it: asked for when it is wanted and again when the task has
// changed; without a network it says so, and comes by itself when the network is back.
import { problemText } from "./direct.js";

/** @typedef {{state: "asking" | "here" | "offline" | "refused", body: any, status: number, problem: string}} Answer */

export class FromServer {
  /** @param {any} host an element with `app` */
  constructor(host, callOf = (path) => ({ method: "GET", path })) {
    this.host = host;
    this.callOf = callOf;
    this.wanted = "";
    this.path = "";
    this.answer = { state: "asking", body: null, status: 0, problem: "" };
    this.onStatus = () => void (this.answer.state === "offline" && this.host.app.engine.state === "live" && this.ask());
    host.addController(this);
  }

  hostConnected() {
    void this.host.updateComplete.then(() => this.host.app?.engine.addEventListener("status", this.onStatus));
  }

  hostDisconnected() {
    this.host.app?.engine.removeEventListener("status", this.onStatus);
  }

  /** Have what is at a path, as of a version of what it is about; what was there before is shown until it comes. */
  want(path, version = "") {
    const wanted = `${path} ${version}`;
    if (wanted !== this.wanted) {
      if (path !== this.path) this.answer = { state: "asking", body: null, status: 0, problem: "" };
      Object.assign(this, { wanted, path });
      void this.ask();
    }
    return this.answer;
  }

  async ask() {
    const { wanted } = this;
    const { app } = this.host;
    const { method, path, body } = this.callOf(this.path);
    const answer = await app.api.call(method, path, { body }).catch(() => null);
    if (wanted !== this.wanted) return;
    if (!answer) this.answer = { ...this.answer, state: "offline" };
    else if (answer.status < 300) this.answer = { state: "here", body: answer.body, status: answer.status, problem: "" };
    else this.answer = { state: "refused", body: answer.body, status: answer.status, problem: problemText(app, answer) };
    this.host.requestUpdate();
  }
}
