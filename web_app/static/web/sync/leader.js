// @ts-check
// Of all tabs of one user one leads: it holds the socket, sends the queue and writes the disk. The lock decides, and the
// browser gives it to the next tab when the leading one is gone.

export class Tabs {
  constructor(userId, { onMessage, onResign }) {
    this.id = crypto.randomUUID();
    this.name = `todo:${userId}`;
    this.isLeader = false;
    this.channel = new BroadcastChannel(this.name);
    this.channel.onmessage = ({ data }) => this.receive(data);
    this.onMessage = onMessage;
    this.onResign = onResign;
    /** @type {(() => void) | null} */
    this.release = null;
    this.abort = new AbortController();
  }

  /** Wait for the lead, then call `lead`. @param {() => void} lead */
  stand(lead) {
    this.lead = lead;
    if (!navigator.locks) return this.take();
    navigator.locks.request(`${this.name}:leader`, { signal: this.abort.signal }, () => this.hold()).catch(() => undefined);
    return undefined;
  }

  take() {
    this.isLeader = true;
    this.lead?.();
  }

  /** @returns {Promise<void>} resolves when this tab leads no longer */
  hold() {
    return new Promise((resolve) => {
      this.release = resolve;
      this.take();
    });
  }

  receive(message) {
    if (message.type === "hand_over") void this.handOver();
    else this.onMessage(message);
  }

  /** A visible tab wants the lead of a hidden one: browsers slow hidden tabs down. */
  ask() {
    if (!this.isLeader && document.visibilityState === "visible") this.tell({ type: "hand_over" });
  }

  /** Stop leading, and let the next tab lead only when all is written that this one knows. */
  async handOver() {
    if (!this.isLeader || document.visibilityState === "visible" || !this.release) return;
    const release = this.release;
    this.release = null;
    this.isLeader = false;
    await this.onResign();
    release();
    this.stand(/** @type {() => void} */ (this.lead));
  }

  /** Tell all other tabs. */
  tell(message) {
    if (!this.abort.signal.aborted) this.channel.postMessage(message);
  }

  close() {
    this.abort.abort();
    this.release?.();
    this.channel.close();
  }
}
