// @ts-check
// What a person is told: short messages at the bottom, and what screen readers say.

const GATHER_MS = 1000;

export class Announcer {
  constructor(t) {
    this.t = t;
    this.polite = region("polite");
    this.assertive = region("assertive");
    /** @type {Set<number>} tasks that others changed, and nothing has been said of it */
    this.changed = new Set();
  }

  say(text) {
    this.polite.textContent = text;
  }

  /** For what cannot wait: a change that is blocked, the end of the session. @param {string} text */
  interrupt(text) {
    this.assertive.textContent = text;
  }

  /** Others changed tasks: said once for all within a second. @param {number[]} tasks */
  countChanges(tasks) {
    for (const task of tasks) this.changed.add(task);
    this.timer ??= setTimeout(() => {
      this.say(this.t("toast_remote", { count: this.changed.size }));
      this.changed.clear();
      this.timer = undefined;
    }, GATHER_MS);
  }
}

function region(politeness) {
  const element = document.createElement("div");
  element.className = "unseen";
  element.setAttribute("aria-live", politeness);
  document.body.append(element);
  return element;
}

const SECONDS = 10;
const MOST = 3;

/** @typedef {{id: number, text: string, action?: {label: string, run: () => void}}} Toast */

export class Toasts extends EventTarget {
  constructor() {
    super();
    /** @type {Toast[]} */
    this.shown = [];
    this.isHeld = false;
    this.last = 0;
    /** Whether the element that shows them is needed. */
    this.wasUsed = false;
  }

  /** Show a message, and return its number. @param {string} text @param {{label: string, run: () => void}} [action] */
  show(text, action) {
    this.wasUsed = true;
    const toast = { id: (this.last += 1), text, action };
    this.shown = [...this.shown, toast].slice(-MOST);
    this.changed();
    this.expire(toast.id);
    return toast.id;
  }

  expire(id) {
    setTimeout(() => (this.isHeld ? this.expire(id) : this.close(id)), SECONDS * 1000);
  }

  close(id) {
    this.shown = this.shown.filter((toast) => toast.id !== id);
    this.changed();
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }
}
