// @ts-check
// One WebSocket that follows the history. It comes back by itself, with the last sequence that was applied.
import { INCLUDED } from "./frames.js";
import { backOff } from "./outcomes.js";

const ACK_EVENTS = 16;
const ACK_SECONDS = 1;
const SILENCE_SECONDS = 50; // the server sends `head` every 20 s

/** @typedef {{userId: string, place: () => {after: number, epoch: string}, onEvents: (frames: any[]) => void, onHead: (head: any) => void,
 *   onState: (state: "connecting" | "catching_up" | "live" | "offline" | "signed_out") => void, onResync: (reason: string) => Promise<void>}} Handlers */

export class TaskSocket {
  constructor(url, handlers) {
    this.url = url;
    this.handlers = handlers;
    this.socket = null;
    this.attempts = 0;
    this.unacknowledged = 0;
    /** Whether the server has taken our hello on this connection. */
    this.isReady = false;
    this.timers = [];
    this.isClosed = false;
    /** Whether the server knows what to include: one of an older release refuses a hello that asks. */
    this.knowsInclude = true;
    this.silence = null;
  }

  connect() {
    if (this.isClosed || this.socket) return;
    this.clearTimers();
    this.handlers.onState("connecting");
    const socket = new WebSocket(this.url, "todo.v1");
    this.socket = socket;
    socket.onopen = () => this.hello();
    socket.onmessage = ({ data }) => socket === this.socket && this.receive(safeJson(data) ?? {});
    socket.onclose = ({ code, reason }) => socket === this.socket && this.closed(code, reason);
  }

  /** Connect at once, as when the network is back. */
  hurry() {
    if (this.socket?.readyState === WebSocket.OPEN || this.isClosed) return;
    this.attempts = 0;
    this.drop();
    this.connect();
  }

  close() {
    this.isClosed = true;
    this.drop();
    this.clearTimers();
  }

  drop() {
    const socket = this.socket;
    this.socket = null;
    this.isReady = false;
    socket?.close();
  }

  hello() {
    const { after, epoch } = this.handlers.place();
    this.send({ type: "hello", after, ...(epoch ? { epoch } : {}), ...(this.knowsInclude ? { include: INCLUDED } : {}) });
    this.watch();
  }

  receive(frame) {
    this.watch();
    switch (frame.type) {
      case "ready": return this.ready(frame);
      case "event": return this.event(frame);
      case "head": this.attempts = 0; this.handlers.onHead(frame); return this.handlers.onState("live");
      case "error": return this.refused(frame.code);
      case "resync": return void this.handlers.onResync(frame.reason).then(() => this.hello(), () => this.lose());
      default: return undefined;
    }
  }

  refused(code) {
    if (code !== "invalid_frame" || this.isReady || !this.knowsInclude) return;
    this.knowsInclude = false;
    this.hello();
  }

  ready(frame) {
    if (String(frame.user_id) !== this.handlers.userId) { this.drop(); return this.handlers.onState("signed_out"); }
    this.attempts = 0;
    this.isReady = true;
    this.handlers.onState(frame.sequence > this.handlers.place().after ? "catching_up" : "live");
    return undefined;
  }

  event(frame) {
    this.handlers.onEvents([frame]);
    this.unacknowledged += 1;
    if (this.unacknowledged >= ACK_EVENTS) this.acknowledge();
    else if (this.unacknowledged === 1) this.after(ACK_SECONDS, () => this.acknowledge());
  }

  acknowledge() {
    if (!this.unacknowledged) return;
    this.unacknowledged = 0;
    this.send({ type: "ack", sequence: this.handlers.place().after });
  }

  send(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  closed(code, reason) {
    this.socket = null;
    this.isReady = false;
    this.unacknowledged = 0;
    this.clearTimers();
    if (code === 4401) return this.handlers.onState("signed_out");
    this.handlers.onState("offline");
    this.after(this.pause(code, reason), () => this.connect());
    return undefined;
  }

  pause(code, reason) {
    this.attempts += 1;
    if (code === 4429) return 30;
    if (code === 1012) return Number(safeJson(reason)?.reconnect_after_seconds) || 1;
    return backOff(this.attempts);
  }

  /** A connection over which nothing comes is none, whatever the browser thinks. */
  watch() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.lose(), SILENCE_SECONDS * 1000);
  }

  /** Begin again with a new connection. */
  lose() {
    this.drop();
    this.closed(1006, "");
  }

  after(seconds, act) {
    this.timers.push(setTimeout(act, seconds * 1000));
  }

  clearTimers() {
    clearTimeout(this.silence);
    for (const timer of this.timers) clearTimeout(timer);
    this.timers = [];
  }
}

function safeJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
