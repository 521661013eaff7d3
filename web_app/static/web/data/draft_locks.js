// @ts-check
// Which unsent texts a tab has open. The browser lets a lock go when its tab is gone: only then may another take the text up.

/** How long a tab that ends may still have its texts. */
export const letGo = () => ({ signal: AbortSignal.timeout(500) });

export class DraftLocks {
  constructor(userId) {
    this.prefix = `todo:${userId}:draft:`;
    /** @type {Map<string, () => void>} how the locks that this tab has are let go */
    this.held = new Map();
  }

  /** Have a text open. @param {string} name */
  hold(name) {
    if (this.held.has(name)) return;
    /** @type {Promise<void>} */
    const closed = new Promise((resolve) => this.held.set(name, resolve));
    navigator.locks?.request(this.prefix + name, () => closed).catch(() => undefined);
  }

  /** Have it open no longer. @param {string} name */
  release(name) {
    this.held.get(name)?.();
    this.held.delete(name);
  }

  /** Have a text open unless another tab has. @param {string} name @returns {Promise<boolean>} whether this tab has it now */
  async take(name) {
    return this.held.has(name) || !navigator.locks || new Promise((resolve) => {
      const take = () => new Promise((close) => { this.held.set(name, () => close(0)); resolve(true); });
      navigator.locks.request(this.prefix + name, letGo(), take).catch(() => resolve(false));
    });
  }

  /** Do something as soon as no other tab has a text open. @param {string} name @param {() => Promise<void>} act @param {LockOptions} [options] */
  whenFree(name, act, options = {}) {
    if (navigator.locks && !this.held.has(name)) navigator.locks.request(this.prefix + name, options, act).catch(() => undefined);
    else void act();
  }
}
