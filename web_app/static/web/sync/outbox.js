// @ts-check
// Sends the changes that wait, and carries out what the answers mean. Only the leading tab has it running.
import { Unreachable } from "./api.js";
import { Queue } from "./queue.js";

/** @typedef {import("../store/fold.js").Mutation} Mutation */
/** @typedef {import("./send.js").Call} Call */
/** @typedef {{mutation: Mutation, call: Call}} Ready */
/** @typedef {{server: (task: any) => any, sending: (mutations: Mutation[]) => Promise<void>, confirmed: (mutation: Mutation, body: any) => void,
 *   dropped: (mutation: Mutation, problem: any) => void, blocked: (mutation: Mutation) => void, fetched: (task: any) => void,
 *   pull: () => Promise<void>, unreachable: () => void, signedOut: () => void, busy: (isBusy: boolean) => void, renewToken: () => Promise<boolean>}} Effects */

/** Changes whose answer is not the task: what became of it, and in which version, the history says. */
const ANSWERED_ELSEWHERE = new Set(["skip", "add_reminder", "change_reminder", "snooze_reminder", "remove_reminder"]);

export class Outbox {
  constructor(api, effects) {
    this.api = api;
    this.effects = effects;
    this.queue = new Queue();
    this.isRunning = false;
    /** @type {typeof import("./sending.js")} what a change becomes as a call, and what its answer means; nothing is sent before it is loaded */
    this.rules = /** @type {any} */ (null);
    /** @type {any} */
    this.timer = null;
  }

  /** Load what sending needs. Rejects where it cannot be had now. */
  async load() {
    this.rules ??= await import("./sending.js");
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
    if (!this.isRunning || !this.rules) return;
    clearTimeout(this.timer);
    const { together, alone } = this.queue.sendable(Date.now());
    if (together.length) void this.sendTogether(together);
    for (const mutation of alone) void this.send(mutation);
    const next = this.queue.nextMoment();
    if (next !== Infinity) this.timer = setTimeout(() => this.wake(), Math.max(50, next - Date.now()));
  }

  async send(mutation) {
    const ready = this.prepare(mutation, "single");
    if (!ready) return this.wake();
    const { call } = ready;
    await this.effects.sending([mutation]);
    try {
      const answer = await this.api.call(call.method, call.path, { body: call.body, headers: call.headers });
      await this.carryOut(mutation, answer);
    } catch (error) {
      this.lost([mutation], error);
    }
    return this.wake();
  }

  /** Send many changes in one call; each is answered for itself. @param {Mutation[]} mutations */
  async sendTogether(mutations) {
    const ready = /** @type {Ready[]} */ (mutations.map((each) => this.prepare(each, "bulk")).filter(Boolean));
    if (!ready.length) return this.wake();
    this.queue.isBulkRunning = true;
    const sent = ready.map(({ mutation }) => mutation);
    await this.effects.sending(sent);
    try {
      const operations = ready.map(({ mutation, call }) => this.rules.operationOf(mutation, call));
      const answer = await this.api.call("POST", "/api/tasks/bulk/", { body: { atomic: false, operations } });
      await this.carryOutEach(ready, answer);
    } catch (error) {
      this.lost(sent, error);
    } finally {
      this.queue.isBulkRunning = false;
    }
    return this.wake();
  }

  /** Say that a change goes out now. Return its call, or null where nothing is left to send, or a person must decide first. @param {Mutation} mutation @param {"single" | "bulk"} way @returns {Ready | null} */
  prepare(mutation, way) {
    this.queue.running.add(mutation.key);
    this.queue.notBefore.delete(mutation.key);
    const { call, ask, notes } = this.rules.planCall(mutation, this.effects.server(mutation.task));
    mutation.notes = notes;
    if (call) Object.assign(mutation, { state: "sent", attempts: mutation.attempts + 1, first_sent_at: mutation.first_sent_at ?? Date.now(), way });
    else if (ask) this.block(mutation, { code: "conflict", ...ask });
    else this.effects.confirmed(mutation, null);
    return call && { mutation, call };
  }

  async carryOutEach(ready, answer) {
    if (answer.status !== 207) return this.carryOutWhole(ready, answer);
    for (const [at, { mutation }] of ready.entries()) {
      const { status = 503, task, problem, id, version } = answer.body?.results[at] ?? {};
      await this.carryOut(mutation, { ...answer, status, body: task ?? problem ?? (id ? { id, version } : null) });
    }
    return undefined;
  }

  /** The call was answered as a whole. @param {Ready[]} ready @param {import("./api.js").Answer} answer */
  async carryOutWhole(ready, answer) {
    const { act, after = 0, problem } = this.rules.judge({}, answer);
    this.effects.busy(act === "wait" && Boolean(problem));
    if (act === "sign_in" || act === "renew_token") {
      const [first, ...others] = ready;
      for (const { mutation } of others) this.later(mutation, 0);
      return this.carryOut(first.mutation, answer);
    }
    for (const { mutation } of ready) {
      if (act === "wait") this.later(mutation, after);
      else if (act === "retry") await this.carryOut(mutation, answer);
      else this.goAlone(mutation);
    }
    return undefined;
  }

  /** The call was refused, so nothing of it was done: this change goes out by itself and hears what is wrong with it. @param {Mutation} mutation */
  goAlone(mutation) {
    mutation.way = "single";
    this.later(mutation, 0);
  }

  /** No answer came: whether it was done, only the history tells. @param {Mutation[]} mutations @param {unknown} error */
  lost(mutations, error) {
    const pause = this.rules.backOff(mutations[0].attempts); // one for all: they go out together again
    for (const mutation of mutations) if (this.queue.mutations.has(mutation.key)) this.later(mutation, pause);
    if (!(error instanceof Unreachable)) throw error;
    this.effects.unreachable();
  }

  async carryOut(mutation, answer) {
    const { act, after = 0, problem } = this.rules.judge(mutation.met ?? {}, answer, mutation.op);
    this.effects.busy(act === "wait" && Boolean(problem));
    if (!this.queue.mutations.has(mutation.key)) return; // the history was faster
    mutation.met = { ...mutation.met, [act]: (mutation.met?.[act] ?? 0) + 1 };
    switch (act) {
      case "confirm": return this.confirm(mutation, answer);
      case "done_before": return this.findOut(mutation, problem);
      case "wait": return this.later(mutation, after);
      case "retry": return this.later(mutation, this.rules.backOff(mutation.attempts));
      case "refuse": return this.effects.dropped(mutation, problem);
      case "compare": return this.compare(mutation, problem);
      case "sign_in": this.later(mutation, 0); this.stop(); return this.effects.signedOut();
      case "renew_token": return this.renew(mutation, problem);
      default: return this.block(mutation, { ...problem, code: act === "gone" ? "gone" : problem?.code });
    }
  }

  async confirm(mutation, { status, body }) {
    const isElsewhere = ANSWERED_ELSEWHERE.has(mutation.op);
    if (isElsewhere) await this.effects.pull();
    const hasTask = !isElsewhere && status !== 204 && status !== 404;
    if (this.queue.mutations.has(mutation.key)) this.effects.confirmed(mutation, hasTask ? body : null);
  }

  async renew(mutation, problem) {
    this.later(mutation, 0);
    if (!(await this.effects.renewToken())) this.stop();
  }

  async findOut(mutation, problem) {
    await this.effects.pull();
    if (this.queue.mutations.has(mutation.key)) this.block(mutation, { ...problem, code: "maybe_saved" });
  }

  /** The task is another version by now: take that in, and try again on top of it. @param {Mutation} mutation */
  async compare(mutation, problem) {
    const answer = await this.api.call("GET", `/api/tasks/${mutation.task}/`);
    if (answer.status === 404) return this.block(mutation, { ...problem, code: "gone" });
    if (answer.status === 200) this.effects.fetched(answer.body);
    if (mutation.op !== "update" || mutation.scope) return this.block(mutation, { ...problem, code: "changed" });
    return this.later(mutation, 0);
  }

  later(mutation, seconds) {
    if (mutation.state === "sent") mutation.state = "queued";
    this.queue.running.delete(mutation.key);
    this.queue.notBefore.set(mutation.key, Date.now() + seconds * 1000);
  }

  /** Stop with this change until a person decides; nothing of it is lost. @param {Mutation} mutation */
  block(mutation, problem) {
    Object.assign(mutation, { state: "blocked", last_error: problem });
    this.queue.running.delete(mutation.key);
    this.effects.blocked(mutation);
  }
}
