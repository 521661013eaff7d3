// @ts-check
// The short messages at the bottom: what was done, with the way back, for ten seconds; for as long as they are looked at.

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

  /** @param {number} id */
  expire(id) {
    setTimeout(() => (this.isHeld ? this.expire(id) : this.close(id)), SECONDS * 1000);
  }

  /** @param {number} id */
  close(id) {
    this.shown = this.shown.filter((toast) => toast.id !== id);
    this.changed();
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }
}
