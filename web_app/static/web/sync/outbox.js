// @ts-check
// Sends the changes that wait, and carries out what the answers mean. Only the leading tab has it running.
import { Unreachable } from "./api.js";
import { backOff, judge } from "./outcomes.js";
import { Queue } from "./queue.js";
import { planCall } from "./send.js";

/** @typedef {import("../store/fold.js").Mutation} Mutation */
/** @typedef {{server: (task: any) => any, save: (mutation: Mutation) => Promise<void>, confirmed: (mutation: Mutation, task: any) => void,
 *   dropped: (mutation: Mutation, problem: any) => void, changed: (mutation: Mutation) => void, fetched: (task: any) => void,
 *   noted: (mutation: Mutation, notes: any[]) => void, unreachable: () => void, signedOut: () => void, renewToken: () => Promise<boolean>}} Effects */

export class Outbox {
  /** @param {import("./api.js").Api} api @param {Effects} effects */
  constructor(api, effects) {
    this.api = api;
    this.effects = effects;
    this.queue = new Queue();
    this.isRunning = false;
    /** @type {any} */
    this.timer = null;
  }

  start() {
    this.isRunning = true;
    this.wake();
  }

  stop() {
    this.isRunning = false;
    clearTimeout(this.timer);
  }

  /** Send what may be sent now, and look again when the next may. */
  wake() {
    if (!this.isRunning) return;
    clearTimeout(this.timer);
    for (const mutation of this.queue.sendable(Date.now())) void this.send(mutation);
    const next = this.queue.nextMoment();
    if (next !== Infinity) this.timer = setTimeout(() => this.wake(), Math.max(50, next - Date.now()));
  }

  /** @param {Mutation} mutation */
  async send(mutation) {
    this.queue.running.add(mutation.key);
    this.queue.notBefore.delete(mutation.key);
    const { call, ask, notes } = planCall(mutation, this.effects.server(mutation.task));
    if (!call) return this.decide(mutation, ask);
    Object.assign(mutation, { state: "sent", attempts: mutation.attempts + 1, first_sent_at: mutation.first_sent_at ?? Date.now() });
    await this.effects.save(mutation);
    try {
      const answer = await this.api.call(call.method, call.path, { body: call.body, headers: call.headers });
      if (this.queue.mutations.has(mutation.key)) await this.carryOut(mutation, judge(mutation, answer), answer);
      if (notes.length && answer.status < 300) this.effects.noted(mutation, notes);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      this.later(mutation, backOff(mutation.attempts));
      this.effects.unreachable();
    }
    this.wake();
    return undefined;
  }

  /** Nothing is left to send, or a person must decide first. @param {Mutation} mutation @param {any} ask */
  decide(mutation, ask) {
    if (ask) this.block(mutation, { code: "conflict", ...ask });
    else this.effects.confirmed(mutation, null);
    this.wake();
  }

  /** @param {Mutation} mutation @param {import("./outcomes.js").Outcome} outcome @param {import("./api.js").Answer} answer */
  async carryOut(mutation, { act, after = 0, problem }, answer) {
    switch (act) {
      case "confirm": return this.effects.confirmed(mutation, answer.status === 204 ? null : answer.body);
      case "wait": return this.later(mutation, after);
      case "retry": return this.later(mutation, backOff(mutation.attempts));
      case "refuse": return this.effects.dropped(mutation, problem);
      case "compare": return this.compare(mutation, problem);
      case "sign_in": this.later(mutation, 0); this.stop(); return this.effects.signedOut();
      case "renew_token": return (await this.effects.renewToken()) ? this.later(mutation, 0) : this.block(mutation, problem);
      default: return this.block(mutation, { code: act === "gone" ? "gone" : problem?.code, ...problem });
    }
  }

  /** The task is another version by now: take that in, and try again on top of it. @param {Mutation} mutation @param {any} problem */
  async compare(mutation, problem) {
    const answer = await this.api.call("GET", `/api/tasks/${mutation.task}/`);
    if (answer.status === 404) return this.block(mutation, { ...problem, code: "gone" });
    if (answer.status === 200) this.effects.fetched(answer.body);
    if (mutation.op === "delete") return this.block(mutation, { ...problem, code: "changed" });
    return this.later(mutation, 0);
  }

  /** @param {Mutation} mutation @param {number} seconds */
  later(mutation, seconds) {
    mutation.state = "queued";
    this.queue.running.delete(mutation.key);
    this.queue.notBefore.set(mutation.key, Date.now() + seconds * 1000);
  }

  /** Stop with this change until a person decides; nothing of it is lost. @param {Mutation} mutation @param {any} problem */
  block(mutation, problem) {
    Object.assign(mutation, { state: "blocked", last_error: problem });
    this.queue.running.delete(mutation.key);
    void this.effects.save(mutation);
    this.effects.changed(mutation);
  }
}
