// @ts-check
// Of all tabs of one user one leads: it holds the socket, sends the queue and writes the disk. The lock decides, and the
// browser gives it to the next tab when the leading one is gone.

export class Tabs {
  /** @param {string} userId @param {(message: any) => void} onMessage */
  constructor(userId, onMessage) {
    this.name = `todo:${userId}`;
    this.isLeader = false;
    this.channel = new BroadcastChannel(this.name);
    this.channel.onmessage = ({ data }) => this.receive(data);
    this.onMessage = onMessage;
    /** @type {(() => void) | null} */
    this.resign = null;
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
      this.resign = resolve;
      this.take();
    });
  }

  /** @param {any} message */
  receive(message) {
    if (message.type === "hand_over") this.handOver();
    else this.onMessage(message);
  }

  /** A visible tab wants the lead of a hidden one: browsers slow hidden tabs down. */
  ask() {
    if (!this.isLeader && document.visibilityState === "visible") this.tell({ type: "hand_over" });
  }

  handOver() {
    if (!this.isLeader || document.visibilityState === "visible" || !this.resign) return;
    this.isLeader = false;
    this.onMessage({ type: "resigned" });
    this.resign();
    this.resign = null;
    this.stand(/** @type {() => void} */ (this.lead));
  }

  /** Tell all other tabs. @param {any} message */
  tell(message) {
    this.channel.postMessage(message);
  }

  close() {
    this.abort.abort();
    this.resign?.();
    this.channel.close();
  }
}

/** A tab that opens reads the disk, a moment behind the leading tab: it says how far it is. @param {any} engine */
export function greet(engine) {
  engine.tabs.tell({ type: "hello", after: engine.place.after });
}

/** The leading tab writes what the other has not seen, before it says how things are. @param {any} engine @param {any} message */
export async function welcome(engine, { after }) {
  if (engine.disk.database && engine.place.after !== null && after !== engine.place.after) {
    await engine.flush();
    engine.tabs.tell({ type: "reloaded" });
  }
  engine.tabs.tell({ type: "state", state: engine.state, after: engine.place.after });
}

/** Another tab leads and says how things are; one that is behind asks. @param {any} engine @param {any} message */
export function hearState(engine, { state, after }) {
  engine.state = state;
  if (engine.disk.database && (after ?? -1) > (engine.place.after ?? -1)) greet(engine);
  engine.refresh();
}
